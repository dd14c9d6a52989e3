"""A shop of a few rows, the same in every version, to try domains and orders on."""

from __future__ import annotations

from typing import Any

from demo.dataset import Dataset, MemoryTable
from demo.double import Double

LANGUAGES = [
    {"id": 1, "code": "en_US", "name": "English", "active": True},
    {"id": 2, "code": "fr_FR", "name": "French", "active": True},
    {"id": 3, "code": "de_DE", "name": "German", "active": False},
]


def small_shop(version: str) -> Double:
    """Five templates in a tree of categories."""
    published = "website_published" if version == "10.0" else "is_published"
    templates: list[dict[str, Any]] = [
        {"id": 1, "name": "Apple", "name@fr_FR": "Pomme", "categ_id": 3, "list_price": 10.0, "sequence": 2},
        {"id": 2, "name": "banana", "categ_id": 4, "list_price": 5.0, "public_categ_ids": [11], "sequence": 1},
        {"id": 3, "name": "50% off", "description_sale": "", "list_price": 0.0, "public_categ_ids": [10, 11]},
        {"id": 4, "name": "Pear", "name@fr_FR": "Poire", "categ_id": 2, "list_price": 5.0, "active": False},
        {"id": 5, "name": "Cherry_x", "categ_id": 3, "list_price": 7.5, "description_sale": "red", "sequence": 1},
    ]
    for template in templates:
        template.setdefault("active", True)
        template |= {"sale_ok": True, published: template["id"] != 5}
        template["write_date"] = f"2026-01-0{template['id']} 10:00:00.500000"
    variants = [
        {"id": 20 + n, "product_tmpl_id": n, "active": n != 4, "default_code": f"SKU{n}"} for n in (1, 2, 3, 4, 5)
    ]
    variants.append({"id": 31, "product_tmpl_id": 1, "active": True, "default_code": "SKU1-B"})
    categories = [
        {"id": 1, "name": "All"},
        {"id": 2, "name": "Fruit", "parent_id": 1},
        {"id": 3, "name": "Hard", "parent_id": 2},
        {"id": 4, "name": "Soft", "parent_id": 2},
    ]
    public = [{"id": 10, "name": "Shop", "sequence": 1}, {"id": 11, "name": "Sweet", "parent_id": 10, "sequence": 2}]
    users = [{"id": 1 if version == "10.0" else 2, "login": "admin", "active": True, "partner_id": 1}]
    tables = {
        "product.template": templates,
        "product.product": variants,
        "product.category": categories,
        "product.public.category": public,
        "res.lang": LANGUAGES,
        "res.users": users,
        "res.partner": [{"id": 1, "name": "Admin", "active": True}],
    }
    return Double(Dataset(version, {model: MemoryTable(rows) for model, rows in tables.items()}))
