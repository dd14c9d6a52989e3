"""The command line.

``headless-odoo demo | serve | worker | check | invalidate | documents | roles | keys | carts | index``
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from identity.keys import OwnAlgorithm
from server import index_commands
from server.cart_commands import give_up, retry, show_cart, show_dead, show_due
from server.cart_tidy import TidyOptions, tidy_drafts
from server.check import check_odoo
from server.demo import run_demo
from server.key_commands import rotate_keys, show_keys
from server.operating import invalidate_tags, register_documents
from server.role_commands import check_roles, explain_roles, refresh_roles, show_roles
from server.role_push import PushOptions, push_roles
from server.serve import serve as run_server
from server.settings import Settings
from server.worker import NoWorkError, run_worker

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)
roles = typer.Typer(no_args_is_help=True, help="Who sees what: check role files, tell who has which role and why.")
keys = typer.Typer(no_args_is_help=True, help="The keys that sign the shop's own tokens.")
carts = typer.Typer(no_args_is_help=True, help="Carts on their way to Odoo: what waits, what Odoo refuses and why.")
app.add_typer(roles, name="roles")
app.add_typer(keys, name="keys")
app.add_typer(carts, name="carts")
app.add_typer(index_commands.app, name="index")

KeyFolder = Annotated[Path, typer.Option("--dir", envvar="HEADLESS_ODOO_SIGNING_KEYS_DIR", help="Their folder.")]


@app.command()
def serve() -> None:
    """Serve the GraphQL API for the Odoo set in HEADLESS_ODOO_ODOO_URL, _DB, _USER and _PASSWORD."""
    run_server(Settings())


@app.command()
def worker(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port for health and metrics; 0: any free one.")] = 0,
) -> None:
    """Bring carts to Odoo and the index up to date, and serve no shop. There may be any number of workers."""
    try:
        run_worker(Settings(port=port), lambda address: typer.echo(f"Health and metrics at {address}"))
    except NoWorkError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@app.command()
def demo(
    port: Annotated[int, typer.Option(envvar="PORT", help="Port of the GraphQL API.")] = 8000,
    odoo_version: Annotated[str, typer.Option(envvar="ODOO_VERSION", help="10.0, 14.0 or 19.0.")] = "19.0",
    products: Annotated[int, typer.Option(envvar="DEMO_PRODUCTS", min=1)] = 300,
    pricelists: Annotated[int, typer.Option(envvar="DEMO_PRICELISTS", min=1)] = 12,
) -> None:
    """Serve the GraphQL API over an Odoo double with a generated wholesale catalogue."""
    raise typer.Exit(run_demo(port=port, version=odoo_version, products=products, pricelists=pricelists))


@app.command()
def check(
    url: Annotated[str, typer.Option(envvar="HEADLESS_ODOO_ODOO_URL", help="Address of Odoo.")],
    db: Annotated[str, typer.Option(envvar="HEADLESS_ODOO_ODOO_DB", help="Its database.")],
    user: Annotated[str, typer.Option(envvar="HEADLESS_ODOO_ODOO_USER")] = "admin",
    password: Annotated[
        str, typer.Option(envvar="HEADLESS_ODOO_ODOO_PASSWORD", prompt=True, hide_input=True, help="Or an API key.")
    ] = "",
    transport: Annotated[str, typer.Option(envvar="HEADLESS_ODOO_ODOO_TRANSPORT")] = "auto",
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one call.")] = 15.0,
) -> None:
    """Connect to an Odoo and tell what will work: version, rights, models and fields, latency."""
    settings = Settings.model_validate(
        {
            "odoo_url": url,
            "odoo_db": db,
            "odoo_user": user,
            "odoo_password": password,
            "odoo_transport": transport,
            "odoo_timeout": timeout,
        }
    )
    raise typer.Exit(asyncio.run(check_odoo(settings)))


@app.command()
def invalidate(
    tags: Annotated[list[str] | None, typer.Argument(help="Such as product:42, price:*, categories.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that is kept.")] = False,
) -> None:
    """Have what depends on the tags read anew, in all processes that share the Redis of HEADLESS_ODOO_REDIS_URL."""
    raise typer.Exit(asyncio.run(invalidate_tags(Settings(), tags or [], everything=everything)))


@app.command()
def documents(
    sources: Annotated[list[Path], typer.Argument(help="Folders or files: .graphql, .gql, or manifests (.json).")],
    output: Annotated[Path, typer.Option(help="The manifest to write.")] = Path("documents.json"),
) -> None:
    """Register the operations of a shop: HEADLESS_ODOO_TRUSTED_DOCUMENTS names the manifest, then no others run."""
    raise typer.Exit(register_documents(sources, output))


@roles.command("check")
def roles_check(file: Annotated[Path, typer.Argument(help="A role file.")]) -> None:
    """Check a role file: what is wrong with it, by line."""
    raise typer.Exit(check_roles(file))


@roles.command("show")
def roles_show(
    file: Annotated[Path | None, typer.Argument(help="A role file; else that of HEADLESS_ODOO_ROLES_FILE.")] = None,
) -> None:
    """Tell what each role shows, and who has it."""
    raise typer.Exit(show_roles(file or Settings().roles_file))


@roles.command("explain")
def roles_explain(whom: Annotated[str, typer.Argument(help="Login, address or contact's id of a customer.")]) -> None:
    """Tell which roles a customer of HEADLESS_ODOO_ODOO_URL has by HEADLESS_ODOO_ROLES_FILE, and why."""
    raise typer.Exit(asyncio.run(explain_roles(Settings(), whom)))


@roles.command("refresh")
def roles_refresh() -> None:
    """Have roles and prices of all who are signed in asked for again, in all processes that share the Redis."""
    raise typer.Exit(asyncio.run(refresh_roles(Settings())))


@roles.command("push")
def roles_push(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 3 if the engine differs.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; tell what would be written.")] = False,
    accept_wider: Annotated[
        bool, typer.Option("--accept-wider", help="Even if the engine then shows more than the shop does.")
    ] = False,
    roles_claim: Annotated[
        str,
        typer.Option(
            envvar="HEADLESS_ODOO_OPENSEARCH_ROLES_CLAIM", help="The claim of tokens that the engine takes roles from."
        ),
    ] = "roles",
    every: Annotated[float, typer.Option(min=0, help="Seconds between two looks; 0: one look and no more.")] = 0,
) -> None:
    """Have OpenSearch enforce the roles of HEADLESS_ODOO_ROLES_FILE too, by its security plugin."""
    options = PushOptions(check or dry_run, accept_wider, roles_claim, every)
    code = asyncio.run(push_roles(Settings(), options))
    raise typer.Exit(0 if code == index_commands.DIFFERS and not check else code)


@keys.command("rotate")
def keys_rotate(
    directory: KeyFolder,
    algorithm: Annotated[OwnAlgorithm, typer.Option(help="Of the new key.")] = "EdDSA",
    keep: Annotated[float, typer.Option(min=0, help="Seconds for which older keys verify; over a token's life.")] = 600,
    lead: Annotated[float, typer.Option(min=0, help="Seconds from now, in which others learn of the new key.")] = 0,
) -> None:
    """Make a new key; older ones verify for a while."""
    raise typer.Exit(rotate_keys(directory, algorithm, keep=keep, lead=lead))


@keys.command("show")
def keys_show(directory: KeyFolder) -> None:
    """Tell which keys there are, and which of them signs."""
    raise typer.Exit(show_keys(directory))


@carts.command("due")
def carts_due(limit: Annotated[int, typer.Option(min=0, help="So many are listed.")] = 50) -> None:
    """Tell how many carts Odoo does not know as they are, and list those that are due."""
    raise typer.Exit(asyncio.run(show_due(Settings(), limit)))


@carts.command("dead")
def carts_dead(limit: Annotated[int, typer.Option(min=0, help="So many are listed.")] = 1_000) -> None:
    """List carts that are not tried any more, and why. Exit code 3 if there are any."""
    raise typer.Exit(asyncio.run(show_dead(Settings(), limit)))


@carts.command("retry")
def carts_retry(
    ids: Annotated[list[str] | None, typer.Argument(help="Of dead carts.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead carts.")] = False,
) -> None:
    """Have dead carts tried again."""
    raise typer.Exit(asyncio.run(retry(Settings(), ids or [], everything=everything)))


@carts.command("give-up")
def carts_give_up(ids: Annotated[list[str], typer.Argument(help="Of dead carts.")]) -> None:
    """Leave dead carts as they are until their customers change them."""
    raise typer.Exit(asyncio.run(give_up(Settings(), ids)))


@carts.command("show")
def carts_show(cart_id: Annotated[str, typer.Argument(metavar="ID", help="Of a cart.")]) -> None:
    """Tell all that is kept of a cart, as JSON."""
    raise typer.Exit(asyncio.run(show_cart(Settings(), cart_id)))


@carts.command("tidy")
def carts_tidy(
    days: Annotated[int, typer.Option("--older-than", min=1, help="Days since a draft was last written.")] = 60,
    limit: Annotated[int, typer.Option(min=1, help="So many drafts without a cart are looked at.")] = 500,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Take none away; tell which would go.")] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Even if no draft has a cart: their Redis was lost.")
    ] = False,
) -> None:
    """Take away drafts in Odoo whose carts have ended, but for what people of the shop have touched."""
    options = TidyOptions(days=days, limit=limit, look_only=dry_run, anyway=anyway)
    raise typer.Exit(asyncio.run(tidy_drafts(Settings(), options)))


def main() -> None:
    app()
