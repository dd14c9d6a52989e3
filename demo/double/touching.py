"""Whose write date, and whose stored copies, a change moves besides the record's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from demo.double.compute.variants import STORED_MIRRORS

if TYPE_CHECKING:
    from demo.double.env import Env


def after_change(env: Env, model: str, ids: Sequence[int], changed: set[str], *, created: bool) -> None:
    """Recorded with each version's step "what touches write_date".

    10: a stored field that is computed anew moves its record, so a variant's code moves the template.
    14: a variant moves nothing but itself.  19: a template moves its variants too.
    """
    if model == "product.product" and not created:
        _forget_mirrors(env, ids, changed)
    if model == "product.template" and not created and env.db.dataset.version == "19.0":
        _move_variants(env, ids)


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
