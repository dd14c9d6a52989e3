"""What operators do from the command line with a running shop, or before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from resolvers.cache import checked_tags
from resolvers.errors import BadInputError
from resolvers.schema import build_schema
from server.saying import refused, say
from server.settings import Settings
from server.stores import open_store
from server.trusted import ManifestError, collect, encode


async def invalidate_tags(settings: Settings, tags: Sequence[str], *, everything: bool) -> int:
    """``headless-odoo invalidate``. Returns the exit code."""
    if everything == bool(tags):
        return refused("Name the tags to invalidate, or --all.")
    if settings.redis_url is None:
        return refused("HEADLESS_ODOO_REDIS_URL is not set: what one process keeps for itself, others cannot reach.")
    try:
        wanted = checked_tags(None if everything else list(tags))
    except BadInputError as error:
        return refused(error.message)
    store = open_store(settings)
    try:
        done = await store.invalidate(wanted)
    finally:
        await store.close()
    if not done:
        return refused("Redis does not answer; nothing was invalidated.")
    say(f"invalidated: {', '.join(sorted(wanted))}")
    return 0


def register_documents(sources: Sequence[Path], output: Path) -> int:
    """``headless-odoo documents``. Returns the exit code."""
    try:
        manifest = collect(sources, build_schema())
    except ManifestError as error:
        return refused(str(error))
    output.write_bytes(encode(manifest))
    say(f"{output}: {len(manifest.operations)} documents")
    return 0
