"""Names are sorted as the engine sorts them: of every character that the engine's own normaliser tells otherwise."""

from __future__ import annotations

import random
import unicodedata

from search.analysis import SORTED
from search.collation import collation_key
from tests.search.shop import LANGS, IndexedShop

_AT_ONCE = 5_000


def characters() -> list[str]:
    """Those that Python and the engine both know, but for the controls; of higher planes those with a small letter."""
    planes = [*map(chr, range(0x20, 0xD800)), *map(chr, range(0xE000, 0x10000))]
    higher = [chr(code) for code in range(0x10000, 0x20000) if chr(code).lower() != chr(code)]
    return [one for one in (*planes, *higher) if unicodedata.category(one) not in ("Cn", "Co", "Cc", "Cs")]


async def as_the_engine(shop: IndexedShop, texts: list[str]) -> list[str]:
    index = shop.indexes.names.alias(LANGS[0])
    answer = await shop.engine.client.indices.analyze(index=index, body={"normalizer": SORTED, "text": texts})
    return [token["token"] for token in answer["tokens"]]


async def test_every_character_is_sorted_as_the_engine_sorts_it(shop: IndexedShop) -> None:
    every = characters()
    assert len(every) > 40_000
    differing: list[str] = []
    for start in range(0, len(every), _AT_ONCE):
        texts = [f"a{one}b" for one in every[start : start + _AT_ONCE]]
        told = await as_the_engine(shop, texts)
        differing += [f"{text!r}: {ours!r} {theirs!r}" for text, theirs in zip(texts, told, strict=True)
                      if (ours := collation_key(text)) != theirs]  # fmt: skip
    assert not differing, f"{len(differing)}: {differing[:20]}"


async def test_texts_are_sorted_as_the_engine_sorts_them(shop: IndexedShop) -> None:
    draw, every = random.Random(3), characters()  # noqa: S311
    texts = ["".join(draw.choices(every, k=draw.randint(1, 12))) for _ in range(3_000)]
    texts += ["ΟΔΟΣ", "ΣΑΣ σας", "İ", "ǅ", "ß", "ẞ", "e\u0301", "  two  spaces "]
    told = await as_the_engine(shop, texts)
    assert [collation_key(one) for one in texts] == told
