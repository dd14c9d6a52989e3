"""The double itself: a dataset that is called like an Odoo database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.accounts import check_password
from demo.double.env import Database, Env, utc_now
from demo.double.faults import Faults
from demo.double.methods import Call, Method, public_method
from demo.double.writing import create, unlink, write

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from demo.dataset import Dataset


@dataclass(frozen=True, slots=True)
class RpcCall:
    """One call of a model method, as it came in. ``service``: xmlrpc, jsonrpc or json2; ``at``: monotonic seconds."""

    service: str
    model: str
    method: str
    ids: tuple[Any, ...]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    uid: int
    at: float = field(default_factory=time.monotonic)


class Double:
    """Plays the Odoo whose version the dataset names. ``clock`` gives naive UTC."""

    def __init__(self, dataset: Dataset, clock: Callable[[], datetime] = utc_now) -> None:
        self.db = Database(dataset, clock)
        self.calls: list[RpcCall] = []
        self.faults = Faults()
        self.lock = threading.RLock()

    @property
    def dataset(self) -> Dataset:
        return self.db.dataset

    @property
    def version(self) -> str:
        return self.db.dataset.version

    # ------------------------------------------------------------------------------ as Odoo's own users would

    def env(self, context: Mapping[str, Any] | None = None) -> Env:
        """An environment that passes every access check, as the administrator."""
        return Env(self.db, 1 if self.version == "10.0" else 2, context, sudo=True)

    def create(self, model: str, values: Mapping[str, Any], context: Mapping[str, Any] | None = None) -> int:
        with self.lock, self.db.transaction():
            return create(self.env(context), model, values)

    def write(
        self, model: str, ids: Sequence[int], values: Mapping[str, Any], context: Mapping[str, Any] | None = None
    ) -> None:
        with self.lock, self.db.transaction():
            write(self.env(context), model, ids, values)

    def unlink(self, model: str, ids: Sequence[int]) -> None:
        with self.lock, self.db.transaction():
            unlink(self.env(), model, ids)

    # ------------------------------------------------------------------------------------------ as its clients

    def check_database(self, name: object) -> None:
        if name != self.db.dataset.database:
            prefix = "connection to server failed: " if self.version == "19.0" else ""
            raise errors.OdooFault(
                errors.OPERATIONAL_ERROR, f'{prefix}FATAL:  database "{name}" does not exist\n'
            )

    def execute_kw(
        self, service: str, uid: Any, secret: Any, model: str, method: str, args: Any = (), kwargs: Any = None
    ) -> Any:
        """A call as the object service makes it: positional arguments, ids first where the method wants them."""
        if not check_password(self.db, uid, secret):
            raise errors.access_denied(self.db.profile.access_denied_text)
        keywords = dict(kwargs or {})
        context = keywords.pop("context", None) or {}
        log = self._log(service, uid, model, method, args, keywords)
        self.db.model(model)
        found = public_method(self.version, model, method)
        positional = list(args or [])
        ids: list[Any] = []
        if not found.on_model:
            first = positional.pop(0) if positional else keywords.pop("ids", [])
            ids = list(first) if isinstance(first, (list, tuple)) else [first]
        return self._run(service, uid, model, found, ids, positional, keywords, context)

    def execute_named(self, uid: int, model: str, method: str, arguments: Mapping[str, Any]) -> Any:
        """A call as JSON-2 makes it: everything by name."""
        if model not in self.db.models:
            raise errors.OdooFault(errors.NOT_FOUND, f"the model {model!r} does not exist", [f"the model {model!r} does not exist", 404])
        try:
            found = public_method(self.version, model, method)
        except errors.OdooFault as fault:
            if fault.name != errors.ATTRIBUTE_ERROR:
                raise
            raise errors.OdooFault(errors.NOT_FOUND, fault.message, [fault.message, 404]) from None
        keywords = dict(arguments)
        context = keywords.pop("context", None) or {}
        ids = keywords.pop("ids", None) or []
        ids = list(ids) if isinstance(ids, (list, tuple)) else [ids]
        if found.on_model and ids:
            raise _unprocessable(f"cannot call {model}.{method} with ids")
        try:
            found.bind((), keywords)
        except TypeError as error:
            raise _unprocessable(str(error)) from None
        answer = self._run("json2", uid, model, found, ids, [], keywords, context)
        return [answer] if method == "create" and not isinstance(answer, list) else answer

    def _run(
        self,
        service: str,
        uid: int,
        model: str,
        method: Method,
        ids: list[Any],
        args: list[Any],
        kwargs: dict[str, Any],
        context: Mapping[str, Any],
    ) -> Any:
        logged = RpcCall(service, model, method.name, tuple(ids), tuple(args), dict(kwargs), uid)
        with self.lock, self.db.transaction():
            self.calls.append(logged)
            env = Env(self.db, uid, context)
            try:
                bound = method.bind(args, kwargs)
            except TypeError as error:
                raise errors.type_error(f"{method.name}() {error}") from None
            return method.function(Call(env, model, ids), *bound.args, **bound.kwargs)

    def asgi(self) -> ASGIApp:
        """The ASGI application that speaks this Odoo's wire protocols."""
        from demo.double.wire.app import build_app

        return build_app(self)


def _unprocessable(message: str) -> errors.OdooFault:
    return errors.OdooFault(errors.UNPROCESSABLE, message, [message, 422])
