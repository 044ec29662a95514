"""The parameters as Slicer's wrapper reads them; the wrapper itself is not here, so its place is held."""

from __future__ import annotations

import importlib
import sys
import typing
from dataclasses import dataclass
from types import ModuleType, NoneType

import pytest
import slicer
import torch

from cxr_grounding import DeviceError, Doubted, Places
from cxr_grounding.diffusion.device import pick_device
from cxr_grounding.presets import PRESETS


@dataclass(frozen=True)
class WithinRange:
    """Slicer's annotation of that name."""

    minimum: float
    maximum: float


@pytest.fixture
def parameters(monkeypatch: pytest.MonkeyPatch, untranslated: None) -> ModuleType:
    """The module, with a wrapper that leaves the class as it is written."""
    wrapper = ModuleType("slicer.parameterNodeWrapper")
    wrapper.parameterNodeWrapper = lambda described: described
    wrapper.WithinRange = WithinRange
    monkeypatch.setitem(sys.modules, "slicer.parameterNodeWrapper", wrapper)
    monkeypatch.delitem(sys.modules, "CXRGroundingLib.parameters", raising=False)
    return importlib.import_module("CXRGroundingLib.parameters")


def types_of(parameters: ModuleType) -> dict[str, typing.Any]:
    """The types, resolved as the wrapper resolves them."""
    return typing.get_type_hints(parameters.CXRGroundingParameterNode, include_extras=True)


def test_each_parameter_is_of_a_type_that_a_scene_can_keep(parameters: ModuleType) -> None:
    for name, kind in types_of(parameters).items():
        bare = typing.get_args(kind)[0] if typing.get_origin(kind) is typing.Annotated else kind
        nodes = [slicer.vtkMRMLScalarVolumeNode, slicer.vtkMRMLVectorVolumeNode, NoneType]
        assert (
            bare
            in (
                str,
                bool,
                int,
                float,
                parameters.Device,
                parameters.Quality,
                parameters.PlacesAsked,
                parameters.DoubtedHeat,
            )
            or list(typing.get_args(bare)) == nodes
        ), name


def test_a_range_holds_its_default(parameters: ModuleType) -> None:
    ranges = {
        name: kind.__metadata__[0] for name, kind in types_of(parameters).items() if hasattr(kind, "__metadata__")
    }
    assert set(ranges) == {"opacity", "threshold"}
    for name, bounds in ranges.items():
        assert bounds.minimum <= getattr(parameters.CXRGroundingParameterNode, name) <= bounds.maximum


def test_no_parameter_takes_a_name_of_the_wrapper(parameters: ModuleType) -> None:
    reserved = {
        *("default", "isCached", "dataType", "getValue", "setValue", "connectGui", "connectParametersToGui"),
        *("disconnectGui", "StartModify", "EndModify", "AddObserver", "RemoveObserver", "Modified", "allParameters"),
        "parameterNode",
    }
    assert not set(types_of(parameters)) & reserved


@pytest.mark.parametrize(
    ("name", "kept", "lost"),
    [
        ("quality", ["PAPER", "FAST"], ["paper", "ULTRA", ""]),
        ("device", ["AUTO", "MPS"], ["TPU"]),
        ("places", ["MODEL", "NEVER"], ["", "auto", "SOMETIMES"]),
        ("doubted", ["PALE", "HIDDEN"], ["pale", "FAINT"]),
        ("opacity", ["0", "0.45", "1"], ["1,5", "nan", "1.01", "-1", "", "inf"]),
        ("threshold", ["90"], ["91", "none"]),
        ("outline", ["True", "False"], ["1", "maybe"]),
        ("phrase", ["", "nan", "Erguß"], []),
    ],
)
def test_only_a_stored_value_that_cannot_be_read_is_unset(
    parameters: ModuleType, name: str, kept: list[str], lost: list[str]
) -> None:
    node = slicer.vtkMRMLScriptedModuleNode()
    for text in kept:
        node.SetParameter(name, text)
        assert parameters.unsetUnreadable(node) == []
        assert node.GetParameter(name) == text
    for text in lost:
        node.SetParameter(name, text)
        assert parameters.unsetUnreadable(node) == [name]
        assert not node.HasParameter(name)


def is_here(device: str) -> bool:
    """Whether this machine has a device that the core knows by that name."""
    try:
        pick_device(device)
    except DeviceError:
        return False
    return True


def test_the_devices_are_those_of_the_core(parameters: ModuleType) -> None:
    assert [device.value for device in parameters.Device] == ["auto", "cpu", "cuda", "mps"]
    here = torch.cuda.is_available(), torch.backends.mps.is_available()
    assert [is_here(device.value) for device in parameters.Device] == [True, True, *here]


def test_every_device_has_a_label_of_its_own(parameters: ModuleType) -> None:
    labels = [device.label() for device in parameters.Device]
    assert all(labels)
    assert len(set(labels)) == len(labels)


def test_the_qualities_are_the_presets_of_the_core(parameters: ModuleType) -> None:
    assert [quality.value for quality in parameters.Quality] == list(PRESETS)
    assert [quality.label() for quality in parameters.Quality] == ["Full", "As published", "Balanced", "Fast"]


def test_places_are_asked_as_the_model_says_unless_one_of_the_cores_ways_is_chosen(parameters: ModuleType) -> None:
    ways = list(parameters.PlacesAsked)
    assert [way.value for way in ways[1:]] == [way.value for way in Places]
    assert [way.label() for way in ways] == ["As the model says", "At every place", "As it stands"]
    assert parameters.CXRGroundingParameterNode.places is ways[0]
    chosen = parameters.CXRGroundingParameterNode()
    asked = []
    for chosen.places in ways:
        asked.append(parameters.asked(chosen, "phantom-ldm").places)
    assert asked == [None, *Places]


def test_doubted_heat_is_shown_in_the_ways_of_the_core(parameters: ModuleType) -> None:
    assert [way.value for way in parameters.DoubtedHeat] == [way.value for way in Doubted]
    assert [way.label() for way in parameters.DoubtedHeat] == ["Pale", "Not at all", "As any other"]
    assert parameters.CXRGroundingParameterNode.doubted is parameters.DoubtedHeat.PALE
