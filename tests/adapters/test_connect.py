"""Which adapter and which transport an Odoo gets."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from adapters import connect as connect_module
from adapters.connect import available_adapters, choose_adapter, connect, parse_serie
from adapters.errors import OdooProtocolError, OdooUnavailableError
from adapters.rpc import Credentials, RpcLimits
from adapters.versions.v10 import Odoo10Adapter
from adapters.versions.v14 import Odoo14Adapter
from adapters.versions.v19 import Odoo19Adapter
from tests.support.doubles import VERSIONS, DoubleOf


class OwnAdapter(Odoo14Adapter):
    """An integrator's, for a customised 17."""

    serie = "17.0"


@pytest.mark.parametrize(
    ("version", "serie"),
    [
        ("10.0", (10, 0)),
        ("19.0", (19, 0)),
        ("saas~18.2", (18, 2)),
        ("14.0+e", (14, 0)),
        ("14.0-20240101", (14, 0)),
        ("16.0+e-20240101", (16, 0)),
        ("17", (17,)),
    ],
)
def test_series(version: str, serie: tuple[int, ...]) -> None:
    assert parse_serie(version) == serie


@pytest.mark.parametrize("version", ["", "master", "saas~", "x.y"])
def test_what_is_no_serie(version: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        parse_serie(version)


@pytest.mark.parametrize(
    ("version", "adapter"),
    [
        ("8.0", Odoo10Adapter),
        ("9.0", Odoo10Adapter),
        ("10.0", Odoo10Adapter),
        ("11.0", Odoo10Adapter),
        ("13.0", Odoo10Adapter),
        ("14.0", Odoo14Adapter),
        ("14.0+e", Odoo14Adapter),
        ("16.0", Odoo14Adapter),
        ("18.0", Odoo14Adapter),
        ("saas~18.2", Odoo14Adapter),
        ("19.0", Odoo19Adapter),
        ("saas~19.1", Odoo19Adapter),
        ("20.0", Odoo19Adapter),
    ],
)
def test_the_nearest_older_adapter_is_chosen(version: str, adapter: type) -> None:
    assert choose_adapter(version) is adapter


def _with_entry_points(monkeypatch: pytest.MonkeyPatch, *entries: tuple[str, str]) -> None:
    def entry_points(group: str) -> list[EntryPoint]:
        return [EntryPoint(name, value, group) for name, value in entries]

    monkeypatch.setattr(connect_module, "entry_points", entry_points)


OURS = (("10.0", "adapters.versions.v10:Odoo10Adapter"), ("19.0", "adapters.versions.v19:Odoo19Adapter"))


@pytest.mark.parametrize("first", [True, False])
def test_another_package_adds_an_adapter(monkeypatch: pytest.MonkeyPatch, first: bool) -> None:
    theirs = (("17.0", "tests.adapters.test_connect:OwnAdapter"),)
    _with_entry_points(monkeypatch, *(theirs + OURS if first else OURS + theirs))
    assert choose_adapter("17.0").serie == "17.0"
    assert choose_adapter("18.0").serie == "17.0"
    assert choose_adapter("16.0") is Odoo10Adapter


@pytest.mark.parametrize("first", [True, False])
def test_another_package_replaces_an_adapter(monkeypatch: pytest.MonkeyPatch, first: bool) -> None:
    theirs = (("19.0", "tests.adapters.test_connect:OwnAdapter"),)
    _with_entry_points(monkeypatch, *(theirs + OURS if first else OURS + theirs))
    assert choose_adapter("19.0").__name__ == "OwnAdapter"
    assert set(available_adapters()) == {"10.0", "19.0"}


def test_without_any_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_entry_points(monkeypatch)
    with pytest.raises(OdooProtocolError):
        choose_adapter("19.0")


def test_each_adapter_is_named_by_its_serie() -> None:
    assert {name: adapter.serie for name, adapter in available_adapters().items()} == {v: v for v in VERSIONS}


@pytest.mark.parametrize(
    ("version", "transport", "expected"),
    [
        ("10.0", "auto", "jsonrpc"),
        ("14.0", "auto", "jsonrpc"),
        ("19.0", "auto", "json2"),
        ("10.0", "xmlrpc", "xmlrpc"),
        ("19.0", "jsonrpc", "jsonrpc"),
    ],
)
async def test_a_server_is_asked_for_its_version(double: DoubleOf, version: str, transport: str, expected: str) -> None:
    adapter = await connect(Credentials(double(version).url, "shop", "admin", "admin"), transport=transport)
    try:
        assert adapter.serie == version
        assert adapter.transport.name == expected  # type: ignore[attr-defined]
    finally:
        await adapter.close()


async def test_an_unknown_transport(double: DoubleOf) -> None:
    with pytest.raises(ValueError, match="no transport"):
        await connect(Credentials(double("14.0").url, "shop", "admin", "admin"), transport="carrier pigeon")


async def test_nobody_there() -> None:
    with pytest.raises(OdooUnavailableError):
        await connect(Credentials("http://127.0.0.1:1", "shop", "a", "b"), limits=RpcLimits(timeout=1.0))
