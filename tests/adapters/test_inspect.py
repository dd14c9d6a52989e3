"""Odoos that lack models or fields: what may be missing is left out, what is needed fails in one plain way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from adapters.base import Missing
from adapters.errors import OdooAccessError, OdooError, OdooNotFoundError, OdooProtocolError, OdooUnavailableError
from adapters.odoo import RpcAdapter
from adapters.rpc import Credentials
from adapters.rpc.faults import LoginRefusedError
from adapters.versions.v10 import Odoo10Adapter
from adapters.versions.v14 import Odoo14Adapter
from adapters.versions.v19 import Odoo19Adapter
from demo.double import Double
from demo.wholesale import generate
from tests.adapters.reads import READS
from tests.support.direct import DirectTransport, adapter_of
from tests.support.doubles import VERSIONS

ADAPTERS: dict[str, type[RpcAdapter]] = {"10.0": Odoo10Adapter, "14.0": Odoo14Adapter, "19.0": Odoo19Adapter}


def double_of(version: str) -> Double:
    return Double(generate(version, products=5, pricelists=2))


class Lacking(DirectTransport):
    """An Odoo without some models (None) or fields of theirs. It is strict: what is not there may not be named."""

    def __init__(self, double: Double) -> None:
        super().__init__(double)
        self.lacks: dict[str, set[str] | None] = {}
        self._fields: dict[str, dict[str, Any]] = {}

    async def call(
        self,
        model: str,
        method: str,
        ids: Sequence[int] | None = None,
        args: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        lacks = self.lacks.get(model, set())
        if lacks is None:
            raise OdooNotFoundError(f"no model {model}")
        named = {*_named_in(args or {})}
        if named & lacks:
            raise OdooProtocolError(f"{method} of {model} names {named & lacks}")
        if method != "fields_get":
            return await super().call(model, method, ids, args, **options)
        if model not in self._fields:  # the same each time, and large
            self._fields[model] = await super().call(model, method, ids, args, **options)
        return {name: field for name, field in self._fields[model].items() if name not in lacks}


def _named_in(args: Mapping[str, Any]) -> Iterator[str]:
    """Fields of the model itself that a call names."""
    yield from args.get("fields") or ()
    yield from (leaf[0].partition(".")[0] for leaf in args.get("domain") or () if isinstance(leaf, list))
    yield from (part.split()[0] for part in (args.get("order") or "").split(",") if part.strip())


def lacking(version: str) -> tuple[RpcAdapter, Lacking]:
    """An adapter, and its Odoo from which something can be taken away."""
    transport = Lacking(double_of(version))
    return ADAPTERS[version](transport, Credentials("http://127.0.0.1", "shop", "admin", "admin")), transport


def needed_fields(version: str) -> list[tuple[str, str]]:
    """(source, Odoo's field) of all that must be there."""
    return [
        (name, odoo)
        for name, source in ADAPTERS[version].profile.sources.items()
        for ours, odoo in source.fields.items()
        if ours not in source.optional | source.addon and odoo not in {"write_date", "create_date"}
    ]


async def failures(adapter: RpcAdapter) -> dict[str, OdooError]:
    """The reads that fail; anything but an OdooError is an error of the test."""
    found: dict[str, OdooError] = {}
    for name, read in READS.items():
        try:
            await read(adapter)
        except OdooError as error:
            found[name] = error
    return found


@pytest.mark.parametrize("version", VERSIONS)
async def test_nothing_needed_is_missing(version: str) -> None:
    adapter, _ = lacking(version)
    capabilities = await adapter.inspect()
    assert (capabilities.version, capabilities.adapter, capabilities.transport) == (version, version, "direct")
    assert [item for item in capabilities.missing if item.required] == []
    assert await failures(adapter) == {}


@pytest.mark.parametrize("version", VERSIONS)
async def test_all_that_may_be_missing_is_missing(version: str) -> None:
    adapter, odoo = lacking(version)
    for source in ADAPTERS[version].profile.sources.values():
        if source.optional_model:
            odoo.lacks[source.model] = None
        else:
            odoo.lacks[source.model] = {
                source.fields[name] for name in (source.optional | source.addon) & source.fields.keys()
            }
    missing = (await adapter.inspect()).missing
    assert missing
    assert not [item for item in missing if item.required]
    assert await failures(adapter) == {}
    (product,) = await adapter.products([1], "en_US")
    assert product.name
    assert (await adapter.tags("en_US"), await adapter.ribbons("en_US"), await adapter.warehouses()) == ([], [], [])


@pytest.mark.parametrize("version", VERSIONS)
async def test_each_needed_field_is_missed_by_name(version: str) -> None:
    adapter, odoo = lacking(version)
    for name, field in needed_fields(version):
        source = ADAPTERS[version].profile.sources[name]
        odoo.lacks = {source.model: {field}}
        missing = (await adapter.inspect()).missing
        told = [item for item in missing if item.required and item.model == source.model and field in item.fields]
        assert told, (name, field)
        assert all(item.effect for item in told)
        failed = await failures(adapter)
        assert all(type(error) is OdooProtocolError for error in failed.values()), (name, field, failed)


@pytest.mark.parametrize("version", VERSIONS)
async def test_each_model_is_missed_by_name(version: str) -> None:
    adapter, odoo = lacking(version)
    for name, source in ADAPTERS[version].profile.sources.items():
        odoo.lacks = {source.model: None}
        missing = (await adapter.inspect()).missing
        assert Missing(source.model, (), source.effect, required=not source.optional_model) in missing, name
        assert await failures(adapter) == {}, name


async def test_what_was_installed_since_is_found_by_looking_again() -> None:
    adapter, odoo = lacking("14.0")
    odoo.lacks = {"product.image": None, "product.template": {"rating_avg"}}
    assert (await adapter.inspect()).missing
    assert not adapter.reader.has("image")
    odoo.lacks = {}
    everything = (await adapter.inspect()).missing
    assert "product.image" not in {item.model for item in everything}
    assert adapter.reader.has("image")
    assert "rating_average" in adapter.reader.source("product").fields


async def test_missing_rights_are_told() -> None:
    """A portal user may not see quants, warehouses and costs."""
    double = double_of("14.0")
    login = next(login for login in double.dataset.passwords if login.startswith("vet"))
    adapter = await adapter_of(double, login=login)
    missing = (await adapter.inspect()).missing
    assert not adapter.reader.has("quant")
    assert not adapter.reader.has("warehouse")
    assert Missing("stock.quant", (), adapter.profile.sources["quant"].effect, required=False) in missing
    assert await adapter.stock([1], []) == []
    with pytest.raises((OdooAccessError, OdooProtocolError)):
        await adapter.products([1], "en_US")


@pytest.mark.parametrize("error", [OdooUnavailableError(), OdooProtocolError(), OdooError()])
async def test_a_failure_is_not_taken_for_something_missing(error: OdooError) -> None:
    adapter, odoo = lacking("14.0")
    odoo.failures = [error]
    with pytest.raises(type(error)):
        await adapter.inspect()
    assert not [item for item in (await adapter.inspect()).missing if item.required]


async def test_a_refused_login_is_not_an_empty_odoo(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(_: DirectTransport) -> int:
        raise LoginRefusedError("no")

    monkeypatch.setattr(DirectTransport, "authenticate", refuse)
    with pytest.raises(OdooAccessError):
        await lacking("19.0")[0].inspect()
