"""What products are called in several languages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from adapters.base import CatalogueReads
from adapters.records import ProductQuery
from adapters.together import Together
from cache.kinds import NAMES, key_of
from cache.loading import OfCatalogue
from cache.record_cache import RecordReader
from cache.store import Ticket
from cache.tags import ALL_PRODUCTS, product_tag


async def product_names(
    records: RecordReader, template_ids: Sequence[int], langs: Sequence[str]
) -> dict[int, Mapping[str, str]]:
    """By product and language; none of what is not for sale. For all products one call for each language."""

    async def load(adapter: CatalogueReads, missing: list[int], _: Ticket | None) -> Mapping[int, dict[str, str]]:
        query = ProductQuery(ids=tuple(missing))
        async with Together() as group:
            reads = {lang: group.create_task(adapter.find_products(query, lang)) for lang in langs}
        found: dict[int, dict[str, str]] = defaultdict(dict)
        for lang, read in reads.items():
            for match in read.result():
                found[match.id][lang] = match.name
        return found

    keys = {template_id: key_of(NAMES, "+".join(langs), template_id) for template_id in template_ids}
    found = await records.read(OfCatalogue(NAMES, keys, load, _tags))
    return {template_id: names or {} for template_id, names in found.items()}


def _tags(template_id: int, _: object) -> tuple[str, ...]:
    return product_tag(template_id), ALL_PRODUCTS
