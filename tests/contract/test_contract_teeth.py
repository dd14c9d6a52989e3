"""The structural suite has teeth: each wrong adapter fails the test that is about its fault."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract.catalogue import read_catalogue
from contract.doubles import Running, running_double
from contract.odoo import open_odoo
from contract.shop import UNLIMITED, Target, open_shop
from contract.suite import (
    test_calls,
    test_categories,
    test_languages,
    test_paging,
    test_prices,
    test_products,
    test_stock,
)

ROOT = Path(__file__).parents[2]
_MODULE = "tests.contract.wrong_adapters"

Check = Callable[..., Awaitable[None]]

#: wrong adapter -> the test that must fail, and the fixtures it takes
_BITES: dict[str, tuple[Check, tuple[str, ...]]] = {
    "WrongListPrice": (test_prices.test_unit_prices_are_odoos_own, ("shop", "catalogue", "odoo")),
    "NoTiers": (test_prices.test_unit_prices_are_odoos_own, ("shop", "catalogue", "odoo")),
    "DroppedVariant": (test_products.test_the_variants_are_odoos, ("catalogue", "odoo")),
    "SwappedVariants": (test_products.test_the_values_of_variants_are_odoos, ("catalogue", "odoo")),
    "ShowsEverything": (
        test_products.test_what_is_not_published_or_sold_or_active_is_not_there,
        ("shop", "catalogue", "odoo"),
    ),
    "HungryForCalls": (test_calls.test_a_list_costs_the_same_for_twenty_and_a_hundred, ("shop",)),
    "OneLanguage": (test_languages.test_texts_are_odoos_in_every_language, ("shop", "catalogue", "odoo")),
    "UnsteadyOrder": (test_paging.test_the_same_page_twice_is_the_same, ("shop",)),
    "ForgottenDescendants": (
        test_categories.test_the_products_of_a_category_are_in_it_or_below,
        ("shop", "catalogue"),
    ),
    "LostValues": (test_products.test_the_values_offered_are_odoos, ("catalogue", "odoo")),
    "IgnoresReservations": (test_stock.test_free_quantities_are_odoos_own, ("shop", "catalogue", "odoo")),
}


@pytest.fixture(scope="module")
def small() -> Iterator[Running]:
    """A small shop on 14.0, for the wrong adapters derive from that version's."""
    with running_double("14.0", products=120, pricelists=3) as running:
        yield running


async def _run(target: Target, check: Check, names: Sequence[str]) -> None:
    async with open_shop(target, **UNLIMITED) as shop, open_odoo(shop) as odoo:
        found: dict[str, Any] = {"shop": shop, "odoo": odoo, "catalogue": await read_catalogue(shop)}
        await check(**{name: found[name] for name in names})


@pytest.mark.parametrize("name", sorted(_BITES))
async def test_a_wrong_adapter_fails(small: Running, name: str) -> None:
    check, fixtures = _BITES[name]
    with pytest.raises(AssertionError) as failure:
        await _run(replace(small.target, adapter=f"{_MODULE}:{name}"), check, fixtures)
    assert "INTERNAL_SERVER_ERROR" not in str(failure.value)  # it is wrong, not broken


@pytest.mark.parametrize("name", sorted(_BITES))
async def test_the_right_adapter_passes(small: Running, name: str) -> None:
    check, fixtures = _BITES[name]
    await _run(small.target, check, fixtures)


async def _pytest(target: Target, *arguments: str) -> tuple[int, str]:
    """(exit code, output) of the suite as an integrator runs it."""
    command = [sys.executable, "-m", "pytest", "-p", "contract.plugin", "-p", "no:cacheprovider", "-q", "--pyargs"]
    options = {
        "url": target.url,
        "db": target.database,
        "user": target.user,
        "password": target.secret.get_secret_value(),
        "transport": target.transport,
        **({"adapter": target.adapter} if target.adapter else {}),
    }
    ours = ("ODOO_LIVE_", "REQUIRE_LIVE")  # what this run of ours was given is not the integrator's
    environment = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    process = await asyncio.create_subprocess_exec(
        *command,
        *arguments,
        *(f"--odoo-{key}={value}" for key, value in options.items()),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_plugin_runs_the_suite_on_an_odoo(small: Running) -> None:
    code, output = await _pytest(small.target, "contract.suite.test_paging", "contract.suite.test_stock")
    assert code == 0, output
    assert "12 passed" in output, output


async def test_the_plugin_fails_for_a_wrong_adapter(small: Running) -> None:
    wrong = replace(small.target, adapter=f"{_MODULE}:IgnoresReservations", transport="xmlrpc")
    code, output = await _pytest(wrong, "contract.suite.test_stock")
    assert code == 1, output
    assert "test_free_quantities_are_odoos_own" in output


async def test_the_plugin_says_what_it_needs(small: Running) -> None:
    code, output = await _pytest(replace(small.target, url=""), "contract.suite.test_stock", "-rs")
    assert code == 0, output
    assert "give --odoo-url or ODOO_LIVE_URL" in output


def test_an_adapter_that_is_not_there_is_told() -> None:
    from contract.shop import adapter_class

    with pytest.raises(LookupError, match=r"no adapter '8\.0' is installed"):
        adapter_class("8.0")
    assert adapter_class("14.0").serie == "14.0"
