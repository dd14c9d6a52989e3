"""Tokens by which somebody may set a password: stored up to 14.0, signed and not stored in 19.0."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from demo.double import errors
from demo.double.env import Mail

if TYPE_CHECKING:
    from demo.dataset import Row
    from demo.double.env import Database, Env

_SECRET = b"the double's database.secret"
_FORMAT = "%Y-%m-%d %H:%M:%S"
_HOURS = {"reset": 4, "signup": 144}
SIGNUP_ERROR = "odoo.addons.auth_signup.models.res_partner.SignupError"


def prepare(env: Env, partner_id: int, kind: str, expiration: Any = False) -> None:
    """Give the contact a token of a kind (``signup`` or ``reset``), unless a lasting one is good."""
    from demo.double.writing import write

    if env.db.dataset.version == "19.0":
        write(env, "res.partner", [partner_id], {"signup_type": kind})
        return
    row = env.row("res.partner", partner_id) or {}
    if expiration or not _is_valid(env.db, row):
        token = secrets.token_urlsafe(15)
        values = {"signup_token": token, "signup_type": kind, "signup_expiration": expiration}
        write(env, "res.partner", [partner_id], values)


def cancel(env: Env, partner_id: int) -> None:
    """Make the contact's token worthless."""
    from demo.double.writing import write

    names = ("signup_type",) if env.db.dataset.version == "19.0" else _STORED
    write(env, "res.partner", [partner_id], dict.fromkeys(names, False))


_STORED = ("signup_token", "signup_type", "signup_expiration")


def token_of(env: Env, partner_id: int) -> str:
    """The contact's token, as the link that is mailed carries it."""
    row = env.row("res.partner", partner_id) or {}
    if env.db.dataset.version != "19.0":
        return str(row.get("signup_token") or "")
    kind = str(row.get("signup_type") or "signup")
    expires = env.db.clock() + timedelta(hours=_HOURS[kind])
    return _signed(_seconds(expires), json.dumps([partner_id, *_state(env.db, row)]).encode())


def partner_of(env: Env, token: str) -> Row:
    """The contact whose token it is. Raises Odoo's UserError, or (19.0) the ValueError of what is no token at all."""
    if env.db.dataset.version == "19.0":
        return _partner_signed(env, token)
    for partner_id in env.db.table("res.partner").find("signup_token", [token]):
        row = env.row("res.partner", partner_id)
        if row is not None and token:
            if not _is_valid(env.db, row):
                raise errors.user_error(f"Signup token '{token}' is no longer valid")
            return row
    raise errors.user_error(f"Signup token '{token}' is not valid")


def mail_link(env: Env, user: Row, subject: str) -> None:
    """Send the user their link; UserError without an address."""
    partner = env.row("res.partner", user.get("partner_id")) or {}
    if not partner.get("email"):
        name = partner.get("name", "")
        raise errors.user_error(f"Cannot send email: user {name} has no email address.")
    base = env.db.parameter("web.base.url") or "http://localhost:8069"
    query = urlencode({"db": env.db.dataset.database, "token": token_of(env, partner["id"])})
    mail = Mail(str(partner["email"]), subject, f"{base}/web/reset_password?{query}")
    env.db.mails.append(mail)
    env.db.on_rollback(lambda: env.db.mails.remove(mail))


def _is_valid(db: Database, row: Row) -> bool:
    if not row.get("signup_token"):
        return False
    expiration = row.get("signup_expiration")
    return not expiration or db.clock() <= datetime.strptime(expiration[:19], _FORMAT)  # noqa: DTZ007 - naive UTC


def _state(db: Database, partner: Row) -> list[Any]:
    """What a token of 19.0 holds besides the contact: it ends with the next login, and when its kind changes."""
    user_ids = sorted(db.table("res.users").find("partner_id", [partner["id"]]))
    logins = [db.logged_in[user_id] for user_id in user_ids if user_id in db.logged_in]
    return [user_ids, _seconds(max(logins)) if logins else None, partner.get("signup_type") or False]


def _seconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())


def _signed(expires: int, message: bytes) -> str:
    stamp = expires.to_bytes(8, "little")
    mark = hmac.new(_SECRET, b"\x01" + stamp + message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(b"\x01" + stamp + mark + message).rstrip(b"=").decode()


def _partner_signed(env: Env, token: str) -> Row:
    try:
        raw = base64.urlsafe_b64decode(token.encode() + b"===")
    except (binascii.Error, ValueError) as error:
        raise errors.OdooFault("binascii.Error", str(error)) from error
    if raw[:1] != b"\x01":
        raise errors.value_error("Unknown token version")
    expires, message = int.from_bytes(raw[1:9], "little"), raw[41:]
    refused = errors.user_error(f"Signup token '{token}' is not valid or expired")
    if not hmac.compare_digest(_signed(expires, message), token.rstrip("=")) or _seconds(env.db.clock()) > expires:
        raise refused
    partner_id, *state = json.loads(message)
    row = env.row("res.partner", partner_id)
    if row is None or state != _state(env.db, row):
        raise refused
    return row
