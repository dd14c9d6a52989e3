"""The same roles, enforced by the engine's own security plugin: it shows what the shop's queries do."""

from __future__ import annotations

from typing import Any

from identity.filters import Not, OneOf
from search.fields import source_fields
from search.role_filter import dls
from tests.search.asking import Flat, Seeing
from tests.search.shop import LANGS, IndexedShop
from tests.support.opensearch import Space


async def test_documents_and_fields_of_a_role(shop: IndexedShop, space: Space) -> None:
    documents = await shop.documents()
    hidden = next(one for one in documents.values() if one["tag_ids"])["tag_ids"][0]
    viewer = Seeing(Not(OneOf("tag", (hidden,))), hidden=["Product.sku", "Product.priceTiers"], pricelists=[1])
    alias = shop.indexes.names.alias(LANGS[0])
    fields = source_fields(viewer, (1, 2), 1)
    grant: dict[str, Any] = {
        "index_patterns": [f"{alias}-*"],
        "allowed_actions": ["read"],
        "dls": dls(viewer.documents, Flat()),
        # what its own filter compares has to be visible to a role
        "fls": [*fields, "tag_ids"],
    }
    role = await space.role("shareholder", grant)
    user = await space.user("someone", role)
    (index,) = (await shop.indexes.in_use(LANGS[:1])).values()
    hits = (await user.search(index=index, body={"size": 1_000}))["hits"]["hits"]
    shown = {int(hit["_id"]): hit["_source"] for hit in hits}
    assert shown.keys() == {id_ for id_, one in documents.items() if hidden not in one["tag_ids"]}
    assert 0 < len(shown) < len(documents)
    for id_, source in shown.items():
        assert source["prices"] == {"p1": documents[id_]["prices"]["p1"]}
        assert {"sku", "sku_forms", "tiers", "internal_category_id"}.isdisjoint(source)
        assert all("sku" not in variant for variant in source["variants"])
        assert set(source["first_prices"]) <= {"p1"}
