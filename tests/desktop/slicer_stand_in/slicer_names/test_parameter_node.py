"""Parameters of a class, on a real parameter node."""

from __future__ import annotations

import enum
import gc
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode
from slicer.util import NodeModify, VTKObservationMixin

from cxr_grounding_desktop.slicer_stand_in.host import Host


class Side(enum.Enum):
    LEFT = "l"
    RIGHT = "r"


@pytest.fixture
def node(host_names: Host) -> Any:
    """A parameter node as the logic's base class makes it."""
    from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

    return ScriptedLoadableModuleLogic().getParameterNode()


def wrapper_class(defaults: dict[str, Any] | None = None, **annotations: Any) -> type:
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    return parameterNodeWrapper(type("Parameters", (), {"__annotations__": annotations, **(defaults or {})}))


@pytest.fixture
def Parameters(host_names: Host) -> type:
    from slicer.parameterNodeWrapper import WithinRange

    return wrapper_class(
        {"opacity": 0.5, "side": Side.RIGHT},
        volume=vtkMRMLScalarVolumeNode | vtkMRMLVectorVolumeNode | None,
        phrase=str,
        side=Side,
        opacity=Annotated[float, WithinRange(0, 1)],
        outline=bool,
    )


def stored(node: Any) -> dict[str, str]:
    return {name: node.GetParameter(name) for name in node.GetParameterNames()}


DEFAULTS = {"volume.2": "True", "phrase": "", "side": "RIGHT", "opacity": "0.5", "outline": "False"}


def test_a_new_node_gets_the_defaults(node: Any, Parameters: type) -> None:
    parameters = Parameters(node)
    assert parameters.parameterNode is node
    assert stored(node) == DEFAULTS
    assert (parameters.volume, parameters.phrase, parameters.side) == (None, "", Side.RIGHT)
    assert (parameters.opacity, parameters.outline) == (0.5, False)


def test_what_the_node_holds_already_stays(node: Any, Parameters: type) -> None:
    node.SetParameter("opacity", "0.25")
    node.SetParameter("side", "LEFT")
    parameters = Parameters(node)
    assert (parameters.opacity, parameters.side, parameters.phrase) == (0.25, Side.LEFT, "")


def test_two_wrappers_of_a_node_see_each_others_values(node: Any, Parameters: type, host_names: Host) -> None:
    one, other = Parameters(node), Parameters(node)
    one.volume = host_names.scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode")
    one.phrase = "left effusion"
    assert other.volume is one.volume is not None
    assert other.phrase == "left effusion"


@pytest.mark.parametrize(
    ("name", "value"), [("opacity", 1.5), ("opacity", "0.5"), ("outline", 1), ("phrase", None), ("volume", "v")]
)
def test_an_invalid_value_is_refused_and_changes_nothing(node: Any, Parameters: type, name: str, value: Any) -> None:
    parameters = Parameters(node)
    before = getattr(parameters, name)
    with pytest.raises((ValueError, TypeError)):
        setattr(parameters, name, value)
    assert getattr(parameters, name) == before
    assert stored(node) == DEFAULTS


def test_a_default_outside_its_range_is_refused_when_the_node_is_wrapped(node: Any) -> None:
    from slicer.parameterNodeWrapper import WithinRange

    described = wrapper_class({"opacity": 3.0}, opacity=Annotated[float, WithinRange(0, 1)])
    with pytest.raises(ValueError, match=r"3\.0 is not within the range 0 to 1"):
        described(node)


def test_a_closed_scene_gives_the_defaults_again(node: Any, Parameters: type, host_names: Host) -> None:
    parameters = Parameters(node)
    parameters.volume = host_names.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    parameters.opacity, parameters.phrase, parameters.side = 0.9, "nodule", Side.LEFT
    host_names.close_scene()
    assert node.GetScene() is host_names.scene
    assert (parameters.volume, parameters.phrase, parameters.side) == (None, "", Side.RIGHT)
    assert (parameters.opacity, parameters.outline) == (0.5, False)
    assert stored(node) == DEFAULTS


def test_a_node_that_leaves_the_scene_leaves_the_parameter(node: Any, Parameters: type, host_names: Host) -> None:
    parameters = Parameters(node)
    parameters.volume = host_names.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    host_names.scene.RemoveNode(parameters.volume)
    assert parameters.volume is None


