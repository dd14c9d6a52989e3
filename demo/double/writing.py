"""create, write and unlink, and what they move: write dates, inherited records, both sides of relations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.access import check_model, check_records
from demo.double.accounts import set_password
from demo.double.compute.catalogue import MIRRORS
from demo.double.compute.partners import with_implied
from demo.double.constraints import check_row, checked_value, missing
from demo.double.defaults import default_values
from demo.double.reading import unknown_field
from demo.double.sales import hooks
from demo.double.touching import after_change
from demo.double.variants import make_variants

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env
    from demo.double.schema import Field, Model

#: Fields Odoo keeps itself; values given for them are not taken.
_KEPT = frozenset({"id", "create_date", "create_uid", "write_date", "write_uid", "display_name", "__last_update"})
#: A variant's fields that a template writes through to its only variant.
_TO_VARIANT = frozenset({"standard_price", "default_code", "barcode", "weight", "volume"})


def create(env: Env, model: str, values: Mapping[str, Any]) -> int:
    """A new record: its id."""
    check_model(env, model, "create")
    described = env.db.model(model)
    values = {**default_values(env, model), **_known(env, described, values)}
    inherited = _owner_values(described, values)
    row: Row = {"id": env.db.table(model).next_id(), **_stamp(env, create=True)}
    for link, owner_values in inherited.items():
        _attach_owner(env, described, link, row, values, owner_values)
    own = {name: value for name, value in values.items() if described.inherited_through(name) is None}
    _apply(env, described, row, own)
    _complete_groups(env, model, row)
    _derived_on_create(env, model, row)
    check_row(env, model, row, set(values))
    env.db.put(model, row)
    hooks.touched(env, model, row)
    _links(env, described, row["id"], own)
    _write_through(env, model, row, own)
    if model == "product.template" and not env.context.get("create_product_product"):
        make_variants(env, row["id"], own)
    after_change(env, model, [row["id"]], set(values), created=True)
    return int(row["id"])


def write(env: Env, model: str, ids: Sequence[int], values: Mapping[str, Any]) -> bool:
    """Change records. Raises MissingError when one does not exist."""
    check_model(env, model, "write")
    described = env.db.model(model)
    hooks.check_write(env, model, ids, values)
    gone = [record_id for record_id in ids if env.row(model, record_id) is None]
    if gone:
        raise missing(env, model, gone)
    check_records(env, model, ids, "write")
    values = _known(env, described, values)
    own = {name: value for name, value in values.items() if described.inherited_through(name) is None}
    for record_id in ids:
        row = dict(env.row(model, record_id) or {})
        for link, owner_values in _owner_values(described, values).items():
            owner = env.row(described.inherits[link], row.get(link))
            if owner is not None and owner_values:
                write(env.as_superuser(), described.inherits[link], [owner["id"]], owner_values)
        if own:
            _apply(env, described, row, own)
            _complete_groups(env, model, row)
            if model in hooks.CHANGED:
                hooks.CHANGED[model](env, row, set(own))
            _forget_stale(described, row, set(own))
            row.update(_stamp(env))
            check_row(env, model, row, set(own))
            env.db.put(model, row)
            hooks.touched(env, model, row)
            _links(env, described, record_id, own)
            _write_through(env, model, row, own)
    if own:
        after_change(env, model, list(ids), set(own), created=False)
    return True


def _known(env: Env, described: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    known = {}
    for name, value in values.items():
        if name in described.fields:
            if name not in _KEPT:
                known[name] = value
        elif env.db.profile.write_unknown_field == "error":
            if env.db.dataset.version == "19.0":
                raise errors.value_error(f"Invalid field {name!r} in {described.name!r}")
            raise unknown_field(env, described.name, name)
    return known


def _owner_values(described: Model, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Values of inherited fields, by the link they are reached through."""
    found: dict[str, dict[str, Any]] = {link: {} for link in described.inherits}
    for name, value in values.items():
        link = described.inherited_through(name)
        if link is not None:
            found[link][name] = value
    return found


def _attach_owner(
    env: Env, described: Model, link: str, row: Row, values: Mapping[str, Any], owner_values: Mapping[str, Any]
) -> None:
    """The record this one inherits from: the one named, or a new one."""
    owner = described.inherits[link]
    sudo = env.as_superuser()
    if values.get(link):
        if owner_values:
            write(sudo, owner, [values[link]], owner_values)
        return
    context = {"create_product_product": True} if owner == "product.template" else {}
    row[link] = create(sudo.with_context(**context), owner, owner_values)


def _stamp(env: Env, *, create: bool = False) -> Row:
    moment = env.now.strftime("%Y-%m-%d %H:%M:%S.%f")
    stamp: Row = {"write_date": moment, "write_uid": env.uid}
    return {"create_date": moment, "create_uid": env.uid, **stamp} if create else stamp


