"""read: rows as the client sees them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.access import check_fields, check_model, check_records, check_relations, readable_fields
from demo.double.compute.names import display_name

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env
    from demo.double.schema import Field

Reader = Callable[["Row"], Any]


def read(env: Env, model: str, ids: Iterable[Any], names: Iterable[str] | None, *, classic: bool = True) -> Any:
    """The fields of the records that exist, in the order asked. ``classic``: many2one as [id, name]."""
    check_model(env, model, "read")
    wanted = checked_fields(env, model, names)
    rows = [row for row in (env.row(model, record_id) for record_id in ids) if row is not None]
    check_records(env, model, (row["id"] for row in rows), "read")
    readers = [(name, reader(env, model, name, classic=classic)) for name in wanted]
    return [{name: read_one(row) for name, read_one in readers} for row in rows]


def checked_fields(env: Env, model: str, names: Iterable[str] | None) -> list[str]:
    """``id`` and the fields named (all when none is), after the version's ways with unknown ones."""
    described = env.db.model(model)
    named = list(names or ())
    if not named:
        check_relations(env, model)
        return ["id", *(name for name in readable_fields(env, model) if name != "id")]
    unknown = [name for name in named if name not in described.fields]
    if unknown and env.db.profile.read_unknown_field == "error":
        raise unknown_field(env, model, unknown[0])
    check_fields(env, model, named)
    return list(dict.fromkeys(["id", *(name for name in named if name in described.fields)]))


def unknown_field(env: Env, model: str, name: str) -> errors.OdooFault:
    joint = "on" if env.db.dataset.version == "19.0" else "on model"
    return errors.value_error(f"Invalid field {name!r} {joint} {model!r}")


def reader(env: Env, model: str, name: str, *, classic: bool) -> Reader:
    """A function from a row to the value as the wire carries it."""
    item = env.db.model(model).fields[name]
    getter = env.db.getter(model, name)
    if item.type == "many2one":
        return _many2one(env, item, getter, classic=classic)
    if item.type == "datetime":
        return lambda row: _moment(getter(env, row))
    if item.type == "binary":
        return lambda row: _binary(env, getter(env, row))
    empty = item.empty()

    def plain(row: Row) -> Any:
        value = getter(env, row)
        return empty if value is None else value

    return plain


def _many2one(env: Env, item: Field, getter: Any, *, classic: bool) -> Reader:
    relation = item.relation or ""

    def get(row: Row) -> Any:
        target = getter(env, row)
        if not target:
            return False
        return [target, display_name(env, relation, target) or ""] if classic else target

    return get


def _moment(value: Any) -> Any:
    return str(value)[:19] if value else False


def _binary(env: Env, value: Any) -> Any:
    if not value:
        return False
    return human_size(_size(value)) if env.context.get("bin_size") else value


def _size(value: Any) -> int:
    try:
        return len(base64.b64decode(str(value)))
    except (binascii.Error, ValueError):
        return len(str(value))


def human_size(size: float) -> str:
    """Odoo's text for the size of a picture: ``178.00 bytes``, ``1.95 Kb``."""
    units = ("bytes", "Kb", "Mb", "Gb")
    index = 0
    while size >= 1024 and index < len(units) - 1:
        size /= 1024
        index += 1
    return f"{size:.2f} {units[index]}"
