"""What a forge and pre-commit read of the repository is what they take, and asks for what it should."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from pre_commit.clientlib import load_config

from sources import ROOT

FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
SCHEMAS = files("check_jsonschema") / "builtin_schemas" / "vendor"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_the_forge_takes_each_issue_form(form: Path) -> None:
    kind = "github-issue-config" if form.name == "config.yml" else "github-issue-forms"
    schema = json.loads((SCHEMAS / f"{kind}.json").read_text(encoding="utf-8"))
    Draft7Validator(schema).validate(yaml.safe_load(form.read_text(encoding="utf-8")))


def test_every_form_asks_for_what_doctor_prints_and_those_of_problems_require_it() -> None:
    asked: dict[str, Any] = {}
    for form in FORMS:
        body = yaml.safe_load(form.read_text(encoding="utf-8")).get("body", [])
        asked.update((form.stem, entry) for entry in body if entry.get("id") == "doctor")
    assert asked.keys() == {form.stem for form in FORMS} - {"config"}
    assert all("`cxr-ground doctor`" in entry["attributes"]["label"] for entry in asked.values())
    required = {name for name, entry in asked.items() if entry.get("validations", {}).get("required")}
    assert required == {"problem", "wrong_place"}


def test_pre_commit_runs_the_linters_of_make_lint_and_fetches_nothing() -> None:
    config: dict[str, Any] = load_config(str(ROOT / ".pre-commit-config.yaml"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    assert {hook["language"] for hook in hooks} <= {"system", "unsupported"}  # newer pre-commits call it so
    recipe = re.search(r"^lint:.*\n((?:\t.+\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    linters = [line.strip().replace("$(BIN)/", ".venv/bin/") for line in recipe[1].splitlines()]
    told = [hook["entry"].removeprefix("env ").replace(" --force-exclude", "") for hook in hooks]
    assert told == linters
