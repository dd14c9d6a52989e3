"""search: the domain, the archived records and the caller's record rules; planned so that an index is used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from demo.double.access import rule_domain
from demo.double.domain import Condition, all_of, compile_domain
from demo.double.ordering import parse_order, sort_ids

if TYPE_CHECKING:
    from demo.double.env import Env


def search_ids(
    env: Env, model: str, domain: Any, offset: int = 0, limit: int | None = None, order: str | None = None
) -> list[int]:
    """Ids of the matching records the caller may see, in order, cut to the page."""
    end = None if not limit else offset + limit
    if _by_id(env, model, order) and end is not None:
        found = matching_ids(env, model, domain, end)
        return found[offset:end]
    return sort_ids(env, model, matching_ids(env, model, domain), order)[offset:end]


def _by_id(env: Env, model: str, order: str | None) -> bool:
    text = order or (env.db.models[model].order if model in env.db.models else "id")
    return parse_order(text)[0] == ("id", False)


def matching_ids(env: Env, model: str, domain: Any, most: int | None = None) -> list[int]:
    """Matching ids, ascending; no more than ``most``."""
    condition = full_condition(env, model, domain)
    table = env.db.table(model)
    candidates = condition.candidates()
    ids = table.ids() if candidates is None else candidates
    if candidates is not None and not isinstance(candidates, range):
        ids = sorted(candidates)
    test, get = condition.test, table.get
    found: list[int] = []
    for record_id in ids:
        row = get(record_id)
        if row is not None and test(row):
            found.append(record_id)
            if most is not None and len(found) >= most:
                break
    return found


def full_condition(env: Env, model: str, domain: Any) -> Condition:
    parts = [compile_domain(env, model, domain)]
    if env.active_test and env.db.model(model).has_active and not names_field(domain, "active"):
        active = env.db.getter(model, "active")
        parts.append(Condition(lambda row: bool(active(env, row))))
    if not env.sudo:
        rule = rule_domain(env, model)
        if rule:
            parts.append(compile_domain(env.as_superuser(), model, rule))
    return all_of(parts)


def names_field(domain: Any, name: str) -> bool:
    return any(isinstance(term, (list, tuple)) and len(term) > 0 and term[0] == name for term in domain)


def missing(env: Env, model: str, ids: Iterable[int]) -> list[int]:
    return [record_id for record_id in ids if env.row(model, record_id) is None]
