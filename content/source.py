"""Where content comes from: the contract of a source."""

from __future__ import annotations

from typing import Protocol

from content.records import Content


class ContentError(Exception):
    """The source gives no content. The text is for people who run the shop."""


class ContentUnavailableError(ContentError):
    """It cannot be reached, or does not answer in time."""


class ContentSource(Protocol):
    """Reads all content of a language at once: there is little of it beside a catalogue, and every page needs some."""

    async def read(self, lang: str) -> Content:
        """The content in a language of Odoo's codes (``fr_BE``), else in its language alone (``fr``).

        Raises ContentUnavailableError, and ContentError for what is no content.
        """

    async def close(self) -> None: ...


def candidates(lang: str) -> tuple[str, ...]:
    """The names under which a source may have a language, the best first: ``fr_BE``, ``fr-BE``, ``fr``."""
    base = lang.partition("@")[0]
    return tuple(dict.fromkeys((lang, base, base.replace("_", "-"), base.partition("_")[0])))
