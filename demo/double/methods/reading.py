"""search, read and their kin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.double.access import check_model
from demo.double.methods.registry import ONLY_19, UP_TO_14, Call, rpc
from demo.double.naming import name_domain
from demo.double.reading import read as read_rows
from demo.double.searching import count_matching, search_ids

if TYPE_CHECKING:
    from demo.double.env import Env


def found(call: Call, domain: Any, offset: Any, limit: Any, order: Any) -> list[int]:
    check_model(call.env, call.model, "read")
    pages = int(offset or 0), None if not limit else int(limit)
    return search_ids(call.env, call.model, domain, *pages, order or None)


@rpc(on_model=True, versions=UP_TO_14, name="search")
def search_by_args(
    call: Call,
    args: Any,
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
    count: bool = False,
) -> Any:
    ids = found(call, args, offset, limit, order)
    return len(ids) if count else ids


@rpc(on_model=True, versions=ONLY_19)
def search(call: Call, domain: Any, offset: int = 0, limit: int | None = None, order: str | None = None) -> Any:
    return found(call, domain, offset, limit, order)


@rpc(on_model=True, versions=UP_TO_14, name="search_count")
def search_count_by_args(call: Call, args: Any) -> int:
    return _count(call, args, None)


@rpc(on_model=True, versions=ONLY_19)
def search_count(call: Call, domain: Any, limit: int | None = None) -> int:
    return _count(call, domain, limit)


def _count(call: Call, domain: Any, limit: int | None) -> int:
    check_model(call.env, call.model, "read")
    return count_matching(call.env, call.model, domain, limit)


@rpc(on_model=True)
def search_read(
    call: Call,
    domain: Any = None,
    fields: Any = None,
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
    load: str | None = "_classic_read",
) -> Any:
    ids = found(call, domain or [], offset, limit, order)
    return read_rows(call.env, call.model, ids, fields, classic=load == "_classic_read")


@rpc()
def read(call: Call, fields: Any = None, load: str | None = "_classic_read") -> Any:
    return read_rows(call.env, call.model, call.ids, fields, classic=load == "_classic_read")


@rpc(on_model=True, versions=UP_TO_14, name="name_search")
def name_search_by_args(
    call: Call, name: str = "", args: Any = None, operator: str = "ilike", limit: int | None = 100
) -> Any:
    return _named(call, name, args, operator, limit)


@rpc(on_model=True, versions=ONLY_19)
def name_search(
    call: Call, name: str = "", domain: Any = None, operator: str = "ilike", limit: int | None = 100
) -> Any:
    return _named(call, name, domain, operator, limit)


def _named(call: Call, name: str, domain: Any, operator: str, limit: int | None) -> list[list[Any]]:
    condition = list(domain or [])
    if name:
        condition = [*name_domain(call.env, call.model, name, operator), *condition]
    rows = read_rows(call.env, call.model, found(call, condition, 0, limit, None), ["display_name"])
    return [[row["id"], row["display_name"]] for row in rows]


@rpc(versions=UP_TO_14)
def name_get(call: Call) -> Any:
    rows = read_rows(call.env, call.model, call.ids, ["display_name"])
    return [[row["id"], row["display_name"]] for row in rows]


@rpc(versions=UP_TO_14)
def exists(call: Call) -> list[int]:
    return [record_id for record_id in call.ids if call.env.row(call.model, record_id) is not None]


@rpc(on_model=True)
def fields_get(call: Call, allfields: Any = None, attributes: Any = None) -> Any:
    described = call.env.db.model(call.model)
    names = [name for name in allfields if name in described.fields] if allfields else list(described.fields)
    kept = frozenset(attributes) if attributes else None
    return {
        name: {key: value for key, value in described.fields[name].attributes.items() if kept is None or key in kept}
        for name in names
    }


@rpc()
def get_metadata(call: Call) -> Any:
    names = ["create_uid", "create_date", "write_uid", "write_date"]
    rows = read_rows(call.env, call.model, call.ids, names)
    return [{**row, "xmlid": False, "xmlids": [], "noupdate": False} for row in rows]


# --------------------------------------------------------------------------------- 19: web_read and friends


@rpc(versions=ONLY_19)
def web_read(call: Call, specification: dict[str, Any]) -> Any:
    return specified(call.env, call.model, call.ids, specification)


@rpc(on_model=True, versions=ONLY_19)
def web_search_read(
    call: Call,
    domain: Any,
    specification: dict[str, Any],
    offset: int = 0,
    limit: int | None = None,
    order: str | None = None,
    count_limit: int | None = None,
) -> Any:
    ids = found(call, domain, offset, limit, order)
    records = specified(call.env, call.model, ids, specification)
    return {"length": _count(call, domain, count_limit), "records": records}


def specified(env: Env, model: str, ids: list[int], specification: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows with their relations followed as the specification says (fields, and for x2many a limit)."""
    rows: list[dict[str, Any]] = read_rows(env, model, ids, list(specification) or ["id"], classic=False)
    fields = env.db.model(model).fields
    for name, wanted in specification.items():
        item, inner = fields[name], (wanted or {}).get("fields")
        if inner is None or item.relation is None:
            continue
        for row in rows:
            targets = row[name] if item.is_many else [row[name]] if row[name] else []
            limit = (wanted or {}).get("limit") or len(targets)
            values = specified(env, item.relation, targets[:limit], inner)
            values += [{"id": record_id} for record_id in targets[limit:]]
            row[name] = values if item.is_many else (values[0] if values else False)
    return rows
