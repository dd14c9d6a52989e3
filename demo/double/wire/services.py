"""The services behind XML-RPC and JSON-RPC: common, object and db."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.accounts import log_in

if TYPE_CHECKING:
    from demo.double.core import Double

_ABOUT = "See http://openerp.com"


def version_info(double: Double) -> dict[str, Any]:
    return {
        "server_version": double.version,
        "server_version_info": list(double.db.profile.server_version_info),
        "server_serie": double.version,
        "protocol_version": 1,
    }


def _version(double: Double, _via: str) -> Any:
    return version_info(double)


def _login(double: Double, _via: str, database: Any, login: Any, password: Any, *_agent: Any) -> Any:
    double.check_database(database)
    try:
        return log_in(double.db, str(login), str(password))
    except errors.OdooFault:
        return False


def _about(double: Double, _via: str, extended: Any = False) -> Any:
    return [_ABOUT, double.version] if extended else _ABOUT


def _execute_kw(double: Double, via: str, database: Any, uid: Any, secret: Any, *call: Any) -> Any:
    double.check_database(database)
    if len(call) < 2:
        raise errors.type_error("execute_kw() takes a model, a method and their arguments")
    return double.execute_kw(via, uid, secret, *call[:4])


def _execute(double: Double, via: str, database: Any, uid: Any, secret: Any, *call: Any) -> Any:
    return _execute_kw(double, via, database, uid, secret, *call[:2], list(call[2:]))


def _databases(double: Double, _via: str, *_args: Any) -> Any:
    return [double.dataset.database]


def _exists(double: Double, _via: str, name: Any) -> Any:
    return name == double.dataset.database


def _server_version(double: Double, _via: str) -> Any:
    return double.version


SERVICES: dict[str, dict[str, Callable[..., Any]]] = {
    "common": {"version": _version, "authenticate": _login, "login": _login, "about": _about},
    "object": {"execute_kw": _execute_kw, "execute": _execute},
    "db": {"list": _databases, "db_exist": _exists, "server_version": _server_version},
}


def dispatch(double: Double, via: str, service: str, method: str, params: list[Any]) -> Any:
    """Call a service's method. ``via`` names the protocol."""
    function = SERVICES.get(service, {}).get(method)
    if function is None:
        raise errors.OdooFault("builtins.Exception", f"Method not found: {method}")
    try:
        return function(double, via, *params)
    except TypeError as error:
        raise errors.type_error(str(error)) from error
