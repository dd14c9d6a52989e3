"""``headless-odoo check``: what an operator wants to know of an Odoo before the shop depends on it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from rich.console import Console
from rich.table import Table

from adapters.base import Capabilities, Missing, OdooAdapter
from adapters.errors import OdooAccessError, OdooError, OdooUnavailableError
from adapters.records import ProductQuery
from server.app import open_adapter
from server.metrics import Metrics
from server.settings import Settings

#: exit codes
FINE, INCOMPLETE, UNUSABLE = 0, 1, 2

_SAMPLE = 20
_SLOW = 1.0
_SLOW_MESSAGE = "slow: raise Odoo's workers, or look at its load"


@dataclass(frozen=True, slots=True)
class Timed:
    """One read: how long it took and how much it brought, or why it failed."""

    what: str
    seconds: float
    answer: Any = None
    error: OdooError | None = None

    @property
    def amount(self) -> str:
        if isinstance(self.answer, tuple):
            return " + ".join(str(len(part)) for part in self.answer)
        return str(len(self.answer)) if hasattr(self.answer, "__len__") else "1"


async def check_odoo(settings: Settings, console: Console | None = None) -> int:
    """Print the findings; returns 0 when all is there, 1 when something will not work, 2 when nothing will."""
    out = console or Console()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))  # the tables say it all
    adapter: OdooAdapter | None = None
    try:
        adapter = await open_adapter(settings, Metrics())()
        capabilities = await adapter.inspect()
    except (OdooError, ValueError) as error:
        out.print(f"[bold red]No connection:[/] {_explained(error, settings)}", highlight=False)
        if adapter is not None:
            await adapter.close()
        return UNUSABLE
    try:
        _print_connection(out, settings, capabilities)
        _print_missing(out, capabilities.missing)
        reads = await _time_reads(adapter)
        _print_reads(out, reads)
    finally:
        await adapter.close()
    return _verdict(out, capabilities, reads)


def _print_connection(out: Console, settings: Settings, found: Capabilities) -> None:
    table = Table(title="Connection", show_header=False)
    table.add_row("Odoo", f"{settings.odoo_url}, database {settings.odoo_db}")
    table.add_row("version", found.version)
    table.add_row("adapter", found.adapter if found.version == found.adapter else f"{found.adapter} (the nearest)")
    table.add_row("transport", found.transport)
    table.add_row("user", settings.odoo_user)
    out.print(table)


def _print_missing(out: Console, missing: tuple[Missing, ...]) -> None:
    if not missing:
        out.print("[green]Every model and field that the schema needs is there and may be seen.[/]")
        return
    table = Table("model", "fields", "needed", "what will not work", title="Missing, or not visible to this user")
    for item in missing:
        fields = ", ".join(item.fields) or "(the whole model)"
        table.add_row(item.model, fields, "[red]yes[/]" if item.required else "no", item.effect)
    out.print(table)


async def _time_reads(adapter: OdooAdapter) -> list[Timed]:
    """The main reads, one after the other, each as a page would make it."""
    reads: list[Timed] = []

    async def timed(what: str, call: Callable[[], Awaitable[Any]]) -> Any:
        started = time.perf_counter()
        try:
            answer, error = await call(), None
        except OdooError as failure:
            answer, error = [], failure
        reads.append(Timed(what, time.perf_counter() - started, answer, error))
        return answer

    languages = await timed("languages", adapter.languages)
    lang = languages[0].code if languages else "en_US"
    await timed("websites", adapter.websites)
    await timed("companies", adapter.companies)
    await timed("public categories", lambda: adapter.categories(lang))
    await timed("attributes + values", lambda: adapter.attributes(lang))
    pricelists = await timed("pricelists", adapter.pricelists)
    await timed("shop-wide price rules", adapter.shop_rules)
    await timed("taxes", adapter.taxes)
    warehouses = await timed("warehouses", adapter.warehouses)
    await timed("countries", lambda: adapter.countries(lang))
    matches = await timed("published products", lambda: adapter.find_products(ProductQuery(), lang))
    sample = [match.id for match in matches[:_SAMPLE]]
    products = await timed(f"{_SAMPLE} products with variants", lambda: adapter.products(sample, lang))
    variant_ids = [variant.id for product in products for variant in product.variants]
    pricelist_ids = [pricelist.id for pricelist in pricelists]
    await timed(
        "their price rules in all pricelists",
        lambda: adapter.product_rules(sample, variant_ids, pricelist_ids),
    )
    await timed("their stock levels", lambda: adapter.stock(sample, warehouses))
    month_ago = datetime.now(UTC) - timedelta(days=30)
    await timed("units sold in 30 days", lambda: adapter.units_sold(month_ago))
    return reads


def _print_reads(out: Console, reads: list[Timed]) -> None:
    table = Table("read", "records", "ms", "", title="Main reads, one at a time")
    for read in reads:
        remark = f"[red]{_kind(read.error)}[/]" if read.error else ""
        if not read.error and read.seconds > _SLOW:
            remark = f"[yellow]{_SLOW_MESSAGE}[/]"
        table.add_row(read.what, "-" if read.error else read.amount, f"{read.seconds * 1000:.0f}", remark)
    out.print(table)


def _verdict(out: Console, capabilities: Capabilities, reads: list[Timed]) -> int:
    failed = [read.what for read in reads if read.error]
    needed = [item.effect for item in capabilities.missing if item.required]
    products = next((read for read in reads if read.what == "published products"), None)
    if failed or needed:
        out.print("[bold red]Will not work:[/]")
        for line in [*needed, *(f"reading {what}" for what in failed)]:
            out.print(f"  - {line}", highlight=False)
        return INCOMPLETE
    if products is not None and not products.answer:
        out.print("[yellow]Nothing is for sale: no product is published and may be sold.[/]")
        return INCOMPLETE
    out.print("[bold green]Ready.[/]")
    return FINE


def _kind(error: OdooError | None) -> str:
    if isinstance(error, OdooAccessError):
        return "no right to read"
    return type(error).__name__.removeprefix("Odoo").removesuffix("Error").lower()


def _explained(error: Exception, settings: Settings) -> str:
    if isinstance(error, OdooUnavailableError):
        return f"nothing that answers as Odoo does at {settings.odoo_url} ({type(error).__name__})"
    if isinstance(error, OdooAccessError):
        return f"Odoo does not accept the login {settings.odoo_user!r}, or it may not read what the shop needs"
    if isinstance(error, OdooError):
        return f"{type(error).__name__}: is {settings.odoo_db!r} the right database?"
    return str(error)
