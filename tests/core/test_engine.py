"""All engines have the same calls, and give the same answers."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cxr_grounding import (
    BlockingWorker,
    Cancelled,
    Engine,
    Grounder,
    ModelError,
    OrderError,
    PolledEngine,
    Radiograph,
    Worker,
)

CALLS = ("open", "set_radiograph", "ground", "cancel", "close")
ENGINES = (Grounder, BlockingWorker)
POLLED = {name: name for name in CALLS} | {"open": "load"}
"""The same calls where they give tasks; those take no progress, since a task has its own."""


def shape(call: Callable[..., Any]) -> list[tuple[str, object, object]]:
    """Names, defaults and kinds of a call's arguments, in their order."""
    return [(p.name, p.default, p.kind) for p in inspect.signature(call).parameters.values() if p.name != "self"]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_takes_what_every_engine_takes(engine: type) -> None:
    for name in CALLS:
        wanted, found = shape(getattr(Engine, name)), shape(getattr(engine, name))
        more = [entry for entry in found if entry not in wanted]
        assert [entry for entry in found if entry in wanted] == wanted, name
        assert name == "open" or not more, name
        # What an engine has of its own, such as its interpreter, can be left out and is named.
        assert all(kind is inspect.Parameter.KEYWORD_ONLY and default is None for _, default, kind in more), name
    assert isinstance(inspect.getattr_static(engine, "opened"), property)


@pytest.mark.parametrize("engine", [PolledEngine, Worker])
def test_an_engine_that_is_polled_takes_the_same_but_for_the_progress(engine: type) -> None:
    for name, polled in POLLED.items():
        wanted = [entry for entry in shape(getattr(Engine, name)) if entry[0] != "progress"]
        assert shape(getattr(engine, polled)) == wanted, name
    assert shape(Worker.wait) == shape(PolledEngine.wait)
    assert shape(Worker.poll) == shape(PolledEngine.poll)


@pytest.fixture(scope="module", params=ENGINES, ids=lambda engine: engine.__name__)
def engine(request: pytest.FixtureRequest, tiny_model_folder: Path) -> Iterator[Engine]:
    """One of each kind for all tests; each sets its radiograph anew."""
    opened: Engine = request.param.open(tiny_model_folder, device="cpu", preset="fast")
    yield opened
    opened.close()


def test_an_engine_says_what_it_opened_and_grounds(engine: Engine, grounder: Grounder, radiograph: Radiograph) -> None:
    assert engine.opened.identity == grounder.model.identity
    assert (engine.opened.device, engine.opened.precision) == ("cpu", "single")
    assert engine.opened.recipe.preset == "fast"
    stages: set[str] = set()
    engine.set_radiograph(radiograph, progress=lambda stage, *_: stages.add(stage))
    found = engine.ground(["left lung", "effusion"], token_maps=True)
    grounder.set_radiograph(radiograph, preset="fast")
    expected = grounder.ground(["left lung", "effusion"], token_maps=True)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.heatmap, other.heatmap, atol=1e-5)
        np.testing.assert_allclose(one.token_maps, other.token_maps, atol=1e-5)
    assert engine.ground("effusion").phrase.text == "effusion"
    assert "inversion" in stages


def test_an_engine_stops_when_progress_says_so_or_when_it_is_cancelled(engine: Engine, radiograph: Radiograph) -> None:
    def cancel(stage: str, done: int, total: int) -> None:
        if stage == "inversion":
            thread = threading.Thread(target=engine.cancel)
            thread.start()
            thread.join()

    with pytest.raises(Cancelled):
        engine.set_radiograph(radiograph, preset="paper", progress=cancel)
    with pytest.raises(Cancelled):
        engine.set_radiograph(radiograph, preset="paper", progress=lambda stage, *_: stage != "inversion")
    engine.set_radiograph(radiograph)
    assert engine.ground("left").recipe.preset == "fast"


def test_an_engine_refuses_what_was_settled_before(engine: Engine, radiograph: Radiograph) -> None:
    with pytest.raises(OrderError, match="precision is 'half' now"):
        engine.set_radiograph(radiograph, precision="half")
    engine.set_radiograph(radiograph)
    with pytest.raises(OrderError, match="preset is 'balanced' now"):
        engine.ground("left", preset="balanced")


@pytest.mark.parametrize("kind", ENGINES)
def test_a_model_that_is_not_there_is_one_error(kind: type[Engine], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no model"):
        kind.open(tmp_path / "missing")


def test_a_closed_grounder_says_so(tiny_model_folder: Path, radiograph: Radiograph) -> None:
    grounder = Grounder.open(tiny_model_folder, device="cpu")
    grounder.set_radiograph(radiograph)
    grounder.close()
    with pytest.raises(OrderError, match="No radiograph is set"):
        grounder.ground("left")
    with pytest.raises(OrderError, match="This engine is closed"):
        grounder.set_radiograph(radiograph)
