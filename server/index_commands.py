"""``headless-odoo index``: build the product index, tell how it stands, compare it with Odoo, keep it up to date."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as ProgressTask
from rich.table import Table
from rich.text import Text

from adapters.errors import OdooError
from search.builder import Builder, ImplausibleError, roll_back
from search.condition import Looking
from search.engine import EngineError
from search.indexes import Indexes
from search.reading import Catalogue
from search.sync import NoIndexError, Sync, Synced
from search.synonyms import SynonymsError
from search.verifying import Status, Verified, status, verify
from server.app import open_adapter
from server.index_parts import catalogue_of, engine_of
from server.metrics import Metrics
from server.saying import refused, say
from server.settings import Settings

#: exit codes: done; the index is not what it should be; it could not be done
FINE, DIFFERS = 0, 3

app = typer.Typer(no_args_is_help=True, help="The product index in OpenSearch: build, compare, keep up to date.")


@dataclass(frozen=True, eq=False)
class Parts:
    """What the commands work with."""

    catalogue: Catalogue
    indexes: Indexes
    builder: Builder

    @property
    def sync(self) -> Sync:
        return Sync(self.catalogue, self.indexes)


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """Connected to the Odoo and the engine of the settings. Raises LookupError without an engine, OdooError."""
    engine = engine_of(settings)
    try:
        adapter = await open_adapter(settings, Metrics())()
        try:
            await adapter.inspect()
            catalogue = catalogue_of(settings, adapter)
            indexes = Indexes(engine, settings.opensearch_prefix)
            builder = Builder(catalogue, indexes, synonyms=settings.synonyms_dir, replicas=settings.opensearch_replicas)
            yield Parts(catalogue, indexes, builder)
        finally:
            await adapter.close()
    finally:
        await engine.close()


@app.command()
def build(
    force: Annotated[bool, typer.Option("--force", help="Use it even if it is not plausible.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew, even if a build was broken off.")] = False,
    if_missing: Annotated[bool, typer.Option("--if-missing", help="Only if none is in use that serves.")] = False,
) -> None:
    """Build the index of all languages beside the one in use, and use it when it is whole."""

    async def run(parts: Parts) -> int:
        if if_missing:
            langs = (await parts.catalogue.shop(_now())).langs
            condition = await Looking(parts.indexes).look(langs, _now())
            if condition.wrong is None:
                say("an index is in use: nothing to build")
                return FINE
            say(f"the index: {condition.wrong}")
        with _progress() as bars:
            bar = bars.add_task("products")

            def tell(done: int, total: int) -> None:
                bars.update(bar, completed=done, total=total)

            built = await parts.builder.build(force=force, fresh=fresh, progress=tell)
        went_on = f", gone on with after product {built.resumed_at}" if built.resumed_at else ""
        say(f"{built.stamp}: {built.products} products in use after {built.seconds:.0f} s{went_on}")
        for name in built.dropped:
            say(f"dropped {name}")
        return FINE

    raise typer.Exit(_run(run))


@app.command("status")
def show_status() -> None:
    """Tell what is wrong with the index, and which products lack or should not be there. Exit code 3 if any."""

    async def run(parts: Parts) -> int:
        langs = (await parts.catalogue.shop(_now())).langs
        condition = await Looking(parts.indexes).look(langs, _now())
        if wrong := condition.beyond(timedelta(seconds=Settings().index_lag_seconds)):
            say(f"the index: {wrong}")
        try:
            found = await status(parts.catalogue, parts.indexes, _now())
        except EngineError:
            if condition.wrong is None:
                raise
            return DIFFERS
        _print_status(found)
        return FINE if found.whole and condition.wrong is None else DIFFERS

    raise typer.Exit(_run(run))


@app.command("verify")
def verify_samples(
    samples: Annotated[int, typer.Option(min=1, help="So many products, drawn by chance.")] = 200,
) -> None:
    """Compare products in the index with Odoo, field by field. Exit code 3 if any differs."""

    async def run(parts: Parts) -> int:
        found = await verify(parts.catalogue, parts.indexes, _now(), samples=samples)
        _print_verified(found)
        return DIFFERS if found.differences else FINE

    raise typer.Exit(_run(run))


@app.command()
def sync(
    every: Annotated[float, typer.Option(min=0, help="Seconds between two looks; 0: one look and no more.")] = 0,
) -> None:
    """Bring what changed in Odoo since the last time into the index."""

    async def run(parts: Parts) -> int:
        one = parts.sync
        while True:
            try:
                say(_described(await one.run()))
            except (OdooError, EngineError) as error:
                if not every:
                    raise
                refused(_explained(error))  # the next look finds it all
            if not every:
                return FINE
            await asyncio.sleep(every)

    raise typer.Exit(_run(run))


@app.command()
def rollback() -> None:
    """Use the build before the one in use again."""

    async def run(parts: Parts) -> int:
        langs = (await parts.catalogue.shop(_now())).langs
        say(f"{await roll_back(parts.indexes, langs)} is in use")
        return FINE

    raise typer.Exit(_run(run))


# -- running --------------------------------------------------------------------------------------------------


def _run(command: Callable[[Parts], Awaitable[int]]) -> int:
    async def whole() -> int:
        async with open_parts(Settings()) as parts:
            return await command(parts)

    try:
        return asyncio.run(whole())
    except (OdooError, EngineError, ImplausibleError, NoIndexError, SynonymsError, LookupError, OSError) as error:
        return refused(_explained(error))
    except KeyboardInterrupt:
        return refused("broken off; `headless-odoo index build` goes on where it was")


def _explained(error: Exception) -> str:
    if isinstance(error, OdooError):
        return f"Odoo: {error}"
    return f"OpenSearch: {error}" if isinstance(error, EngineError) else str(error)


def _now() -> datetime:
    return datetime.now(UTC)


# -- printing -------------------------------------------------------------------------------------------------


class _Rate(ProgressColumn):
    """Products a second."""

    def render(self, task: ProgressTask) -> Text:
        return Text(f"{task.speed:.0f}/s" if task.speed else "-/s")


def _progress() -> Progress:
    columns: Final = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TaskProgressColumn())
    return Progress(*columns, _Rate(), TimeRemainingColumn(), console=Console(stderr=True))


def _print_status(found: Status) -> None:
    table = Table("language", "index", "built", "products", "lacking", "surplus")
    for one in found.languages:
        built = one.built.finished or one.built.started if one.built is not None else None
        table.add_row(
            one.lang,
            one.index or "[red]none[/]",
            f"{built:%Y-%m-%d %H:%M}" if built else "-",
            str(one.products),
            _some(one.lacking),
            _some(one.surplus),
        )
    out = Console()
    out.print(table)
    lag = "never asked" if found.lag is None else f"{found.lag.total_seconds():.0f} s ago"
    out.print(f"{found.for_sale} products for sale in Odoo; last asked for changes: {lag}", highlight=False)
    for meta in found.unfinished:
        out.print(f"not finished: {meta.lang} {meta.stamp}, up to product {meta.reached}", highlight=False)


def _some(ids: object) -> str:
    listed = list(ids) if isinstance(ids, list | tuple) else []
    named = ", ".join(map(str, listed[:5]))
    return f"[red]{len(listed)}[/] ({named}{' …' if len(listed) > 5 else ''})" if listed else "0"


def _print_verified(found: Verified) -> None:
    for one in found.differences[:50]:
        say(f"{one.lang} product {one.product_id} {one.field}: {one.indexed!r}, not {one.expected!r}")
    say(f"{found.compared} documents compared, {len(found.differences)} differences")


def _described(synced: Synced) -> str:
    told = [
        f"{name}: {outcome.written} written, {outcome.deleted} deleted, {outcome.unchanged} as they were"
        for name, outcome in synced.parts.items()
        if outcome.written or outcome.deleted or outcome.unchanged
    ]
    again = ["somebody else synced meanwhile"] if synced.repeated else []
    return "; ".join([*told, *again]) or "nothing changed"
