"""Calls a double's object service in Python, as the administrator or somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from demo.double import Double
from demo.double.errors import OdooFault
from demo.double.recorded import PASSWORDS, recorded_dataset

ADMIN = {"10.0": 1, "14.0": 2, "19.0": 2}


class Caller:
    """``caller("res.partner", "read", [3], ["name"])``; keyword arguments go along, ``context`` too."""

    def __init__(self, double: Double, uid: int | None = None, password: str = "admin") -> None:  # noqa: S107
        self.double = double
        self.uid = ADMIN[double.version] if uid is None else uid
        self.password = password

    def __call__(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        return self.double.execute_kw("test", self.uid, self.password, model, method, list(args), kwargs)

    def fault(self, model: str, method: str, *args: Any, **kwargs: Any) -> OdooFault:
        """The failure of a call that must fail."""
        try:
            answer = self(model, method, *args, **kwargs)
        except OdooFault as fault:
            return fault
        raise AssertionError(f"{model}.{method} answered {answer!r}")


def recorded_caller(version: str) -> Caller:
    return Caller(Double(recorded_dataset(version)))


def portal_caller(version: str) -> Caller:
    """A portal customer of the recorded database."""
    double = Double(recorded_dataset(version))
    logins: Mapping[str, str] = {"10.0": "anais@vet.example", "14.0": "vet0@alcyon.example"}
    login = logins.get(version) or next(name for name in double.dataset.passwords if name.startswith("zoe"))
    uid = next(iter(double.db.table("res.users").find("login", [login])))
    password = PASSWORDS[version].get(login) or double.dataset.passwords[login]
    return Caller(double, uid, password)
