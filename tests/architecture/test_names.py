"""What differs between versions of Odoo is named in its adapter and in the double alone.

The contract suite is left out, as all tests are: it asks Odoo itself whether the answers are right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import pytest

from adapters.connect import available_adapters
from tests.architecture.source import ROOT, Module, modules, text_literals

DATA = ROOT / "demo" / "data" / "odoo"
VERSIONS = ("10.0", "14.0", "19.0")

#: where Odoo's names are at home
AT_HOME = ("adapters/", "demo/", "contract/")
#: these may tell the demo's versions
NAMES_VERSIONS = {"server/cli.py"}
#: field names of some version that stand for something else here: file -> names
OTHER_WORDS = {
    "resolvers/products.py": {"product_template_id"},  # a key of combinationInfo, which storefronts read
    "pricing/taxes.py": {"display_price"},  # a function of the engine
    "adapters/reads/prices.py": {"currency_rate"},  # a source of the profiles
    "resolvers/paying.py": {"return_url"},  # what the storefront reads of Stripe's values
    # names of the index
    "search/documents.py": {"out_of_stock_message", "template_id", "value_id"},
    "search/fields.py": {"out_of_stock_message"},
    "search/mapping.py": {"out_of_stock_message"},
}


@cache
def fields_of_models() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """version -> model -> names of its fields, as real Odoos tell them."""
    return {
        version: {
            path.stem: frozenset(json.loads(path.read_text(encoding="utf-8")))
            for path in (DATA / version / "fields").glob("*.json")
        }
        for version in VERSIONS
    }


@cache
def model_names() -> re.Pattern[str]:
    """Finds the name of a model in a text. `website`, a word of the language too, is left out."""
    names = {model for models in fields_of_models().values() for model in models if "." in model}
    return re.compile(r"(?<![\w.])(?:" + "|".join(map(re.escape, sorted(names, key=len, reverse=True))) + r")(?![\w.])")


@cache
def version_specific_fields() -> frozenset[str]:
    """Fields that no model of all three versions has. One-word names are left out: they are words of the language."""
    by_version = fields_of_models()
    everywhere, somewhere = set[str](), set[str]()
    for model in {model for models in by_version.values() for model in models}:
        tables = [by_version[version].get(model, frozenset()) for version in VERSIONS]
        everywhere |= frozenset.intersection(*tables)
        somewhere |= frozenset.union(*tables)
    ours = {
        name
        for adapter in available_adapters().values()
        for source in adapter.profile.sources.values()
        for name in source.fields
    }
    return frozenset(name for name in somewhere - everywhere - ours if "_" in name)


def _outside(*places: str) -> Iterator[Module]:
    for module in modules().values():
        if not module.file.startswith(places):
            yield module


def _found(modules: Iterator[Module], is_wrong: Callable[[Module, str], bool]) -> list[str]:
    return [
        f"{module.file}:{line}: {text!r}"
        for module in modules
        for text, line in text_literals(module)
        if is_wrong(module, text)
    ]


def names_a_version(text: str) -> bool:
    return re.search(r"(?<![\w.])(?:1\d|2\d|[89])\.0(?![\w.])", text) is not None


def test_no_model_of_odoo_is_named_outside_adapters_and_double() -> None:
    wrong = _found(
        _outside(*AT_HOME),
        lambda _, text: model_names().search(text) is not None,
    )
    assert not wrong, "models of Odoo are named in:\n" + "\n".join(wrong)


def test_the_schema_names_no_model_and_no_version() -> None:
    for path in sorted((ROOT / "schema").glob("*.graphql")):
        text = path.read_text(encoding="utf-8")
        assert not model_names().search(text), path.name
        assert not names_a_version(text), path.name


def test_no_version_of_odoo_is_named_outside_adapters_and_double() -> None:
    wrong = _found(
        _outside(*AT_HOME),
        lambda module, text: module.file not in NAMES_VERSIONS and names_a_version(text),
    )
    assert not wrong, "versions of Odoo are named in:\n" + "\n".join(wrong)


def test_fields_of_some_versions_are_named_in_adapters_versions_and_double_alone() -> None:
    wrong = _found(
        _outside("adapters/versions/", *AT_HOME[1:]),
        lambda module, text: text in version_specific_fields() - OTHER_WORDS.get(module.file, set()),
    )
    assert not wrong, "fields that not every version has are named in:\n" + "\n".join(wrong)


def test_exceptions_are_still_needed() -> None:
    by_file = {module.file: {text for text, _ in text_literals(module)} for module in modules().values()}
    for file in NAMES_VERSIONS:
        assert any(map(names_a_version, by_file[file])), file
    for file, names in OTHER_WORDS.items():
        assert names <= by_file[file] & version_specific_fields(), file


def test_the_lists_of_names_hold_what_differs() -> None:
    assert {"is_published", "inventory_availability", "website_ribbon_id", "price_markup"} <= version_specific_fields()
    assert not {"name", "list_price", "active", "barcode"} & version_specific_fields()
    assert model_names().search("reads product.template twice")
    assert not model_names().search("product.template.price")  # a longer name is another name


@pytest.mark.parametrize(("text", "names"), [("19.0", True), ("Odoo 8.0+", True), ("10.05", False), ("1.0", False)])
def test_versions_are_told_from_other_numbers(text: str, *, names: bool) -> None:
    assert names_a_version(text) is names
