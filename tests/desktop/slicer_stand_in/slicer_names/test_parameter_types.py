"""The texts in a parameter node are those that Slicer writes: a scene goes from here to Slicer and back."""

# ruff: noqa: UP007, UP045 - both ways to write a union are tested
from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated, Any, Optional, Union

import pytest
import slicer
from slicer import vtkMRMLModelNode, vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode

from cxr_grounding_desktop.slicer_stand_in.slicer_names.parameter_types import WithinRange, kind_of


class Side(enum.Enum):
    LEFT = "l"
    RIGHT = "r"


VOLUME = vtkMRMLScalarVolumeNode | vtkMRMLVectorVolumeNode | None


@pytest.fixture
def node(scene: Any) -> Any:
    return scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode")


def parameters_of(node: Any) -> dict[str, str]:
    return {name: node.GetParameter(name) for name in node.GetParameterNames()}


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (bool, True, "True"),
        (bool, False, "False"),
        (str, "", ""),
        (str, 'Erguß "links" <&> 5 %; ok\nnext', 'Erguß "links" <&> 5 %; ok\nnext'),
        (float, 0.1, "0.1"),
        (float, 1, "1"),
        (float, 1e-07, "1e-07"),
        (Annotated[float, WithinRange(0, 90)], 30.0, "30.0"),
        (Side, Side.RIGHT, "RIGHT"),
    ],
)
def test_a_value_is_kept_as_one_text(node: Any, annotation: Any, value: Any, text: str) -> None:
    kind = kind_of("p", annotation)
    kind.check(value)
    assert not kind.is_in(node, "p")
    kind.write(node, "p", value)
    assert parameters_of(node) == {"p": text}
    assert kind.is_in(node, "p")
    again = kind.read(node, "p")
    assert again == value
    assert type(again) is (float if annotation is float else type(value))


@pytest.mark.parametrize(
    ("class_name", "place"), [("vtkMRMLScalarVolumeNode", 0), ("vtkMRMLLabelMapVolumeNode", 0), (None, 2)]
)
def test_a_node_is_a_reference_at_its_place_in_the_union(
    scene: Any, node: Any, class_name: str | None, place: int
) -> None:
    kind = kind_of("p", VOLUME)
    value = class_name and scene.AddNewNodeByClass(class_name)
    kind.check(value)
    kind.write(node, "p", value)
    assert parameters_of(node) == {f"p.{place}": "True" if value is None else ""}
    assert node.GetNodeReferenceID(f"p.{place}") == (None if value is None else value.GetID())
    assert kind.read(node, "p") is value


def test_another_node_takes_the_place_of_the_one_before_as_one_change(scene: Any, node: Any) -> None:
    kind = kind_of("p", Union[vtkMRMLModelNode, vtkMRMLScalarVolumeNode, None])
    volume, model = (scene.AddNewNodeByClass(name) for name in ("vtkMRMLScalarVolumeNode", "vtkMRMLModelNode"))
    kind.write(node, "p", volume)
    seen = []
    node.AddObserver("ModifiedEvent", lambda caller, event: seen.append(kind.read(node, "p")))
    kind.write(node, "p", model)
    assert parameters_of(node) == {"p.0": ""}
    assert node.GetNodeReference("p.1") is None
    assert seen == [model]
    kind.write(node, "p", None)
    assert seen == [model, None]


def test_a_node_that_left_the_scene_reads_as_none(scene: Any, node: Any) -> None:
    kind = kind_of("p", VOLUME)
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    kind.write(node, "p", volume)
    scene.RemoveNode(volume)
    assert kind.is_in(node, "p")
    assert kind.read(node, "p") is None


def test_defaults_are_those_of_slicer() -> None:
    annotations = {"b": bool, "s": str, "f": float, "e": Side, "v": VOLUME}
    assert {name: kind_of(name, annotation).default for name, annotation in annotations.items()} == {
        "b": False,
        "s": "",
        "f": 0,
        "e": Side.LEFT,
        "v": None,
    }


@pytest.mark.parametrize(
    ("annotation", "value", "error"),
    [
        (bool, 1, TypeError),
        (bool, None, ValueError),
        (str, 5, TypeError),
        (str, None, ValueError),
        (float, "1", TypeError),
        (float, True, ValueError),
        (Annotated[float, WithinRange(0, 1)], 1.01, ValueError),
        (Annotated[float, WithinRange(0, 1)], -0.01, ValueError),
        (Annotated[float, WithinRange(0, 1)], float("nan"), ValueError),
        (Side, "LEFT", TypeError),
        (VOLUME, "vtkMRMLScalarVolumeNode1", TypeError),
        (VOLUME, slicer.vtkMRMLModelNode(), TypeError),
    ],
)
def test_another_value_is_refused(annotation: Any, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        kind_of("p", annotation).check(value)


@pytest.mark.parametrize("value", [0, 1, 0.5])
def test_the_ends_of_a_range_belong_to_it(value: float) -> None:
    kind_of("p", Annotated[float, WithinRange(0, 1)]).check(value)


@pytest.mark.parametrize(
    "annotation",
    [
        *(int, list, list[str], dict[str, str], tuple, Path, object, Any, type(None)),
        *(Optional[str], Union[str, float], Union[vtkMRMLScalarVolumeNode, str, None]),
        *(vtkMRMLScalarVolumeNode, Union[vtkMRMLScalarVolumeNode, vtkMRMLModelNode]),
        *(
            Annotated[str, "x"],
            Annotated[float, "x"],
            Annotated[float, WithinRange],
            Annotated[bool, WithinRange(0, 1)],
        ),
        Annotated[float, WithinRange(0, 1), WithinRange(0, 2)],
    ],
    ids=str,
)
def test_another_type_is_refused_by_the_names_of_parameter_and_type(annotation: Any) -> None:
    with pytest.raises(TypeError, match=r"The parameter wish is of type .*, which this host does not offer: use bool"):
        kind_of("wish", annotation)


def test_an_enum_whose_name_the_node_does_not_know_is_told(node: Any) -> None:
    node.SetParameter("p", "MIDDLE")
    with pytest.raises(ValueError, match="'MIDDLE', which Side does not name"):
        kind_of("p", Side).read(node, "p")


def test_an_optional_node_may_be_written_with_a_bar() -> None:
    assert kind_of("p", vtkMRMLModelNode | None).node_types == ["vtkMRMLModelNode"]
    assert kind_of("p", VOLUME).node_types == ["vtkMRMLScalarVolumeNode", "vtkMRMLVectorVolumeNode"]
