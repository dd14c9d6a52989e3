"""The double itself: a dataset that is called like an Odoo database."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.access import check_companies
from demo.double.accounts import check_call
from demo.double.env import Database, Env, utc_now
from demo.double.faults import Faults
from demo.double.getters import build_getter
from demo.double.methods import METHODS, Call, Method, public_method
from demo.double.payments.accounts import AdyenAccount, StripeAccount
from demo.double.sales.loading import conflict_answer
from demo.double.sales.totals import settle
from demo.double.writing import create, unlink, write

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from demo.dataset import Dataset


#: The failure the current request was told to end with.
INJECTED: ContextVar[errors.OdooFault | None] = ContextVar("INJECTED", default=None)


#: Whether the worker of the current request is killed before it commits.
KILLED: ContextVar[bool] = ContextVar("KILLED", default=False)


class WorkerKilled(BaseException):
    """The process that made a call was killed: what it did is undone, and nobody is told."""


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
        self.db = Database(dataset, clock, build_getter=build_getter)
        self.calls: list[RpcCall] = []
        self.faults = Faults()
        #: behind a proxy whose word on the client's address is taken (``--proxy-mode``)
        self.proxy_mode = False
        #: modules of providers of payments that are installed (`demo.double.payments.modules`), and their accounts
        self.modules: set[str] = set()
        self.stripe = StripeAccount()
        self.adyen = AdyenAccount()
        #: of Odoo's website, by session: the payment that was begun in each
        self.visits: dict[str, int] = {}
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
            record_id = create(self.env(context), model, values)
            settle(self.env(context))
            return record_id

    def write(
        self, model: str, ids: Sequence[int], values: Mapping[str, Any], context: Mapping[str, Any] | None = None
    ) -> None:
        with self.lock, self.db.transaction():
            write(self.env(context), model, ids, values)
            settle(self.env(context))

    def unlink(self, model: str, ids: Sequence[int]) -> None:
        with self.lock, self.db.transaction():
            unlink(self.env(), model, ids)
            settle(self.env())

    # ------------------------------------------------------------------------------------------ as its clients

    def check_database(self, name: object) -> None:
        if name != self.db.dataset.database:
            prefix = "connection to server failed: " if self.version == "19.0" else ""
            raise errors.OdooFault(errors.OPERATIONAL_ERROR, f'{prefix}FATAL:  database "{name}" does not exist\n')

    def execute_kw(
        self, service: str, uid: Any, secret: Any, model: str, method: str, args: Any = (), kwargs: Any = None
    ) -> Any:
        """A call as the object service makes it: positional arguments, ids first where the method wants them."""
        check_call(self.db, uid, secret)
        positional, keywords = list(args or []), dict(kwargs or {})
        context = keywords.pop("context", None) or {}
        known = METHODS.find(self.version, str(model), str(method))
        ids: list[Any] = []
        if known is None or not known.on_model:
            first = positional.pop(0) if positional else keywords.pop("ids", [])
            ids = list(first) if isinstance(first, (list, tuple)) else [first]
        told = self._log(RpcCall(service, model, method, tuple(ids), tuple(positional), keywords, uid))
        if told is not None:
            return told
        self.db.model(model)
        found = public_method(self.version, model, method)
        try:
            bound = found.bind(positional, keywords)
        except TypeError as error:
            raise errors.type_error(f"{method}() {error}") from None
        return self._run(uid, context, found, model, ids, bound)

    def execute_named(self, uid: int, model: str, method: str, arguments: Mapping[str, Any]) -> Any:
        """A call as JSON-2 makes it: everything by name."""
        keywords = dict(arguments)
        context = keywords.pop("context", None) or {}
        if not isinstance(context, Mapping):
            raise errors.value_error("dictionary update sequence element #0 has length 1; 2 is required")
        ids = keywords.pop("ids", None) or []
        ids = list(ids) if isinstance(ids, (list, tuple)) else [ids]
        told = self._log(RpcCall("json2", model, method, tuple(ids), (), keywords, uid))
        if told is not None:
            return told
        found = self._named_method(model, method)
        strange = next((item for item in ids if isinstance(item, str) and not item.isdigit()), None)
        if strange is not None:
            text = f'invalid input syntax for type integer: "{strange}"'
            raise errors.OdooFault(errors.DATA_ERROR, text)
        if found.on_model and ids:
            raise _http_error(errors.UNPROCESSABLE, f"cannot call {model}.{method} with ids", 422)
        try:
            bound = found.bind((), keywords)
        except TypeError as error:
            raise _http_error(errors.UNPROCESSABLE, str(error), 422) from None
        answer = self._run(uid, context, found, model, ids, bound)
        # create answers a record set, and JSON-2 shows record sets as lists of ids
        return [answer] if method == "create" and not isinstance(answer, list) else answer

    def _named_method(self, model: str, method: str) -> Method:
        if model not in self.db.models:
            raise _http_error(errors.NOT_FOUND, f"the model {model!r} does not exist", 404)
        try:
            return public_method(self.version, model, method)
        except errors.OdooFault as fault:
            if fault.name != errors.ATTRIBUTE_ERROR:
                raise
            raise _http_error(errors.NOT_FOUND, fault.message, 404) from None

    def _log(self, call: RpcCall) -> Any:
        """Note the call, and fail it when a fault was asked for. An import tells of a conflict in its answer."""
        self.calls.append(call)
        fault = INJECTED.get()
        if fault is None:
            return None
        if call.method == "load" and fault.name == errors.SERIALIZATION_FAILURE:
            return conflict_answer(self.version, fault)
        raise fault

    def _run(
        self,
        uid: int,
        context: Mapping[str, Any],
        method: Method,
        model: str,
        ids: list[Any],
        bound: inspect.BoundArguments,
    ) -> Any:
        with self.lock, self.db.transaction():
            env = Env(self.db, uid, dict(context))
            check_companies(env)
            answer = method.function(Call(env, model, ids), *bound.args, **bound.kwargs)
            settle(env)
            if KILLED.get():
                raise WorkerKilled
            return answer

    def asgi(self) -> ASGIApp:
        """The ASGI application that speaks this Odoo's wire protocols."""
        from demo.double.wire.app import build_app

        return build_app(self)


def _http_error(name: str, message: str, status: int) -> errors.OdooFault:
    return errors.OdooFault(name, message, [message, status])
