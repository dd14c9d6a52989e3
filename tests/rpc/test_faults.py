"""Faults of other versions, languages and places than the recorded ones."""

from __future__ import annotations

import json
import xmlrpc.client

import pytest

from adapters.errors import (
    OdooConflictError,
    OdooError,
    OdooNotFoundError,
    OdooProtocolError,
    OdooRejectedError,
    OdooUnavailableError,
)
from adapters.rpc import ResultLostError, jsonrpc, xmlrpc_compat
from adapters.rpc.http import Reply
from adapters.rpc.tracebacks import RemoteError, frames_of, parse_traceback

NULL_TRACEBACK = """Traceback (most recent call last):
  File "/odoo/addons/base/controllers/rpc.py", line 60, in xmlrpc_2
    response = self._xmlrpc(service)
{frames}TypeError: cannot marshal None unless allow_none is enabled
"""


def fault(code: int | str, text: str) -> bytes:
    params = xmlrpc.client.dumps(({"faultCode": code, "faultString": text},), methodresponse=True)
    value = params.partition("<param>")[2].partition("</param>")[0]
    return f"<methodResponse><fault>{value}</fault></methodResponse>".encode()


def null_fault(*functions: str) -> bytes:
    frames = "".join(f'  File "/x.py", line 1, in {name}\n    code\n' for name in functions)
    return fault(1, NULL_TRACEBACK.format(frames=frames))


def test_only_a_null_result_is_taken_for_one() -> None:
    assert xmlrpc_compat.loads(null_fault("dumps", "__dump", "dump_nil")) is None
    with pytest.raises(ResultLostError):
        xmlrpc_compat.loads(null_fault("dumps", "__dump", "dump_struct", "__dump", "dump_nil"))


def test_a_method_that_itself_fails_to_marshal_was_not_done() -> None:
    with pytest.raises(OdooProtocolError) as caught:
        xmlrpc_compat.loads(null_fault("dispatch_rpc", "dispatch", "call_kw", "push", "dumps", "__dump", "dump_nil"))
    assert not isinstance(caught.value, ResultLostError)


TRACEBACK = """Traceback (most recent call last):
  File "/odoo/service/model.py", line 1, in {where}
    code
{end}
"""

FAULTS: list[tuple[int, str, type[OdooError], str | None]] = [
    (1, "OperationalError: Unable to use a closed cursor.", OdooConflictError, None),
    (1, "TransactionRollbackError: could not serialize access due to concurrent", OdooConflictError, None),
    (1, "psycopg2.errors.SerializationFailure: could not serialize access", OdooConflictError, None),
    (1, "OperationalError: FATAL:  the database system is starting up", OdooUnavailableError, None),
    (1, "odoo.sql_db.PoolError: The Connection Pool Is Full", OdooUnavailableError, None),
    (1, "ValidationError: ('Donn\\xc3\\xa9e \\'x\\'\\n2', None)", OdooRejectedError, "Donnée 'x'\n2"),
    (1, "ValidationError: (u'Donn\\xe9e \\u20ac', None)", OdooRejectedError, "Donnée €"),
    (1, 'odoo.exceptions.ValidationError: ("L\'été", None)', OdooRejectedError, "L'été"),
    (1, 'psycopg2.errors.UniqueViolation: key "k"\nDETAIL:  Key (login)=(x)', OdooRejectedError, 'key "k"'),
    (1, "builtins.ZeroDivisionError", OdooProtocolError, None),
    (2, "('Configurez une adresse', 12, 'Aller', None)", OdooRejectedError, "Configurez une adresse"),
    (2, "Das Objekt no.model existiert nicht", OdooNotFoundError, None),
    (2, "Inexistant.\n(Enregistrement : res.partner(7, 8), Utilisateur : 2)", OdooNotFoundError, None),
    (2, "Inexistant.\n\n(Enregistrements: [7, 8], Utilisateur: 2)", OdooNotFoundError, None),
    (2, "Inexistant.\n\n(Enregistrements: (7,), Utilisateur: 2)", OdooNotFoundError, None),
    (2, "Bloqué.\n(Voir la facture (7) de 2026)", OdooRejectedError, None),
    (2, "Le client (n° 7) est bloqué (2)", OdooRejectedError, "Le client (n° 7) est bloqué (2)"),
    (2, "You may not delete a no.model that is in use by someone", OdooRejectedError, None),
    (9, "a code of another world", OdooProtocolError, None),
]


@pytest.mark.parametrize(("code", "text", "expected", "message"), FAULTS)
def test_faults_of_other_languages_and_versions(
    code: int, text: str, expected: type[OdooError], message: str | None
) -> None:
    told = TRACEBACK.format(where="execute", end=text) if code == 1 else text
    with pytest.raises(expected) as caught:
        xmlrpc_compat.loads(fault(code, told), "no.model")
    assert type(caught.value) is expected
    if message is not None:
        assert isinstance(caught.value, OdooRejectedError)
        assert caught.value.message == message


def test_an_unknown_model_over_jsonrpc() -> None:
    """The class is that of any warning; the place that raised it is the model's lookup."""
    debug = TRACEBACK.format(where="execute_cr", end="odoo.exceptions.UserError: Objet inconnu")
    data = {"name": "odoo.exceptions.UserError", "message": "Objet inconnu", "arguments": ["Objet inconnu"]}
    lookup = {"name": "odoo.exceptions.UserError", "arguments": ["Object no.model doesn't exist"]}
    error = {"code": 200, "message": "Odoo Server Error", "data": lookup}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode()
    with pytest.raises(OdooNotFoundError):
        jsonrpc.decode_answer(Reply(200, "application/json", body), 1, "no.model")
    for frames, expected in ((debug, OdooNotFoundError), ("", OdooRejectedError)):
        error = {"code": 200, "message": "Odoo Server Error", "data": {**data, "debug": frames}}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "error": error}).encode()
        with pytest.raises(expected):
            jsonrpc.decode_answer(Reply(200, "application/json", body), 1)


def test_of_a_chain_of_exceptions_the_last_one_counts() -> None:
    first = TRACEBACK.format(where="execute_cr", end="KeyError: 'no.model'")
    chain = f"{first}\nDuring handling of the above exception, another exception occurred:\n\n"
    chain += TRACEBACK.format(where="write", end="odoo.exceptions.ValidationError: Two lines\nof text")
    assert frames_of(chain) == ("write",)
    assert parse_traceback(chain) == RemoteError("odoo.exceptions.ValidationError", "Two lines\nof text", ("write",))
    assert parse_traceback("no traceback") is None
    assert parse_traceback("Traceback (most recent call last):\n") is None
