"""How a parameter of each type is kept in a vtkMRMLScriptedModuleNode: to the letter as Slicer does it.

So a scene that is saved here brings its parameters into Slicer, and one from there brings them back. Slicer's code is
in Base/Python/slicer/parameterNodeWrapper/serializers.py and validators.py.
"""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slicer import vtkMRMLNode

OFFERED = "bool, str, float, Annotated[float, WithinRange(a, b)], an Enum, or a Union of MRML node classes and None"


class WithinRange:
    """The annotation of a number that lies in a range, its ends included."""

    def __init__(self, minimum: float, maximum: float) -> None:
        self.minimum, self.maximum = minimum, maximum

    def __repr__(self) -> str:
        return f"WithinRange({self.minimum}, {self.maximum})"

    def validate(self, value: Any) -> None:
        """Raise ValueError when a number lies outside."""
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{value} is not within the range {self.minimum} to {self.maximum}")


@dataclass(frozen=True)
class TextKind:
    """A type whose values are kept as one text.

    Args:
        of: bool, str, float or an Enum.
        accepted: classes of values that may be assigned.
        default: when the class of parameters names none.
        to_text, from_text: what is kept of a value, and back.
        within: the range of a float, if it has one.
    """

    of: type
    accepted: type | tuple[type, ...]
    default: Any
    to_text: Callable[[Any], str]
    from_text: Callable[[str], Any]
    within: WithinRange | None = None

    def check(self, value: Any) -> None:
        """Raise ValueError for None and for a number outside the range, TypeError for what is of another class."""
        if value is None:
            raise ValueError(f"None is no {self.of.__name__}")
        if self.of is float and isinstance(value, bool):  # kept as "True", which reads as no number
            raise ValueError(f"{value} is no number")
        if not isinstance(value, self.accepted):
            raise TypeError(f"{value!r} is of class {type(value).__name__}, and not {self.of.__name__}")
        if self.within is not None:
            self.within.validate(value)

    def is_in(self, node: Any, name: str) -> bool:
        """Whether the node has a value."""
        return bool(node.HasParameter(name))

    def write(self, node: Any, name: str, value: Any) -> None:
        """Keep a checked value."""
        node.SetParameter(name, self.to_text(value))

    def read(self, node: Any, name: str) -> Any:
        """What is kept; ValueError when that is none of this type."""
        return self.from_text(node.GetParameter(name))


@dataclass(frozen=True)
class NodeKind:
    """A node of one of several classes, or none.

    The value's place in the Union is part of the name under which it is kept: a node of the second class as the node
    reference `<name>.1` beside an empty text of that name, None as the text "True" at its own place.

    Args:
        classes: of nodes, and NoneType, in the order of the Union.
    """

    classes: tuple[type, ...]
    default = None

    @property
    def node_types(self) -> list[str]:
        """Names of the node classes, as a node selector takes them."""
        return [one().GetClassName() for one in self.classes if one is not types.NoneType]

    def check(self, value: Any) -> None:
        """Raise TypeError for what is neither a node of one of the classes, or derived from one, nor None."""
        if not isinstance(value, self.classes):
            names = ", ".join(one.__name__ for one in self.classes)
            raise TypeError(f"{type(value).__name__} is none of: {names}")

    def is_in(self, node: Any, name: str) -> bool:
        """Whether the node has a value, which None is too."""
        return any(node.HasParameter(f"{name}.{place}") for place in range(len(self.classes)))

    def write(self, node: Any, name: str, value: Any) -> None:
        """Keep a checked value in the place of the one before, as one change of the node."""
        place = next(place for place, one in enumerate(self.classes) if isinstance(value, one))
        was_modifying = node.StartModify()
        for other, one in enumerate(self.classes):
            node.UnsetParameter(f"{name}.{other}")
            if one is not types.NoneType:
                node.RemoveNodeReferenceIDs(f"{name}.{other}")
        node.SetParameter(f"{name}.{place}", "True" if value is None else "")
        if value is not None:
            node.SetNodeReferenceID(f"{name}.{place}", value.GetID())
        node.EndModify(was_modifying)

    def read(self, node: Any, name: str) -> Any:
        """The node, or None; that also when it has left the scene."""
        for place, one in enumerate(self.classes):
            if node.HasParameter(f"{name}.{place}"):
                return None if one is types.NoneType else node.GetNodeReference(f"{name}.{place}")
        raise KeyError(f"The parameter node holds no {name}")


def kind_of(name: str, annotation: Any) -> TextKind | NodeKind:
    """How the parameter `name` is kept.

    Raises:
        TypeError: when it is of a type that this host does not offer.
    """
    extras: tuple[Any, ...] = getattr(annotation, "__metadata__", ())
    bare = typing.get_args(annotation)[0] if extras else annotation
    kind = _text_kind(bare, extras) if isinstance(bare, type) else _node_kind(bare)
    if kind is None or (extras and bare is not float):
        raise TypeError(f"The parameter {name} is of type {annotation}, which this host does not offer: use {OFFERED}")
    return kind


def _text_kind(bare: type, extras: tuple[Any, ...]) -> TextKind | None:
    if bare is bool:
        return TextKind(bool, bool, False, lambda value: "True" if value else "False", lambda text: text == "True")
    if bare is str:
        return TextKind(str, str, "", str, str)
    if bare is float and len(extras) <= 1 and all(isinstance(extra, WithinRange) for extra in extras):
        return TextKind(float, (float, int), 0, str, float, *extras)
    if issubclass(bare, enum.Enum) and len(bare):
        return TextKind(bare, bare, next(iter(bare)), lambda value: value.name, _named(bare))
    return None


def _named(enumeration: type[enum.Enum]) -> Callable[[str], enum.Enum]:
    def from_text(text: str) -> enum.Enum:
        if text not in enumeration.__members__:
            raise ValueError(f"The parameter node holds {text!r}, which {enumeration.__name__} does not name")
        return enumeration[text]

    return from_text


def _node_kind(bare: Any) -> NodeKind | None:
    classes = typing.get_args(bare) if typing.get_origin(bare) in (typing.Union, types.UnionType) else ()
    nodes = [one for one in classes if isinstance(one, type) and issubclass(one, vtkMRMLNode)]
    return NodeKind(classes) if nodes and {*classes} == {*nodes, types.NoneType} else None
