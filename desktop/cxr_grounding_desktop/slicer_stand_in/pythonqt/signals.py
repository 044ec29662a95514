"""Signals by their C++ signatures, as PythonQt connects them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from PyQt5.QtCore import QMetaMethod, QMetaObject, QObject

from cxr_grounding_desktop.pyqt_types import given
from cxr_grounding_desktop.slicer_stand_in.pythonqt.slots import call_guarded

Translate = Callable[[Any], Any]
"""Makes of a value of PyQt5 what PythonQt shows of it."""

_CONNECTIONS = "_pythonqt_connections"


def find_signal(sender: QObject, signature: str) -> QMetaMethod:
    """The signal of that signature, e.g. "clicked(bool)" or "currentNodeChanged(vtkMRMLNode*)".

    Raises:
        ValueError: when the sender has none; PythonQt says so on the console only, and the slot is never called.
    """
    # What is no type of Qt's, PyQt5 declares by a type of its own.
    qt_signature = re.sub(r"\bvtk\w+\s*\*", "PyQt_PyObject", signature)
    normalized = bytes(QMetaObject.normalizedSignature(qt_signature)).decode()
    meta = given(sender.metaObject())
    index = meta.indexOfSignal(normalized)
    if index < 0:
        raise ValueError(f"{meta.className()} has no signal {signature}: write it as C++ declares it")
    return meta.method(index)


def connect(sender: QObject, signature: str, slot: Callable[..., Any], translate: Translate) -> bool:
    """Have a slot called with the arguments that the signature names, at most as many as it takes."""
    if not callable(slot):
        raise TypeError(f"{slot!r} cannot be connected to {signature}: it is not callable")
    signal = find_signal(sender, signature)
    count = signal.parameterCount()

    def receive(*arguments: Any) -> None:
        call_guarded(slot, *(translate(argument) for argument in arguments[:count]))

    _bound(sender, signal).connect(receive)
    # Kept at the sender, as long as it lives: the wrapper may be gone before it.
    connections = sender.__dict__.setdefault(_CONNECTIONS, [])
    connections.append((bytes(signal.methodSignature()), slot, receive))
    return True


def disconnect(sender: QObject, signature: str, slot: Callable[..., Any]) -> bool:
    """Undo one `connect` of the same signature and slot; False when there was none."""
    signal = find_signal(sender, signature)
    connections = sender.__dict__.get(_CONNECTIONS, [])
    for entry in connections:
        if entry[0] == bytes(signal.methodSignature()) and entry[1] == slot:
            _bound(sender, signal).disconnect(entry[2])
            connections.remove(entry)
            return True
    return False


def default_signature(sender: QObject, name: str) -> str | None:
    """The signature of the signal of that name with the most arguments; None when there is no such signal."""
    known = _signatures.setdefault((type(sender), given(sender.metaObject()).className()), {})
    if not known:
        known.update(_default_signatures(given(sender.metaObject())))
    return known.get(name)


_signatures: dict[tuple[type, str | None], dict[str, str]] = {}
"""What was found of each class, since each look at an attribute asks. By its name too: of Qt's private classes PyQt5
shows the public one that they derive from, and they have signals of their own."""


def _default_signatures(meta: QMetaObject) -> dict[str, str]:
    """By the name of each signal."""
    most: dict[str, tuple[int, str]] = {}
    for index in range(meta.methodCount()):
        method = meta.method(index)
        if method.methodType() == QMetaMethod.MethodType.Signal:
            signature = method.parameterCount(), bytes(method.methodSignature()).decode()
            name = bytes(method.name()).decode()
            most[name] = max(most.get(name, signature), signature)
    return {name: signature for name, (_, signature) in most.items()}


def _bound(sender: QObject, signal: QMetaMethod) -> Any:
    """PyQt5's handle on the signal: of overloads, the one with these types."""
    bound = getattr(sender, bytes(signal.name()).decode())
    types = tuple(bytes(name).decode() for name in signal.parameterTypes())
    try:
        return bound[types]
    except (KeyError, TypeError):  # a signature that ends before an argument with a default
        return bound


class Signal:
    """What `widget.clicked` is: something to connect to, and to emit.

    Args:
        sender, name: of the signal; of overloads, the one with the most arguments is meant, as in PythonQt.
    """

    def __init__(self, sender: QObject, name: str, signature: str, translate: Translate, restore: Translate) -> None:
        self._sender, self._name, self._signature = sender, name, signature
        self._translate, self._restore = translate, restore

    def connect(self, slot: Callable[..., Any]) -> bool:
        """See `connect`."""
        return connect(self._sender, self._signature, slot, self._translate)

    def disconnect(self, slot: Callable[..., Any]) -> bool:
        """See `disconnect`."""
        return disconnect(self._sender, self._signature, slot)

    def emit(self, *arguments: Any) -> None:
        """Call all slots."""
        _bound(self._sender, find_signal(self._sender, self._signature)).emit(*map(self._restore, arguments))

    __call__ = emit
