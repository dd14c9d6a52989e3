"""What versions cannot answer alike: each difference that ``docs/versions.md`` lists is real, and there is no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from contract.doubles import VERSIONS, Running, clock
from contract.shop import UNLIMITED, open_shop

_DOCUMENT = Path(__file__).parents[2] / "docs" / "versions.md"
#: all that the golden documents leave out
_REST = """
{
  products(pageSize: 400, sort: {id: ASC}) {
    searchUrl
    products {
      id status visibility isVariantPossible outOfStockMessage ratingAvg ratingCount
      variantPrice variantPriceAfterDiscount variantHasDiscountedPrice
      allowOutOfStock showAvailableQty stock { status quantity } qty
      mediaGallery { id name image imageFilename video }
      tags { name color backgroundColor image imageFilename imageUrl visibleOnEcommerce }
      ribbon { id displayName html htmlClass textColor bgColor }
      productVariants { id qty stock { status quantity } mediaGallery { id } }
    }
  }
  website { id company { id street2 } }
}
"""
#: path -> the versions that answer something there
_DIFFERENT = {
    "Product.tags": {"19.0"},
    "Ribbon.htmlClass": {"10.0", "14.0"},
    "Ribbon.textColor": {"14.0", "19.0"},
    "Ribbon.bgColor": {"14.0", "19.0"},
}


def _take(product: dict[str, Any]) -> dict[str, Any]:
    """Take the values that differ out of a product."""
    ribbon = product["ribbon"] or {}
    return {
        "Product.tags": product.pop("tags"),
        "Ribbon.htmlClass": ribbon.pop("htmlClass", None),
        "Ribbon.textColor": ribbon.pop("textColor", None),
        "Ribbon.bgColor": ribbon.pop("bgColor", None),
    }


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def answers(doubles: dict[str, Running]) -> dict[str, Any]:
    """What each version answers to `_REST`."""
    found: dict[str, Any] = {}
    for version in VERSIONS:
        async with open_shop(doubles[version].target, clock=clock, **UNLIMITED) as shop:
            found[version] = await shop.query(_REST)
    return found


async def test_versions_differ_where_listed_and_nowhere_else(answers: dict[str, Any]) -> None:
    told: dict[str, set[str]] = {path: set() for path in _DIFFERENT}
    for version in VERSIONS:
        for product in answers[version]["products"]["products"]:
            for path, value in _take(product).items():
                if value:
                    told[path].add(version)
    assert told == _DIFFERENT
    assert answers["10.0"] == answers["14.0"] == answers["19.0"]


@pytest.mark.parametrize("path", sorted(_DIFFERENT))
def test_the_difference_is_documented(path: str) -> None:
    rows = [line for line in _DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{path}`")]
    assert len(rows) == 1
    cells = [cell.strip() for cell in rows[0].strip("|").split("|")][1:]
    told = {version for version, cell in zip(VERSIONS, cells, strict=True) if not cell.startswith("null")}
    assert told == _DIFFERENT[path]
