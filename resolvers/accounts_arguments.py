"""What people type to sign in and to tell of themselves, checked and bounded."""

from __future__ import annotations

import re
from typing import Final

from resolvers.arguments import line
from resolvers.errors import BadInputError

#: RFC 5321: a path of 256 characters, less its brackets
MAX_EMAIL: Final = 254
#: more than anybody types; hashing and sending a text without end would be work for us and for Odoo
MAX_PASSWORD: Final = 256
MAX_NAME: Final = 128
MAX_PHONE: Final = 32
#: the longest that Odoo mails have some 150 characters
MAX_TOKEN: Final = 512

INVALID_EMAIL: Final = "Invalid email."

#: something, an @, and a domain of several parts; neither blanks nor what separates addresses in a mail's header
_EMAIL: Final = re.compile(r"""[^@\s"'(),:;<>\[\]\\]+@(?:[^@\s"'(),:;<>\[\]\\.]+\.)+[^@\s"'(),:;<>\[\]\\.]{2,}""")
_PHONE: Final = re.compile(r"[0-9+()./\- \u00a0]*(?:(?:x|ext\.?) ?[0-9]+)?", re.IGNORECASE)
#: a password is never changed: what neither Odoo's database nor XML can hold is refused
_UNWRITABLE: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_\-=.~+/]+")


def login_of(text: str) -> str:
    """What somebody signs in with: in lower case. It need not be an address. Raises BadInputError when too long."""
    return _bounded(text, "email", MAX_EMAIL).lower()


def email_of(text: str) -> str:
    """An e-mail address, in lower case. Raises BadInputError for what is none."""
    found = text.strip().lower()
    if len(found) > MAX_EMAIL or not _EMAIL.fullmatch(found) or _UNWRITABLE.search(found):
        raise BadInputError(INVALID_EMAIL)
    return found


def password_of(text: str, argument: str) -> str:
    """The password, exactly. Raises BadInputError for none, one that is too long, and control characters."""
    if not 1 <= len(text) <= MAX_PASSWORD:
        raise BadInputError(f"{argument} must have between 1 and {MAX_PASSWORD} characters.")
    if _UNWRITABLE.search(text):
        raise BadInputError(f"{argument} may not have control characters.")
    return text


def token_of(text: str) -> str:
    """The token of a mailed link. Raises BadInputError for what cannot be one."""
    if len(text) > MAX_TOKEN or not _TOKEN.fullmatch(text):
        raise BadInputError("token is not one of a mailed link.")
    return text


def name_of(text: str) -> str:
    """A person's name, on one line. Raises BadInputError for none, or one that is too long."""
    found = " ".join(_bounded(text, "name", MAX_NAME).split())
    if not found:
        raise BadInputError("name may not be empty.")
    return found


def phone_of(text: str) -> str:
    """A phone number as it was typed; empty: none. Raises BadInputError for what is none."""
    found = _bounded(text, "phone", MAX_PHONE)
    if not _PHONE.fullmatch(found):
        raise BadInputError("phone is no phone number.")
    return found


def _bounded(text: str, argument: str, most: int) -> str:
    if len(text) > most:
        raise BadInputError(f"{argument} may have at most {most} characters.")
    return line(text, argument)
