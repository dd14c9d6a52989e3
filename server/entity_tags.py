"""Conditional requests: which entity tags a client names (RFC 9110, 13.1.2)."""

from __future__ import annotations


def named_tags(if_none_match: str) -> frozenset[str]:
    """The tags of an If-None-Match header, as they are written but without what makes them weak ones; ``*`` stays.

    A proxy that compresses makes a tag a weak one, which counts as well here.
    """
    return frozenset(name.strip().removeprefix("W/") for name in if_none_match.split(","))
