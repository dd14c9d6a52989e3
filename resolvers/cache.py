"""Invalidating what is kept, by hand."""

from __future__ import annotations

from typing import Any

from cache.tags import EVERYTHING, completed, is_tag
from resolvers.errors import BadInputError, ForbiddenError
from resolvers.info import Info
from resolvers.mutation import mutation

MAX_TAGS = 1_000


def checked_tags(tags: list[str] | None) -> frozenset[str]:
    """The tags to invalidate; all without any. Raises BadInputError for what is no tag."""
    if tags is None:
        return EVERYTHING
    wrong = next((tag for tag in tags if not is_tag(tag)), None)
    if wrong is not None:
        known = ", ".join(sorted(EVERYTHING))
        raise BadInputError(
            f"There is no tag {wrong[:40]!r}; there are {known}, and product:<id>, price:<id>, stock:<id>, orders:<id>."
        )
    if not 0 < len(tags) <= MAX_TAGS:
        raise BadInputError(f"Name 1 to {MAX_TAGS} tags, or none at all for everything.")
    return completed(tags)


@mutation.field("invalidateCache")
async def resolve_invalidate_cache(_: None, info: Info, tags: list[str] | None = None) -> dict[str, Any]:
    if not info.context.is_operator:
        raise ForbiddenError("This is for the shop's operators.")
    wanted = checked_tags(tags)
    done = await info.context.services.invalidate(wanted)
    return {"tags": sorted(wanted), "inForceEverywhere": done}


BINDABLES: list[Any] = []
