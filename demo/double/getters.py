"""From a field's description to the function that reads its value off a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.double.compute import COMPUTED
from demo.double.floats import float_round
from demo.double.ordering import sort_ids

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Database, Env, Getter
    from demo.double.schema import Field


def build_getter(db: Database, model: str, name: str) -> Getter:
    """How a field's value comes from a row: stored, computed, inherited, or found from the other side."""
    described = db.models.get(model)
    if described is None:
        return lambda _env, row: row.get(name, False)
    item = described.fields[name]
    computed = COMPUTED.find(db.profile.version, model, name)
    if computed is not None:
        return _rounded(computed, item) if item.type == "float" and not item.store else computed
    link = described.inherited_through(name)
    if link is not None:
        return _through(db, described.inherits[link], link, name)
    if item.type == "one2many" and item.inverse and item.relation in db.dataset.tables:
        return _children(item)
    if item.type == "many2many" and item.relation is not None:
        return _links(db, item)
    if item.related and item.related != (name,):
        return _related(db, model, item)
    if item.translate:
        return _translated(name)
    return _stored(name, item.empty())


def _rounded(computed: Getter, item: Field) -> Getter:
    """A computed float is rounded to the decimals of its field, with the noise of Odoo's own rounding."""
    digits = item.attributes.get("digits")
    if not digits:
        return computed
    return lambda env, row: float_round(computed(env, row), digits[1])


def _stored(name: str, empty: Any) -> Getter:
    return lambda _env, row: row.get(name, empty)


def _translated(name: str) -> Getter:
    keys: dict[str, str] = {}

    def get(env: Env, row: Row) -> Any:
        lang = env.lang
        if lang is not None:
            value = row.get(keys.get(lang) or keys.setdefault(lang, f"{name}@{lang}"))
            if value is not None and value is not False:
                return value
        return row.get(name, False)

    return get


def _through(db: Database, parent: str, link: str, name: str) -> Getter:
    """A field that lives on the record this one inherits from."""
    empty = db.models[parent].fields[name].empty()
    inner: Getter | None = None

    def get(env: Env, row: Row) -> Any:
        nonlocal inner
        if inner is None:
            inner = env.db.getter(parent, name)
        owner = env.row(parent, row.get(link))
        return empty if owner is None else inner(env, owner)

    return get


def _related(db: Database, model: str, item: Field) -> Getter:
    """A related field: the stored copy, or what the path leads to."""

    def get(env: Env, row: Row) -> Any:
        if item.store and item.name in row:
            return row[item.name]
        empty = row.get(item.name, item.empty())
        here, current = model, row
        for step in item.related[:-1]:
            target = _field(db, here, step)
            if target is None or target.relation is None or step not in db.models[here].fields:
                return empty
            value = env.value(here, current, step)
            value = value[0] if isinstance(value, list) and value else value
            following = env.row(target.relation, value)
            if following is None:
                return empty
            here, current = target.relation, following
        last = item.related[-1]
        return empty if _field(db, here, last) is None else env.value(here, current, last)

    return get


def _field(db: Database, model: str, name: str) -> Field | None:
    described = db.models.get(model)
    return None if described is None else described.fields.get(name)


def _children(item: Field) -> Getter:
    """A one2many: the records that point here, archived ones left out, in their model's order."""
    relation, inverse = item.relation, item.inverse
    assert relation is not None  # noqa: S101 - for the type checker
    assert inverse is not None  # noqa: S101 - for the type checker

    def get(env: Env, row: Row) -> list[int]:
        ids = list(env.db.table(relation).find(inverse, [row["id"]]))
        return sort_ids(env, relation, env.visible(relation, ids))

    return get


def _links(db: Database, item: Field) -> Getter:
    relation, name = item.relation, item.name
    assert relation is not None  # noqa: S101 - for the type checker
    hides = db.profile.many2many_hides_archived

    def get(env: Env, row: Row) -> list[int]:
        ids = row.get(name) or []
        if not ids or relation not in env.db.dataset.tables:
            return list(ids)
        shown = env.visible(relation, ids) if hides else list(ids)
        return sort_ids(env, relation, shown) if len(shown) > 1 else shown

    return get
