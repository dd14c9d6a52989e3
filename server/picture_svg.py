"""Drawings: passed on as they are, if they are nothing but drawings.

Browsers run no script of an image element, and the answer forbids it everywhere else. What is refused here is what
would do something in a program that keeps to neither.
"""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from server.picture_jobs import BadPictureError

MOST_BYTES: Final = 512 * 1024
_ROOT: Final = "http://www.w3.org/2000/svg svg"
_ACTIVE: Final = frozenset(
    {"script", "foreignobject", "iframe", "object", "embed", "handler", "listener", "link", "meta", "base"}
)
_ADDRESSES: Final = frozenset({"href", "src", "from", "to", "values", "by"})
_HARMFUL: Final = ("javascript:", "vbscript:", "data:text", "data:application", "data:image/svg")


def looks_like_svg(content: bytes) -> bool:
    return content[:256].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def check_svg(content: bytes) -> None:
    """Raises BadPictureError for what is no SVG, has a DTD, or anything in it that acts."""
    if len(content) > MOST_BYTES:
        raise BadPictureError("it is a drawing of too many bytes")
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    checker = _Checker()
    parser.StartDoctypeDeclHandler = checker.refuse
    parser.ProcessingInstructionHandler = checker.refuse
    parser.StartElementHandler = checker.element
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadPictureError(f"it is no drawing: {error}"[:200]) from error


class _Checker:
    def __init__(self) -> None:
        self._seen = False

    def refuse(self, *_: object) -> None:
        raise BadPictureError("it is a drawing with a DTD or instructions to programs")

    def element(self, name: str, attributes: dict[str, str]) -> None:
        if not self._seen and name != _ROOT:
            raise BadPictureError("it is XML, and no drawing")
        self._seen = True
        if _local(name) in _ACTIVE:
            raise BadPictureError(f"it is a drawing that acts: <{_local(name)}>")
        for key, value in attributes.items():
            if _local(key).startswith("on") or (_local(key) in _ADDRESSES and _harmful(value)):
                raise BadPictureError(f"it is a drawing that acts: {_local(key)}")


def _local(name: str) -> str:
    return name.rpartition(" ")[2].lower()


def _harmful(value: str) -> bool:
    """Browsers pass over white space and control characters in an address."""
    return any(
        part.startswith(_HARMFUL)
        for part in "".join(c for c in value if c > " " and c.isprintable()).lower().split(";")
    )
