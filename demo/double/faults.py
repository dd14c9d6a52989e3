"""Ways to make the double misbehave, from Python or over ``POST /double/faults``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from demo.double import errors

Kind = Literal["conflict", "closed_cursor", "internal", "user_error", "access", "http_502", "garbage"]
KINDS: tuple[str, ...] = get_args(Kind)
#: Kinds that are answers of Odoo; the others are answers of something in between.
_EXCEPTIONS: Mapping[str, tuple[str, str]] = {
    "conflict": (
        errors.SERIALIZATION_FAILURE,
        "could not serialize access due to concurrent update\n",
    ),
    "closed_cursor": (errors.OPERATIONAL_ERROR, "Unable to use a closed cursor."),
    "internal": ("builtins.RuntimeError", "an error made on purpose"),
    "user_error": (errors.USER_ERROR, "A business rule made on purpose refuses this."),
    "access": (errors.ACCESS_ERROR, "You are not allowed to do this, on purpose."),
}


class Faults:
    """What is wrong at the moment. All of it ends with ``clear()``.

    ``latency``: seconds added to every answer. ``down``: the listening socket is closed. ``hang``: requests are
    accepted and never answered until it is cleared. ``fail_next``, ``drop_next`` and ``drop_after_next`` count calls
    of model methods (object service and JSON-2), as do ``kill_next`` and ``mute_after_next``.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: list[str] = []
        self._drops = 0
        self._late_drops = 0
        self._kills = 0
        self._cleared = 0
        self._mutes = 0
        self._unanswered: list[str] = []
        self._down = False
        self.latency = 0.0
        self.hang = False
        self._listeners: list[Callable[[bool], None]] = []

    @property
    def down(self) -> bool:
        return self._down

    @down.setter
    def down(self, value: bool) -> None:
        changed = bool(value) != self._down
        self._down = bool(value)
        if changed:
            for listener in list(self._listeners):
                listener(self._down)

    def on_down(self, listener: Callable[[bool], None]) -> None:
        """Call the listener whenever ``down`` changes (the server's way to close its socket)."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[bool], None]) -> None:
        self._listeners.remove(listener)

    def fail_next(self, n: int = 1, kind: Kind = "internal") -> None:
        """The next ``n`` calls fail in that way, and change nothing."""
        if kind not in KINDS:
            raise ValueError(f"unknown kind {kind!r}, known are {', '.join(KINDS)}")
        with self._lock:
            self._failures.extend([kind] * n)

    def drop_next(self, n: int = 1) -> None:
        """The connection of the next ``n`` calls is closed before they are looked at."""
        with self._lock:
            self._drops += n

    def drop_after_next(self, n: int = 1) -> None:
        """The next ``n`` calls are committed, and their connection closed without an answer."""
        with self._lock:
            self._late_drops += n

    def kill_next(self, n: int = 1) -> None:
        """The worker of the next ``n`` calls is killed in the middle of them: undone, and no answer."""
        with self._lock:
            self._kills += n

    def mute_after_next(self, n: int = 1) -> None:
        """The next ``n`` calls are committed, and never answered: the connection stays open until it is cleared."""
        with self._lock:
            self._mutes += n

    def clear(self) -> None:
        with self._lock:
            self._failures.clear()
            self._drops = self._late_drops = self._kills = self._mutes = 0
            self._cleared += 1
        self.latency = 0.0
        self.hang = False
        self.down = False

    def take_failure(self) -> str | None:
        with self._lock:
            return self._failures.pop(0) if self._failures else None

    def take_drop(self) -> bool:
        with self._lock:
            taken = self._drops > 0
            self._drops -= taken
            return taken

    def drop_answer_of(self, path: str) -> None:
        """The next request for a path that begins so is done, and its connection closed without an answer."""
        with self._lock:
            self._unanswered.append(path)

    def take_unanswered(self, path: str) -> bool:
        with self._lock:
            found = next((one for one in self._unanswered if path.startswith(one)), None)
            if found is not None:
                self._unanswered.remove(found)
        return found is not None

    def take_late_drop(self) -> bool:
        with self._lock:
            taken = self._late_drops > 0
            self._late_drops -= taken
            return taken

    def take_kill(self) -> bool:
        with self._lock:
            taken = self._kills > 0
            self._kills -= taken
            return taken

    def take_mute(self) -> bool:
        with self._lock:
            taken = self._mutes > 0
            self._mutes -= taken
            return taken

    @property
    def cleared(self) -> int:
        """How often everything was cleared: what waits for it waits until this number changes."""
        return self._cleared

    def apply(self, settings: Mapping[str, Any]) -> None:
        """Settings by the names above: ``{"latency": 0.2, "fail_next": [2, "conflict"], "down": true}``."""
        settings = dict(settings)
        if settings.pop("clear", False):
            self.clear()
        for name in ("latency", "hang", "down"):
            if name in settings:
                setattr(self, name, float(settings.pop(name)) if name == "latency" else bool(settings.pop(name)))
        for name in ("fail_next", "drop_next", "drop_after_next", "kill_next", "mute_after_next"):
            if name in settings:
                value = settings.pop(name)
                getattr(self, name)(*(value if isinstance(value, list) else [value]))
        if settings:
            raise ValueError(f"unknown settings: {', '.join(settings)}")

    def as_dict(self) -> dict[str, Any]:
        with self._lock:
            return {
                "latency": self.latency,
                "hang": self.hang,
                "down": self._down,
                "fail_next": list(self._failures),
                "drop_next": self._drops,
                "drop_after_next": self._late_drops,
                "kill_next": self._kills,
                "mute_after_next": self._mutes,
            }


def failure(kind: str) -> errors.OdooFault | None:
    """The exception of a kind; None for the kinds that are not Odoo's own answers."""
    return errors.OdooFault(*_EXCEPTIONS[kind]) if kind in _EXCEPTIONS else None
