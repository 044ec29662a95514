"""One wrapper class for each class of PyQt5, and one wrapper for each object, with PythonQt's rules for attributes.

Facts: PythonQt's PythonQtInstanceWrapper.cpp, PythonQtClassInfo.cpp and PythonQtMethodInfo.cpp.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from weakref import WeakValueDictionary

from PyQt5 import sip
from PyQt5.QtCore import QMetaObject, QObject

from cxr_grounding_desktop.pyqt_types import given
from cxr_grounding_desktop.slicer_stand_in.pythonqt import signals
from cxr_grounding_desktop.slicer_stand_in.pythonqt.slots import call_guarded

NOT_OFFERED = frozenset({"findChild", "findChildren", "disconnect", "tr", "sender", "receivers", "isSignalConnected"})
"""What PyQt5 and PythonQt both have, but with other arguments; nobody needs them here."""

FIRST_OF_SEVERAL = frozenset({"getOpenFileName", "getOpenFileNames", "getSaveFileName"})
"""Where PyQt5 returns what C++ writes into its arguments, and PythonQt the result alone."""

HOST = "cxr_grounding_desktop."
"""Where the host's own classes are."""

_classes: dict[type, WrapperClass] = {}
_wrappers: WeakValueDictionary[int, Wrapper] = WeakValueDictionary()


def wrap(value: Any) -> Any:
    """What PythonQt shows of a value of PyQt5: objects wrapped, lists as tuples, all else as it is.

    An object has one wrapper while anyone holds that: `wrap(button) is wrap(button)`.
    """
    if isinstance(value, list):
        return tuple(wrap(item) for item in value)
    if isinstance(value, dict):
        return {key: wrap(item) for key, item in value.items()}
    if not isinstance(value, sip.simplewrapper) or _is_flags(value):
        return value
    wrapper = _wrappers.get(id(value))
    if wrapper is None:
        wrapper = object.__new__(cast("type[Wrapper]", wrapper_class(type(value))))
        object.__setattr__(wrapper, "_object", value)
        _wrappers[id(value)] = wrapper
    return wrapper


def unwrap(value: Any) -> Any:
    """The inverse: what PyQt5 takes for a value that the module gives."""
    if isinstance(value, Wrapper):
        return object.__getattribute__(value, "_object")
    if isinstance(value, WrapperClass):
        return value.qt_class
    if isinstance(value, str):
        return _as_qstring(value)
    if isinstance(value, (list, tuple)):
        return [unwrap(item) for item in value]
    if isinstance(value, dict):
        return {key: unwrap(item) for key, item in value.items()}
    if callable(value) and not isinstance(value, (type, Method)):
        return lambda *arguments: call_guarded(value, *map(wrap, arguments))
    return value