def _apply(env: Env, described: Model, row: Row, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        item = described.fields[name]
        if item.is_many:
            if item.type == "many2many" and (described.name, name) not in MIRRORS:
                row[name] = _linked(env, item, row.get(name) or [], value)
            continue
        if name in ("password", "new_password"):
            continue
        stored = checked_value(env, described.name, item, value)
        if item.translate and env.lang is not None:
            row[f"{name}@{env.lang}"] = stored
            row.setdefault(name, stored)
        elif described.name == "product.product" and name == "lst_price":
            _set_list_price(env, row, stored)
        else:
            row[name] = stored
    if described.name != "res.users" and "website_published" in values and "is_published" in described.fields:
        row["is_published"] = bool(values["website_published"])


def _set_list_price(env: Env, row: Row, price: float) -> None:
    extra = env.value("product.product", row, "price_extra")
    write(env.as_superuser(), "product.template", [row["product_tmpl_id"]], {"list_price": price - extra})


def _linked(env: Env, item: Field, before: list[int], commands: Any) -> list[int]:
    """A many2many after Odoo's commands."""
    ids = dict.fromkeys(before)
    for command in _commands(commands):
        code = command[0]
        if code == 0:
            ids[create(env.as_superuser(), str(item.relation), command[2])] = None
        elif code == 1:
            write(env.as_superuser(), str(item.relation), [command[1]], command[2])
        elif code in (2, 3):
            ids.pop(command[1], None)
        elif code == 4:
            ids[command[1]] = None
        elif code == 5:
            ids = {}
        elif code == 6:
            ids = dict.fromkeys(command[2])
    return list(ids)


def _commands(value: Any) -> list[Sequence[Any]]:
    """Commands; a plain list of ids stands for (6, 0, ids)."""
    if not value:
        return [(5,)] if value is False else []
    return [(6, 0, list(value))] if all(isinstance(item, int) for item in value) else list(value)


def _links(env: Env, described: Model, record_id: int, values: Mapping[str, Any]) -> None:
    """one2many commands, and many2many that are stored on the other side."""
    sudo = env.as_superuser()
    for name, value in values.items():
        item = described.fields[name]
        mirror = MIRRORS.get((described.name, name))
        if mirror is not None:
            _set_mirror(sudo, mirror, record_id, env.value(described.name, {"id": record_id}, name), item, value)
        elif item.type == "one2many" and item.inverse:
            for command in _commands(value):
                _child(sudo, str(item.relation), item.inverse, record_id, command)


def _set_mirror(env: Env, mirror: tuple[str, str], record_id: int, before: list[int], item: Field, value: Any) -> None:
    model, field = mirror
    after = _linked(env, item, before, value)
    for other in set(before).symmetric_difference(after):
        row = dict(env.row(model, other) or {"id": other})
        linked = [target for target in row.get(field) or [] if target != record_id]
        env.db.put(model, {**row, field: [*linked, record_id] if other in after else linked})


def _child(env: Env, model: str, inverse: str, owner: int, command: Sequence[Any]) -> None:
    code = command[0]
    if code == 0:
        create(env, model, {**command[2], inverse: owner})
    elif code == 1:
        write(env, model, [command[1]], command[2])
    elif code == 2:
        unlink(env, model, [command[1]])
    elif code == 4:
        write(env, model, [command[1]], {inverse: owner})
    elif code == 3:
        write(env, model, [command[1]], {inverse: False})
    elif code in (5, 6):
        kept = set(command[2]) if code == 6 else set()
        children = list(env.db.table(model).find(inverse, [owner]))
        unlink(env, model, [child for child in children if child not in kept])
        for child in kept.difference(children):
            write(env, model, [child], {inverse: owner})


def _forget_stale(described: Model, row: Row, changed: set[str]) -> None:
    """Stored copies of related fields whose path starts at a changed field are followed again."""
    for name, item in described.fields.items():
        if item.store and item.related and item.related[0] in changed and name not in changed:
            row.pop(name, None)


def _write_through(env: Env, model: str, row: Row, values: Mapping[str, Any]) -> None:
    if model == "product.template":
        shared = {name: value for name, value in values.items() if name in _TO_VARIANT}
        variants = list(env.db.table("product.product").find("product_tmpl_id", [row["id"]]))
        if shared and len(variants) == 1:
            write(env.as_superuser(), "product.product", variants, shared)
    if model == "res.users" and values.get("password"):
        set_password(env.db, row["id"], str(values["password"]))


def _complete_groups(env: Env, model: str, row: Row) -> None:
    """Up to 14.0 a user is given what the groups imply along with them."""
    if model == "res.users" and env.db.dataset.version != "19.0" and row.get("groups_id"):
        row["groups_id"] = with_implied(env, row["groups_id"])


def _derived_on_create(env: Env, model: str, row: Row) -> None:
    """Values Odoo fills in from others at creation."""
    if model in hooks.COMPLETED:
        hooks.COMPLETED[model](env, row)
    elif model == "res.users" and "share" not in row:
        names = env.db.profile.names.user_groups
        portal = {item["id"] for item in _portal_groups(env)}
        row["share"] = bool(portal.intersection(row.get(names) or []))
    elif model == "product.pricelist.item" and not row.get("currency_id"):
        pricelist = env.row("product.pricelist", row.get("pricelist_id")) or {}
        row["currency_id"] = pricelist.get("currency_id", False)


def _portal_groups(env: Env) -> Iterable[Row]:
    """The groups that the dataset's portal users have and its other users have not."""
    names = env.db.profile.names.user_groups
    users = [env.row("res.users", user_id) or {} for user_id in env.db.table("res.users").ids()]
    portal = {group for user in users if user.get("share") for group in user.get(names) or []}
    internal = {group for user in users if not user.get("share") for group in user.get(names) or []}
    return [{"id": group} for group in portal - internal]


def unlink(env: Env, model: str, ids: Sequence[int]) -> bool:
    """Delete records and what belongs to them. Missing ones: as the version does."""
    from demo.double.deleting import delete

    check_model(env, model, "unlink")
    return delete(env, model, ids)
