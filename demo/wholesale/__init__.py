"""A veterinary wholesale shop of any size, generated: the same shop in the tables of any supported Odoo version."""

from __future__ import annotations

from demo.dataset import Dataset, MemoryTable
from demo.wholesale.build import build
from demo.wholesale.layouts import LAYOUTS
from demo.wholesale.layouts.base import RULES
from demo.wholesale.rule_table import RuleTable

__all__ = ["VERSIONS", "generate"]

VERSIONS = tuple(LAYOUTS)


def generate(version: str, *, products: int = 300, pricelists: int = 12, seed: int = 1) -> Dataset:
    """The shop laid out for an Odoo version ("10.0", "14.0", "19.0").

    ``products`` counts product templates (three services for delivery come on top). The same arguments give the same
    rows; another version gives the same shop, with the same ids for what that version has. Raises ValueError for a
    version without a layout.
    """
    if version not in LAYOUTS:
        raise ValueError(f"no layout for Odoo {version}; there are {', '.join(VERSIONS)}")
    shop, rules = build(products, pricelists, seed)
    layout = LAYOUTS[version](shop)
    dataset = Dataset(version=version)
    for model, rows in layout.tables().items():
        dataset.tables[model] = MemoryTable(rows)
    dataset.tables[RULES] = RuleTable(rules, layout.rule, variants_name_template=layout.variant_rules_name_template)
    dataset.passwords = {user.login: user.password for user in shop.users if user.password}
    dataset.api_keys = dict(shop.api_keys) if layout.has_api_keys else {}
    return dataset