def _as_qstring(text: str) -> str:
    """A text on its way through UTF-8 and C: it ends at NUL, and half a surrogate pair has no way at all."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SystemError(f"PythonQt cannot make a QString of {text!r}: it holds half of a surrogate pair") from error
    return text.partition("\0")[0]


def _is_flags(value: Any) -> bool:
    """Whether a value is a combination of enum values (Qt::ItemFlags), which PythonQt shows as an integer."""
    return hasattr(type(value), "__int__") and hasattr(type(value), "__or__")


def _is_hidden(name: str) -> bool:
    return name.startswith(("_", "pyqt")) or name in NOT_OFFERED


def wrapper_class(qt_class: type) -> WrapperClass:
    """The class that wraps objects of a class of PyQt5; the same one each time."""
    if qt_class not in _classes:
        namespace = {"__doc__": f"{qt_class.__name__} as PythonQt shows it.", "__slots__": (), "qt_class": qt_class}
        # Not derived from the wrapper of its base: in PythonQt too, isinstance tells the exact class only.
        _classes[qt_class] = type.__new__(WrapperClass, qt_class.__name__, (Wrapper,), namespace)
    return _classes[qt_class]


class Method:
    """A method of a wrapped object, or a static one of a class."""

    def __init__(self, function: Callable[..., Any], owner: str, name: str) -> None:
        self._function, self._owner, self._name = function, owner, name

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        if keywords:
            raise TypeError(
                f"{self._owner}.{self._name} takes no keyword arguments: methods of Qt have none in PythonQt"
            )
        result = self._function(*map(unwrap, self._with_texts_of_none(arguments)))
        if isinstance(result, tuple):
            if self._name not in FIRST_OF_SEVERAL:
                raise NotImplementedError(
                    f"{self._owner}.{self._name} returns several values in PyQt5 and one in PythonQt; this host has no "
                    "rule for it."
                )
            result = result[0]
        return wrap(result)

    def _with_texts_of_none(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """`setText(None)` writes "None" in PythonQt, where PyQt5 writes nothing."""
        owner = getattr(self._function, "__self__", None)
        if arguments != (None,) or not isinstance(owner, QObject) or not self._name.startswith("set"):
            return arguments
        meta = given(owner.metaObject())
        index = meta.indexOfProperty(self._name[3].lower() + self._name[4:])
        return ("None",) if index >= 0 and meta.property(index).typeName() == "QString" else arguments

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Method) and self._function == other._function

    def __hash__(self) -> int:
        return hash(self._name)


class WrapperClass(type):
    """The class of wrapper classes: makes objects, and gives enum values and static methods."""

    qt_class: type

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> WrapperClass:
        if bases:
            raise NotImplementedError(f"{name}: this host cannot derive Python classes from Qt's")
        return super().__new__(mcs, name, bases, namespace)

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        if keywords:
            raise TypeError(f"qt.{cls.__name__}(...) takes no keyword arguments in this host")
        return wrap(cls.qt_class(*map(unwrap, arguments)))

    def __getattr__(cls, name: str) -> Any:
        value = getattr(cls.qt_class, name, None)
        if value is None or _is_hidden(name):
            raise AttributeError(f"{cls.__name__} has no {name}, or this host does not offer it")
        if isinstance(value, type):
            return wrapper_class(value) if issubclass(value, sip.simplewrapper) and not _is_enum(value) else value
        return Method(value, cls.__name__, name) if callable(value) else value

    def __setattr__(cls, name: str, value: Any) -> None:
        raise AttributeError(f"{cls.__name__}.{name} cannot be set: classes of Qt are not changed")


def _is_enum(value: type) -> bool:
    return issubclass(value, int) or hasattr(value, "__int__")


class Wrapper(metaclass=WrapperClass):
    """A Qt object as PythonQt shows it.

    Reading gives the value of a Qt property, or a signal, method or enum value of that name, in this order. Writing
    sets a property. All else raises AttributeError.
    """

    __slots__ = ("__weakref__", "_object")
    qt_class: type
    _object: Any

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__"):
            return object.__getattribute__(self, name)
        wrapped = object.__getattribute__(self, "_object")
        if isinstance(wrapped, QObject):
            return _attribute_of_object(wrapped, name)
        return _plain_attribute(wrapped, name)

    def __setattr__(self, name: str, value: Any) -> None:
        wrapped = object.__getattribute__(self, "_object")
        kind = type(wrapped).__name__
        if not isinstance(wrapped, QObject):
            raise AttributeError(f"{kind} has no property {name}: it is no QObject, use its methods")
        _set_property(wrapped, name, unwrap(value))

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name} cannot be deleted from an object of Qt")

    def __bool__(self) -> bool:
        return not sip.isdeleted(object.__getattribute__(self, "_object"))

    def __eq__(self, other: object) -> bool:
        return bool(object.__getattribute__(self, "_object") == unwrap(other))

    def __hash__(self) -> int:
        return id(object.__getattribute__(self, "_object"))

    def __repr__(self) -> str:
        wrapped = object.__getattribute__(self, "_object")
        name = "" if sip.isdeleted(wrapped) or not isinstance(wrapped, QObject) else f" {wrapped.objectName()!r}"
        return f"<{type(wrapped).__name__}{name} through PythonQt's eyes>"


def _attribute_of_object(wrapped: QObject, name: str) -> Any:
    # By the name of the C++ class too: of Qt's private classes PyQt5 shows the public one that they derive from.
    key = type(wrapped), given(wrapped.metaObject()).className(), name
    if key not in _readers:
        _readers[key] = _reader(wrapped, name)
    return _readers[key](wrapped)


_readers: dict[tuple[type, str | None, str], Callable[[QObject], Any]] = {}
"""How an attribute of a class is read: the panel asks for the same ones thousands of times."""


def _reader(first: QObject, name: str) -> Callable[[QObject], Any]:
    """How an attribute of this object is read, and of all others of its class."""
    meta = given(first.metaObject())
    if name == "className":
        return lambda wrapped: Method(meta.className, given(meta.className()), name)
    if name == "connect":
        return lambda wrapped: lambda signature, slot: signals.connect(wrapped, signature, slot, wrap)
    if name == "disconnect":
        return lambda wrapped: lambda signature, slot: signals.disconnect(wrapped, signature, slot)
    index = _property_index(meta, name)
    if index >= 0 and meta.property(index).isReadable():
        found = meta.property(index)
        return lambda wrapped: wrap(found.read(wrapped))
    signature = None if _is_hidden(name) else signals.default_signature(first, name)
    if signature is not None:
        return lambda wrapped: signals.Signal(wrapped, name, signature, wrap, unwrap)
    return lambda wrapped: _plain_attribute(wrapped, name)


def _property_index(meta: QMetaObject, name: str) -> int:
    """Of a property, -1 where there is none; `name` stands for the object's name in classes that have no other."""
    index = meta.indexOfProperty(name)
    return meta.indexOfProperty("objectName") if index < 0 and name == "name" else index


