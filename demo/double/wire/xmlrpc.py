"""/xmlrpc/2/common, /xmlrpc/2/object and /xmlrpc/2/db."""

from __future__ import annotations

import xmlrpc.client as marshalling
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from starlette.responses import HTMLResponse, Response

from demo.double import errors
from demo.double.errors import OdooFault
from demo.double.methods.users import FrozenDict
from demo.double.wire.services import SERVICES, dispatch
from demo.double.wire.tracebacks import traceback_text

if TYPE_CHECKING:
    from starlette.requests import Request

    from demo.double.core import Double

_ORM_ERRORS = frozenset({errors.USER_ERROR, errors.VALIDATION_ERROR, errors.MISSING_ERROR, errors.ACCESS_ERROR})
ERROR_500 = (
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<title>500 Internal Server Error</title>\n'
    "<h1>Internal Server Error</h1>\n<p>The server encountered an internal error and was unable to complete your "
    "request.  Either the server is overloaded or there is an error in the application.</p>\n"
)


async def endpoint(request: Request) -> Response:
    """One XML-RPC call: HTTP 200 whatever happens inside Odoo."""
    double: Double = request.app.state.double
    service = request.path_params["service"]
    try:
        params, method = marshalling.loads(await request.body(), use_builtin_types=True)
    except (ExpatError, ValueError, TypeError, marshalling.Error) as error:
        if double.db.profile.malformed_xml == "http_500":
            return HTMLResponse(ERROR_500, 500)
        return _fault(double, OdooFault("xml.parsers.expat.ExpatError", str(error)))
    if service not in SERVICES:
        return _fault(double, OdooFault("builtins.UnboundLocalError", _NO_SERVICE))
    try:
        answer = dispatch(double, "xmlrpc", service, str(method), list(params))
        if isinstance(answer, FrozenDict):
            raise errors.type_error("cannot marshal <class 'odoo.tools.misc.frozendict'> objects")
        body = marshalling.dumps((answer,), methodresponse=True)
    except OdooFault as fault:
        return _fault(double, fault)
    except (TypeError, OverflowError) as error:  # None, int keys, big ints: committed, but not to be said in XML
        return _fault(double, errors.type_error(str(error)))
    return Response(body, media_type=double.db.profile.xml_content_type)


_NO_SERVICE = "local variable 'dispatch' referenced before assignment"


def _fault(double: Double, fault: OdooFault) -> Response:
    code = double.db.profile.fault_codes.get(fault.name, 1)
    body = marshalling.dumps(marshalling.Fault(code, fault_string(double, fault, code)), methodresponse=True)
    return Response(body, media_type=double.db.profile.xml_content_type)


def fault_string(double: Double, fault: OdooFault, code: int) -> str:
    """The text of a fault: a traceback for code 1, else the message (10: often as a tuple's repr)."""
    profile = double.db.profile
    paired = profile.paired_arguments and fault.name in _ORM_ERRORS
    if code == 1:
        return traceback_text(fault, paired=paired, short_class=double.version == "10.0")
    if paired and fault.name in (errors.ACCESS_ERROR, errors.MISSING_ERROR):
        return f"(u{fault.message!r}, None)"
    return fault.message


def legacy_fault(fault: OdooFault) -> dict[str, Any]:
    """The fault of /xmlrpc/object: its code is a string."""
    return {"faultCode": f"warning -- {fault.message}\n\n", "faultString": ""}
