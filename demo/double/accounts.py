"""Logins, passwords and API keys of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.double.env import Database


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


def uid_of(db: Database, login: str, secret: str) -> int | None:
    """The user with that login, if the secret is their password or (from 14) one of their API keys."""
    uid = user_id(db, login)
    return uid if uid is not None and check_password(db, uid, secret) else None


def check_password(db: Database, uid: object, secret: object) -> bool:
    login = login_of(db, uid)
    if login is None or not isinstance(secret, str) or not secret:
        return False
    known = db.dataset.passwords.get(login)
    return secret == known or (db.dataset.version != "10.0" and db.dataset.api_keys.get(secret) == login)


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