def _plain_attribute(wrapped: Any, name: str) -> Any:
    """A method or an enum value."""
    kind = type(wrapped).__name__
    value = None if _is_hidden(name) or is_unseen_setter(type(wrapped), name) else getattr(wrapped, name, None)
    if value is None or name in vars(wrapped):
        raise AttributeError(f"{kind} has no attribute {name!r} in Slicer, or this host does not offer it")
    return Method(value, kind, name) if callable(value) and not isinstance(value, type) else value


def is_unseen_setter(qt_class: type, name: str) -> bool:
    """Whether it is a setter of a host's class that Slicer does not show to Python.

    Of Qt's classes PythonQt shows all public methods, but of CTK's and Slicer's only what their meta objects have:
    properties, signals and slots (CTK's CMake/ctkWrapPythonQt.py). The other setters are here for PyQt5's .ui loader.
    """
    is_of_host = any(name in vars(one) for one in qt_class.__mro__ if one.__module__.startswith(HOST))
    if not is_of_host or not name.startswith("set"):
        return False
    meta = cast("type[QObject]", qt_class).staticMetaObject  # the host has no other class with such a setter
    return all(bytes(meta.method(index).name()).decode() != name for index in range(meta.methodCount()))


def _set_property(wrapped: QObject, name: str, value: Any) -> None:
    meta = given(wrapped.metaObject())
    index = _property_index(meta, name)
    if index < 0:
        raise AttributeError(f"{meta.className()} has no property {name!r}; PythonQt lets no other attribute be set")
    found = meta.property(index)
    if not found.isWritable():
        raise AttributeError(f"The property {name!r} of {meta.className()} is read only")
    if not _is_accepted(given(found.typeName()), value) or not found.write(wrapped, value):
        raise AttributeError(
            f"The property {name!r} of {meta.className()} is of type {found.typeName()} and takes no {value!r}"
        )


def _is_accepted(type_name: str, value: Any) -> bool:
    """Whether PythonQt converts a value to a property's type; QVariant converts more, texts to numbers for example."""
    accepted: dict[str, type | tuple[type, ...]] = {
        "QString": str,
        "bool": int,
        "int": int,
        "double": (int, float),
        "QStringList": list,
    }
    return isinstance(value, accepted.get(type_name, object))
