"""XML-RPC bodies on the standard library's marshalling, without its gaps.

XML 1.0 has no way to write most control characters. They have no visible form and Odoo itself drops them from
its answers in newer versions, so they are dropped from requests, and from answers that hold them.
"""

from __future__ import annotations

import re
import xmlrpc.client
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from adapters.errors import OdooProtocolError
from adapters.rpc.faults import fault_error, is_null_result
from adapters.rpc.tracebacks import parse_traceback
from adapters.rpc.values import odoo_datetime

if TYPE_CHECKING:
    from collections.abc import Sequence

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));")


def dumps(method: str, params: Sequence[Any]) -> bytes:
    """The body of a call. ``params`` hold JSON's types alone.

    Control characters are dropped, carriage returns kept. Raises OdooProtocolError for an integer beyond
    32 bit: XML-RPC has none.
    """
    try:
        text = xmlrpc.client.dumps(tuple(params), method, allow_none=True)
    except OverflowError as error:
        raise OdooProtocolError("an integer beyond 32 bit cannot be sent by XML-RPC") from error
    # The markup itself holds none of these, so the finished text can be treated at once.
    return _ILLEGAL.sub("", text).replace("\r", "&#13;").encode()


def loads(body: bytes, model: str = "") -> Any:
    """The result in an answer. Raises the member of the error family that a fault means.

    A fault that only says "the result was None" is the result None. ``model``: the model called.
    Dates come as Odoo writes them and binaries as base64 text, as in the JSON protocols.
    """
    try:
        kind, value = _parse(body)
    except expat.ExpatError as error:
        kind, value = _parse_cleaned(body, error)
    except _UNREADABLE as error:
        raise OdooProtocolError("no XML-RPC answer") from error
    return _raise_fault(value, model) if kind == "fault" else value


class _Reader(xmlrpc.client.Unmarshaller):
    """Reads straight to JSON's types; a fault stays a plain struct."""

    def close(self) -> Any:
        """``("params" | "fault", value)``; an answer holds exactly one value."""
        if self._type not in ("params", "fault") or self._marks or len(self._stack) != 1:
            raise xmlrpc.client.ResponseError
        return self._type, self._stack[0]


def _end_datetime(reader: xmlrpc.client.Unmarshaller, data: str) -> None:
    moment = datetime.strptime(data.strip(), "%Y%m%dT%H:%M:%S").replace(tzinfo=UTC)
    reader.append(odoo_datetime(moment))
    reader._value = False


def _end_binary(reader: xmlrpc.client.Unmarshaller, data: str) -> None:
    reader.append("".join(data.split()))
    reader._value = False


def _end_number(reader: xmlrpc.client.Unmarshaller, data: str) -> None:
    reader.append(float(data))
    reader._value = False


_Reader.dispatch = {
    **xmlrpc.client.Unmarshaller.dispatch,
    "dateTime.iso8601": _end_datetime,
    "base64": _end_binary,
    "bigdecimal": _end_number,
}

_UNREADABLE = (xmlrpc.client.Error, ValueError, TypeError, LookupError, AttributeError)
"""What the standard library's reader raises on well-formed XML that is not XML-RPC."""


def _parse(body: bytes) -> tuple[str, Any]:
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", None)
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    reader.xml("", None)  # text arrives decoded
    parser.Parse(body, True)
    found: tuple[str, Any] = reader.close()
    return found


def _refuse_doctype(*_declaration: object) -> None:
    """XML-RPC has no DTD; entities that grow or point outside start with one."""
    raise OdooProtocolError("an XML answer with a document type was refused")


def _parse_cleaned(body: bytes, error: expat.ExpatError) -> tuple[str, Any]:
    """Odoo up to 12 writes control characters as they are, which makes the answer ill-formed."""
    text = body.decode("utf-8", "replace")
    cleaned = _REFERENCE.sub(_drop_illegal, _ILLEGAL.sub("", text)).encode()
    if cleaned == body:
        raise OdooProtocolError("no XML in the answer") from error
    try:
        return _parse(cleaned)
    except (expat.ExpatError, *_UNREADABLE):
        raise OdooProtocolError("no XML-RPC answer") from error


def _drop_illegal(reference: re.Match[str]) -> str:
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    legal = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xDFFF < number < 0x110000
    return reference[0] if legal and number not in (0xFFFE, 0xFFFF) else ""


def _raise_fault(fault: Any, model: str) -> None:
    """Raise what the fault means; return when it only says that the result was None."""
    match fault:
        case {"faultCode": code, "faultString": str(text)}:
            remote = parse_traceback(text)
        case _:
            raise OdooProtocolError("a fault without code and text")
    if remote is not None and is_null_result(remote):
        return
    raise fault_error(code, text, remote, model)
