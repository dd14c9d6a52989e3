"""Choosing a language: the argument, else Accept-Language, else the website's default."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.records import Language
from resolvers.errors import BadInputError

_MAX_HEADER = 512


def choose_language(asked: str | None, accept_language: str | None, languages: Sequence[Language], default: str) -> str:
    """Odoo's code of the language to answer in.

    ``asked`` may be ``fr_FR``, ``fr-FR`` or ``fr``; BadInputError when the shop has no such language. The header
    is a wish: what is not there is passed over.
    """
    if asked:
        code = _match(asked, languages)
        if code is None:
            known = ", ".join(language.code for language in languages)
            raise BadInputError(f"There is no language {asked[:20]!r} here; there are {known}.")
        return code
    for tag in _by_preference(accept_language):
        code = _match(tag, languages)
        if code is not None:
            return code
    return default


def _match(tag: str, languages: Sequence[Language]) -> str | None:
    """The language with this code, else the first with this short code or primary part."""
    wanted = tag.replace("-", "_").lower()
    for language in languages:
        if language.code.lower() == wanted:
            return language.code
    for language in languages:
        if language.iso_code.lower() == wanted or language.code.lower().split("_")[0] == wanted.split("_")[0]:
            return language.code
    return None


def _by_preference(header: str | None) -> list[str]:
    """Language tags of an Accept-Language header (RFC 9110), most wanted first, without ``*`` and q=0."""
    weighed: list[tuple[float, int, str]] = []
    for position, part in enumerate((header or "")[:_MAX_HEADER].split(",")):
        tag, _, parameters = (text.strip() for text in part.partition(";"))
        name, _, value = (text.strip() for text in parameters.partition("="))
        try:
            quality = float(value) if name.lower() == "q" else 1.0
        except ValueError:
            continue
        if tag and tag != "*" and quality > 0:
            weighed.append((-quality, position, tag))
    return [tag for _, _, tag in sorted(weighed)]
