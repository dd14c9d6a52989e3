"""Logins, passwords and API keys of a dataset, and the pause Odoo makes after too many wrong ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from demo.double import errors

if TYPE_CHECKING:
    from demo.double.env import Database

#: The address a request comes from; None when the double is called in Python.
SOURCE: ContextVar[str | None] = ContextVar("SOURCE", default=None)
TOO_MANY = "Too many login failures, please wait a bit before trying again."
#: What these system parameters are taken for when they are missing.
_DEFAULTS = {"base.login_cooldown_after": 5, "base.login_cooldown_duration": 60}


def user_id(db: Database, login: str) -> int | None:
    """The id of the active user with that login."""
    for record_id in db.table("res.users").find("login", [login]):
        row = db.table("res.users").get(record_id)
        if row is not None and row.get("active"):
            return record_id
    return None


def login_of(db: Database, uid: object) -> str | None:
    """The login of an active user."""
    row = db.table("res.users").get(uid) if isinstance(uid, int) else None
    return str(row["login"]) if row is not None and row.get("login") and row.get("active") else None


def log_in(db: Database, login: str, secret: str, *, interactive: bool = False) -> int:
    """The user with that login and secret. Raises AccessDenied.

    A program (not ``interactive``) may give an API key, and cannot give the password of a user with a second factor.
    """
    if not secret:
        raise errors.access_denied(db.profile.access_denied_text)
    with _counted(db):
        uid = user_id(db, login)
        row = db.table("res.users").get(uid) if uid is not None else None
        allowed = row is not None and (
            (secret == db.dataset.passwords.get(login) and (interactive or not row.get("totp_secret")))
            or (not interactive and _is_key_of(db, secret, login))
        )
        if uid is None or not allowed:
            raise errors.access_denied(db.profile.access_denied_text)
        db.logged_in[uid] = db.clock()
        return uid


def check_call(db: Database, uid: object, secret: object) -> None:
    """AccessDenied unless the secret of a call is that of its user. One that was right before is not counted."""
    known = (uid, secret) in db.known_secrets and check_password(db, uid, secret)
    if known:
        return
    with _counted(db):
        if not check_password(db, uid, secret):
            raise errors.access_denied(db.profile.access_denied_text)
        db.known_secrets.add((uid, secret))


def check_password(db: Database, uid: object, secret: object) -> bool:
    login = login_of(db, uid)
    if login is None or not isinstance(secret, str) or not secret:
        return False
    return secret == db.dataset.passwords.get(login) or _is_key_of(db, secret, login)


def _is_key_of(db: Database, secret: str, login: str) -> bool:
    return db.dataset.version != "10.0" and db.dataset.api_keys.get(secret) == login


@contextmanager
def _counted(db: Database) -> Iterator[None]:
    """A try to log in: refused unheard while the address is shut out, counted when it fails."""
    source = SOURCE.get()
    if source is None or not db.profile.login_cooldown:
        yield
        return
    failures, last = db.login_failures.get(source, (0, datetime.min))  # noqa: DTZ901 - naive UTC, as the clock's
    after, pause = (_parameter(db, name) for name in _DEFAULTS)
    if 0 < after <= failures and db.clock() - last < timedelta(seconds=pause):
        raise errors.access_denied(TOO_MANY)
    try:
        yield
    except errors.OdooFault as fault:
        if fault.name == errors.ACCESS_DENIED:
            db.login_failures[source] = (failures + 1, db.clock())
        raise
    db.login_failures.pop(source, None)


def _parameter(db: Database, name: str) -> int:
    return int(db.parameter(name) or _DEFAULTS[name])


def set_password(db: Database, uid: int, password: str) -> None:
    login = login_of(db, uid)
    if login is not None:
        before = db.dataset.passwords.get(login, "")
        db.dataset.passwords[login] = password
        db.on_rollback(lambda: db.dataset.passwords.update({login: before}))


def uid_of_key(db: Database, key: str) -> int | None:
    """The owner of an API key."""
    login = db.dataset.api_keys.get(key)
    return None if login is None else user_id(db, login)
