"""Whose write date, and whose stored copies, a change moves besides the record's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from demo.double.compute.partners import commercial
from demo.double.compute.variants import STORED_MIRRORS

if TYPE_CHECKING:
    from demo.double.env import Env


#: Fields of a company that its contacts share.
COMMERCIAL = frozenset({"vat", "property_product_pricelist", "property_payment_term_id"})


def after_change(env: Env, model: str, ids: Sequence[int], changed: set[str], *, created: bool) -> None:
    """Recorded with each version's step "what touches write_date".

    10: a stored field that is computed anew moves its record, so a variant's code moves the template.
    14: a variant moves nothing but itself.  19: a template moves its variants too.
    """
    if model == "product.product" and not created:
        _forget_mirrors(env, ids, changed)
    if model == "res.partner":
        _sync_commercial(env, ids, changed, created=created)
    if model == "product.template" and not created and env.db.dataset.version == "19.0":
        _move_variants(env, ids)


def _sync_commercial(env: Env, ids: Sequence[int], changed: set[str], *, created: bool) -> None:
    """Contacts of a company have its commercial values: written there when it changes, and when they are made."""
    for partner_id in ids:
        row = env.row("res.partner", partner_id) or {}
        if created and row.get("parent_id") and not row.get("is_company"):
            company = commercial(env, row)
            _set(env, [partner_id], {name: company[name] for name in COMMERCIAL if company.get(name)})
        elif not created:
            _set(env, _contacts_below(env, partner_id), {name: row.get(name, False) for name in changed & COMMERCIAL})


def _set(env: Env, ids: Sequence[int], values: Mapping[str, Any]) -> None:
    moment = env.now.strftime("%Y-%m-%d %H:%M:%S.%f")
    for partner_id in ids if values else ():
        row = env.row("res.partner", partner_id)
        if row is not None:
            env.db.put("res.partner", {**row, **values, "write_date": moment, "write_uid": env.uid})


def _contacts_below(env: Env, partner_id: int) -> list[int]:
    """All contacts of a company, down to where another company begins."""
    found: list[int] = []
    for child in env.db.table("res.partner").find("parent_id", [partner_id]):
        if not (env.row("res.partner", child) or {}).get("is_company"):
            found += [child, *_contacts_below(env, child)]
    return found


def _forget_mirrors(env: Env, ids: Sequence[int], changed: set[str]) -> None:
    mirrored = changed.intersection(STORED_MIRRORS)
    if not mirrored:
        return
    stored = {name for name in mirrored if env.db.model("product.template").fields[name].store}
    for template_id in {template for template in env.values("product.product", ids, "product_tmpl_id") if template}:
        row = env.row("product.template", template_id)
        if row is None:
            continue
        kept = {name: value for name, value in row.items() if name not in mirrored}
        if stored and env.db.profile.recompute_moves_write_date:
            kept |= {"write_date": env.now.strftime("%Y-%m-%d %H:%M:%S.%f"), "write_uid": env.uid}
        env.db.put("product.template", kept)


def _move_variants(env: Env, ids: Sequence[int]) -> None:
    moment = env.now.strftime("%Y-%m-%d %H:%M:%S.%f")
    for variant_id in list(env.db.table("product.product").find("product_tmpl_id", ids)):
        row = env.row("product.product", variant_id)
        if row is not None:
            env.db.put("product.product", {**row, "write_date": moment})
