"""The generator: always the same, of any size, within bounds."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from demo.dataset import Dataset
from demo.wholesale import VERSIONS, generate
from demo.wholesale.catalogue import DELIVERIES
from demo.wholesale.selling import REWARDS
from tests.wholesale.reference_prices import rows

_ROOT = Path(__file__).parents[2]
#: The whole of an 18,000-product shop must leave room for servers beside it on a small machine.
_MOST_MEMORY = 1024  # MiB


def _digest(dataset: Dataset) -> str:
    found = hashlib.sha256()
    for model in sorted(dataset.tables):
        for row in rows(dataset, model):
            found.update(json.dumps([model, row], sort_keys=True).encode())
    return found.hexdigest()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_seed_gives_the_same_rows(version: str) -> None:
    assert _digest(generate(version, products=120, seed=3)) == _digest(generate(version, products=120, seed=3))


def test_another_seed_gives_another_shop() -> None:
    assert _digest(generate("19.0", products=60, seed=3)) != _digest(generate("19.0", products=60, seed=4))


def test_another_process_gives_the_same_rows() -> None:
    """Neither the hashing of strings nor the order of sets shows in the rows."""
    code = (
        "from tests.wholesale.test_wholesale_generation import _digest\n"
        "from demo.wholesale import generate\n"
        "print(_digest(generate('14.0', products=120, seed=3)))"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=_ROOT,
            env={"PYTHONHASHSEED": hash_seed, "PATH": ""},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }
    assert digests == {_digest(generate("14.0", products=120, seed=3))}


@pytest.mark.parametrize(("products", "pricelists"), [(1, 1), (2, 40), (30, 2), (50, 6)])
def test_small_shops_are_whole(products: int, pricelists: int) -> None:
    dataset = generate("19.0", products=products, pricelists=pricelists)
    assert len(dataset.tables["product.template"]) == products + len(DELIVERIES) + len(REWARDS)
    assert len(dataset.tables["product.pricelist"]) == pricelists
    known = set(dataset.tables["product.pricelist"].ids())
    assert {row["pricelist_id"] for row in rows(dataset, "product.pricelist.item")} <= known
    assert {row["property_product_pricelist"] for row in rows(dataset, "res.partner")} <= known


@pytest.mark.parametrize(("products", "pricelists"), [(0, 1), (1, 0)])
def test_an_empty_shop_is_refused(products: int, pricelists: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        generate("19.0", products=products, pricelists=pricelists)


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no layout for Odoo 9\.0"):
        generate("9.0")


def test_barcodes_are_valid_and_unique(dataset: Dataset) -> None:
    codes = [row["barcode"] for row in rows(dataset, "product.product") if "barcode" in row]
    assert len(codes) == len(set(codes)) > 400
    for code in codes:
        weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(code))
        assert len(code) == 13
        assert weighed % 10 == 0


def test_pictures_are_png(datasets: dict[str, Dataset]) -> None:
    pictures = {row["image"] for row in rows(datasets["10.0"], "product.template") if "image" in row}
    assert len(pictures) == 24
    for picture in pictures:
        content = base64.b64decode(picture, validate=True)
        width, height, depth, color = struct.unpack(">IIBB", content[16:26])
        data = content.index(b"IDAT")
        (size,) = struct.unpack(">I", content[data - 4 : data])
        assert content[:8] == b"\x89PNG\r\n\x1a\n"
        assert (depth, color) == (8, 3)
        assert len(zlib.decompress(content[data + 4 : data + 4 + size])) == height * (width + 1)


def test_users_can_log_in(dataset: Dataset) -> None:
    logins = {row["login"]: row for row in rows(dataset, "res.users") if row.get("active")}
    assert set(dataset.passwords) == {login for login in logins if not login.startswith("__")}
    assert logins["admin"]["id"] == (1 if dataset.version == "10.0" else 2)
    assert sum(1 for row in logins.values() if row.get("share")) == 10
    assert set(dataset.api_keys.values()) <= set(logins)
    assert bool(dataset.api_keys) == (dataset.version == "19.0")


def test_orders_are_of_the_last_thirty_days(dataset: Dataset) -> None:
    dates = sorted(row["date_order"] for row in rows(dataset, "sale.order"))
    assert len(dates) == 100
    assert dates[0] > "2026-10-22"
    assert dates[-1] < "2026-11-21 06:00:00"


def test_a_large_shop_fits(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--version", "19.0", "--products", "18000", "--pricelists", "130"]
    told = subprocess.run(
        [sys.executable, "-m", "demo.wholesale", *arguments], cwd=_ROOT, check=True, capture_output=True, text=True
    ).stdout
    with capsys.disabled():
        sys.stdout.write(f"\n18,000 products, 130 pricelists: {told.splitlines()[-1]}\n")
    counts = {
        model: int(count.replace(",", "")) for model, count in re.findall(r"^(\S+) +([\d,]+)$", told, re.MULTILINE)
    }
    memory = re.search(r"peak memory (\d+) MiB", told)
    assert memory is not None
    assert int(memory[1]) < _MOST_MEMORY
    assert counts["product.template"] == 18_000 + len(DELIVERIES) + len(REWARDS)
    assert 28_000 < counts["product.product"] < 33_000
    assert 2_000_000 < counts["product.pricelist.item"] < 2_600_000