@pytest.fixture
def saved_scene(node: Any, Parameters: type, host_names: Host, tmp_path: Path) -> Path:
    """Of a scene in which every parameter was set."""
    parameters = Parameters(node)
    parameters.volume = slicer.util.addVolumeFromArray(np.zeros((1, 4, 4), np.uint16), name="cxr")
    parameters.phrase = "Erguß <links> & \"rechts\";\n'zwei'"
    parameters.side, parameters.opacity, parameters.outline = Side.LEFT, 0.1 + 0.2, True
    host_names.save_scene(tmp_path / "scene.mrb")
    host_names.close_scene()
    return tmp_path / "scene.mrb"


def test_a_saved_scene_brings_every_parameter_back(
    node: Any, Parameters: type, host_names: Host, saved_scene: Path
) -> None:
    host_names.load_scene(saved_scene)
    parameters = Parameters(node)
    assert parameters.volume.GetName() == "cxr"
    assert parameters.phrase == "Erguß <links> & \"rechts\";\n'zwei'"
    assert (parameters.side, parameters.opacity, parameters.outline) == (Side.LEFT, 0.1 + 0.2, True)


def test_a_wrapper_from_before_a_scene_was_loaded_misses_its_node(
    node: Any, Parameters: type, host_names: Host, saved_scene: Path
) -> None:
    """As in Slicer: the parameter node changes before its volume is in the scene, and not again afterwards."""
    parameters = Parameters(node)
    host_names.load_scene(saved_scene)
    assert parameters.opacity == 0.1 + 0.2
    assert parameters.volume is None
    parameters.Modified()
    assert parameters.volume.GetName() == "cxr"


def test_an_observer_reads_the_new_value(node: Any, Parameters: type) -> None:
    parameters, seen = Parameters(node), []

    class Observer(VTKObservationMixin):
        def on_modified(self, caller: Any, event: str) -> None:
            seen.append(parameters.phrase)

    observer = Observer()
    observer.addObserver(parameters, vtk.vtkCommand.ModifiedEvent, observer.on_modified)
    parameters.phrase = "nodule"
    parameters.phrase = "nodule"
    observer.removeObserver(parameters, vtk.vtkCommand.ModifiedEvent, observer.on_modified)
    parameters.phrase = "mass"
    assert seen == ["nodule"]


def test_changes_can_be_collected_into_one_event(node: Any, Parameters: type) -> None:
    parameters, seen = Parameters(node), []
    parameters.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda caller, event: seen.append(event))
    with NodeModify(parameters):
        parameters.phrase, parameters.opacity = "nodule", 0.25
        assert parameters.phrase == "nodule"
        assert not seen
    assert len(seen) == 1
    parameters.Modified()
    assert len(seen) == 2


def test_a_dropped_wrapper_leaves_no_observer(little_to_collect: None, node: Any, Parameters: type) -> None:
    parameters = Parameters(node)
    assert node.HasObserver(vtk.vtkCommand.ModifiedEvent)
    del parameters
    gc.collect()
    assert not node.HasObserver(vtk.vtkCommand.ModifiedEvent)


@pytest.mark.parametrize("name", ["connectGui", "AddObserver", "Modified", "default", "getValue", "allParameters"])
def test_a_name_of_the_wrapper_is_no_name_for_a_parameter(host_names: Host, name: str) -> None:
    with pytest.raises(ValueError, match=f"Parameters.{name} cannot be a parameter"):
        wrapper_class(**{name: str})


def test_a_type_that_is_not_offered_is_refused_when_the_class_is_described(host_names: Host) -> None:
    with pytest.raises(TypeError, match="The parameter count is of type <class 'int'>"):
        wrapper_class(count=int)


@pytest.mark.parametrize("name", ["Default", "parameterPack", "Minimum", "Choice", "isParameterNodeWrapper"])
def test_what_else_slicer_has_there_is_not_offered(host_names: Host, name: str) -> None:
    import slicer.parameterNodeWrapper

    with pytest.raises(AttributeError, match=name):
        getattr(slicer.parameterNodeWrapper, name)


def test_the_module_s_own_parameters_are_kept_as_slicer_keeps_them(host: Host) -> None:
    from CXRGroundingLib.scene_findings import OPACITY

    parameters = host.widget.logic.getParameterNode()
    assert stored(parameters.parameterNode) == {
        **{"radiograph.2": "True", "phrase": "", "report": "", "model": "", "device": "AUTO", "opacity": str(OPACITY)},
        **{"threshold": "0.0", "outline": "False", "colorMap": "", "heatmapVolume": "False", "box": "False"},
        **{"quality": "FULL", "quickFirst": "False", "doubted": "PALE", "places": "MODEL"},
        **{"allOutlined": "False", "sentences": ""},
    }
    assert parameters.parameterNode.GetAttribute("ModuleName") == "CXRGrounding"
    assert parameters.parameterNode.GetSingletonTag() == "CXRGrounding"
