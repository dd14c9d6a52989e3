"""One condition of a domain, (path, operator, value), by the kind of field its path starts with."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from demo.double import errors
from demo.double.compute.catalogue import subtree
from demo.double.domain import CHANGE_DATES, FALSE, TRUE, Condition, Lookup, _negated, all_of, compile_domain
from demo.double.scalars import scalar_test

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Env
    from demo.double.schema import Field, Model

NEGATIVE = frozenset({"!=", "not in", "not like", "not ilike", "not =like", "not =ilike", "not any", "not any!"})
_TEXT = frozenset({"like", "not like", "ilike", "not ilike", "=like", "=ilike", "not =like", "not =ilike"})
#: Field types an index finds by equality (numbers with decimals and translated texts are not among them).
_INDEXED = frozenset({"char", "integer", "selection", "date", "many2one"})


def compile_leaf(env: Env, model: str, path: str, operator: str, value: Any) -> Condition:
    """The condition of one term of a domain. Raises what the version raises for an unknown field."""
    described = env.db.model(model)
    name, _, rest = path.partition(".")
    item = described.fields.get(name)
    if item is None:
        raise _unknown_field(env, model, path, operator, value)
    if _ignored(env, item):
        return TRUE
    if operator == "=?":
        if value in (False, None):
            return TRUE
        operator = "="
    link = described.inherited_through(name)
    if link is not None:
        return _dotted(env, described, described.fields[link], (path, operator, value))
    if rest and rest != "id":
        return _dotted(env, described, item, (rest, operator, value))
    if operator in ("child_of", "parent_of"):
        return _hierarchy(env, described, item, operator, value)
    if operator in ("any", "not any", "any!", "not any!"):
        return _any(env, described, item, operator, value)
    if item.relation is not None and item.type != "many2one_reference":
        return _relational(env, described, item, operator, value)
    if name == "id":
        return _identity(env, described, operator, value)
    return _scalar(env, described, item, operator, value)


def _ignored(env: Env, item: Field) -> bool:
    """Up to 14, a condition on a field that cannot be searched is logged and taken as met."""
    version = env.db.dataset.version
    never = item.name == "__last_update" or not item.attributes.get("searchable", True)
    return version != "19.0" and never and not item.store


def _unknown_field(env: Env, model: str, path: str, operator: str, value: Any) -> errors.OdooFault:
    leaf = f"({path!r}, {operator!r}, {value!r})"
    texts = {
        "10.0": f'Invalid field {path!r} in leaf "<osv.ExtendedLeaf: {leaf} on {model.replace(".", "_")} (ctx: )>"',
        "14.0": f"Invalid field {model}.{path} in leaf {leaf}",
        "19.0": f"Invalid field {model}.{path} in condition {leaf}",
    }
    return errors.value_error(texts[env.db.dataset.version])


# ---------------------------------------------------------------------------------------------- relations


def _dotted(env: Env, described: Model, item: Field, leaf: tuple[str, str, Any]) -> Condition:
    """A condition on the related records: met when one of them meets it. A many2one sees archived records too."""
    if item.relation is None:
        raise _unknown_field(env, described.name, f"{item.name}.{leaf[0]}", leaf[1], leaf[2])
    inner_env = env.with_context(active_test=False)
    return _related(env, described, item, compile_leaf(inner_env, item.relation, *leaf))


def _any(env: Env, described: Model, item: Field, operator: str, value: Any) -> Condition:
    if item.relation is None:
        raise errors.value_error(f"{operator} needs a relation, {item.name} is none")
    found = _related(env, described, item, compile_domain(env, item.relation, value))
    return _negated(found) if operator.startswith("not") else found


def _related(env: Env, described: Model, item: Field, inner: Condition) -> Condition:
    relation = item.relation
    assert relation is not None  # noqa: S101 - checked by the callers
    getter = env.db.getter(described.name, item.name)
    known: dict[Any, bool] = {}

    def passes(record_id: Any) -> bool:
        found = known.get(record_id)
        if found is None:
            row = env.row(relation, record_id)
            found = known[record_id] = row is not None and inner.test(row)
        return found

    def test(row: Row) -> bool:
        target = getter(env, row)
        if item.is_many:
            return any(passes(record_id) for record_id in target)
        return bool(target) and passes(target)

    targets = _related_ids(env, described.name, relation, inner, passes)
    return Condition(test, None if targets is None else _pointing(env, described, item, targets))


def _related_ids(env: Env, model: str, relation: str, inner: Condition, passes: Callable[[Any], bool]) -> Lookup | None:
    """The related records that meet the condition: by an index, or by a look at all of them where they are few."""
    lookup = inner.lookup
    if lookup is not None:
        return lambda: (record_id for record_id in lookup() if passes(record_id))
    if len(env.db.table(relation)) * 4 > len(env.db.table(model)):
        return None
    return lambda: (record_id for record_id in env.db.table(relation).ids() if passes(record_id))


def _pointing(env: Env, described: Model, item: Field, targets: Lookup) -> Lookup | None:
    """The records whose field points at one of the targets, if an index can tell."""
    relation = item.relation
    assert relation is not None  # noqa: S101 - checked by the callers
    if item.type == "one2many":
        if not item.inverse or relation not in env.db.dataset.tables:
            return None
        inverse = env.db.getter(relation, item.inverse)

        def owners() -> Iterator[int]:
            rows = (env.row(relation, record_id) for record_id in targets())
            yield from {owner for row in rows if row is not None and (owner := inverse(env, row))}

        return owners
    if not is_stored(env, described, item):
        return None
    return lambda: env.db.table(described.name).find(item.name, targets())


def is_stored(env: Env, described: Model, item: Field) -> bool:
    """Rows hold the value themselves: an index on the table finds it."""
    from demo.double.compute.registry import COMPUTED

    if described.inherited_through(item.name) is not None or (item.related and not item.store):
        return False
    return COMPUTED.find(env.db.dataset.version, described.name, item.name) is None


def _hierarchy(env: Env, described: Model, item: Field, operator: str, value: Any) -> Condition:
    model = item.relation or described.name
    roots = named_ids(env, model, value) if isinstance(value, str) else _as_ids(value)
    ids = subtree(env, model, roots) if operator == "child_of" else _ancestors(env, model, roots)
    if item.relation is None:
        return _identity(env, described, "in", ids)
    return _relational(env, described, item, "in", ids)


def _as_ids(value: Any) -> list[int]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [int(item) for item in values if item]


def _ancestors(env: Env, model: str, roots: Iterable[int]) -> list[int]:
    field = env.db.model(model).parent_field
    found: dict[int, None] = {}
    for root in roots:
        current: Any = root
        while current and current not in found:
            found[current] = None
            current = (env.row(model, current) or {}).get(field)
    return list(found)


def named_ids(env: Env, model: str, name: str, operator: str = "ilike") -> list[int]:
    """Records of the model by name, as a condition with a text on a relation looks them up."""
    from demo.double.naming import name_domain
    from demo.double.searching import search_ids

    return search_ids(env.as_superuser(), model, name_domain(env, model, name, operator))


def _relational(env: Env, described: Model, item: Field, operator: str, value: Any) -> Condition:
    negative = operator in NEGATIVE
    positive = operator.removeprefix("not ") if operator != "!=" else "="
    if positive in ("<", "<=", ">", ">="):
        return _scalar(env, described, item, operator, value)
    ids, empty = _targets(env, item, positive, value)
    condition = _points_at(env, described, item, ids, empty=empty)
    return _negated(condition) if negative else condition


def _targets(env: Env, item: Field, operator: str, value: Any) -> tuple[frozenset[int], bool]:
    """The ids a value stands for, and whether "no record" is among them."""
    relation = item.relation
    assert relation is not None  # noqa: S101 - checked by the caller
    if operator in _TEXT or (isinstance(value, str) and operator in ("=", "in")):
        return frozenset(named_ids(env, relation, str(value), operator if operator != "in" else "=")), False
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    texts = [item for item in values if isinstance(item, str)]
    named = {record_id for name in texts for record_id in named_ids(env, relation, name, "=")}
    plain = {item for item in values if isinstance(item, int) and not isinstance(item, bool)}
    return frozenset(plain | named), any(item is False or item is None for item in values)


def _points_at(env: Env, described: Model, item: Field, ids: frozenset[int], *, empty: bool) -> Condition:
    getter = env.db.getter(described.name, item.name)
    if item.is_many:
        owners = _owners(env, item, ids)
        if owners is not None and not empty:
            return Condition(lambda row: row["id"] in owners, lambda: iter(owners))

        def test(row: Row) -> bool:
            linked = getter(env, row)
            return not ids.isdisjoint(linked) or (empty and not linked)
    else:

        def test(row: Row) -> bool:
            target = getter(env, row)
            return target in ids if target else empty

    if not is_stored(env, described, item) or (empty and item.is_many):
        return Condition(test)
    keys: list[Any] = [*ids, False] if empty else list(ids)
    return Condition(test, lambda: env.db.table(described.name).find(item.name, keys))


def _owners(env: Env, item: Field, ids: frozenset[int]) -> frozenset[int] | None:
    """For a one2many: the records that own one of the ids."""
    if item.type != "one2many" or not item.inverse or item.relation not in env.db.dataset.tables:
        return None
    relation = item.relation
    assert relation is not None  # noqa: S101 - it is a key of the tables
    return frozenset(owner for owner in env.values(relation, ids, item.inverse) if owner)


# ------------------------------------------------------------------------------------------------ scalars


def _identity(env: Env, described: Model, operator: str, value: Any) -> Condition:
    if operator in ("=", "in"):
        ids = frozenset(_as_ids(value))
        return Condition(lambda row: row["id"] in ids, lambda: iter(ids)) if ids else FALSE
    if operator in ("!=", "not in"):
        ids = frozenset(_as_ids(value))
        return Condition(lambda row: row["id"] not in ids)
    test = scalar_test(env, described.fields["id"], lambda _env, row: row["id"], operator, value)
    if operator in (">", ">="):
        return Condition(test, lambda: _above(env, described.name, int(value)))
    return Condition(test)


def _above(env: Env, model: str, least: int) -> Iterable[int]:
    """The ids from ``least`` on (some may be gone), ascending."""
    ids = env.db.table(model).ids()
    if isinstance(ids, (list, tuple, range)):
        return ids[bisect_left(ids, least) :]
    return range(least, env.db.last_id(model) + 1)  # a table that lists its ids one by one can be huge


def _scan(env: Env, described: Model, item: Field, operator: str, value: Any) -> Lookup | None:
    """Tables that compute their rows may know what changed since a moment without making every row."""
    scan = getattr(env.db.table(described.name), "scan", None)
    if scan is None:
        return None
    accepts = scalar_test(env, item, lambda _env, row: row["value"], operator, value)
    return lambda: iter(scan(item.name, lambda found: accepts({"value": found})))


def _scalar(env: Env, described: Model, item: Field, operator: str, value: Any) -> Condition:
    if item.name == "display_name" or item.type == "reference":
        from demo.double.naming import name_domain

        if item.name == "display_name":
            return compile_domain(env, described.name, name_domain(env, described.name, value, operator))
    test = scalar_test(env, item, env.db.getter(described.name, item.name), operator, value)
    if item.name in CHANGE_DATES:
        return Condition(test, _scan(env, described, item, operator, value))
    if operator not in ("=", "in") or item.type not in _INDEXED or item.translate:
        return Condition(test)
    if not is_stored(env, described, item):
        return Condition(test)
    keys = list(value) if operator == "in" and isinstance(value, (list, tuple)) else [value]
    if any(key is False or key is None or key == "" for key in keys):
        keys = [*keys, False, ""]
    return Condition(test, lambda: env.db.table(described.name).find(item.name, dict.fromkeys(keys)))


__all__ = ["NEGATIVE", "all_of", "compile_leaf", "is_stored", "named_ids"]
