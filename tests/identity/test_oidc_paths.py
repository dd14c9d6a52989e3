"""Where a browser may be sent: a page of the shop, however the wish is written."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.oidc_paths import after_logout, own_path

SITE = "https://shop.example"


@pytest.mark.parametrize(
    "path",
    ["/", "/my-account", "/a/b?x=1&y=//z", "/a#b", "/caf%C3%A9", "/search?q=a+b", "/a.b/c-d_e~f", "/a?u=http://b/"],
)
def test_paths_of_the_shop(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/ /evil.example",
        " /a",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.example",
        "@evil.example",
        "/a//evil.example",
        "/./evil",
        "/..//evil.example",
        "/café",
        "/a\x00b",
        "/a\r\nSet-Cookie: x=y",
        "/a\u2028b",
        "/auth/logout",
        "/AUTH/logout?return=/",
        "/%61uth/logout",
        "/" + "a" * 3000,
    ],
    ids=repr,
)
def test_other_addresses(path: str | None) -> None:
    assert own_path(path) == "/"
    assert after_logout(path, SITE, ()) == f"{SITE}/"


ALPHABET = st.sampled_from("/\\.:@?#%\t\n\r ab0e;&=[]" + "\x00\x7f\xa0／。")


@given(st.text(ALPHABET, max_size=12) | st.text(ALPHABET, max_size=12).map("/".__add__) | st.text())
def test_a_browser_stays_with_the_shop(asked: str) -> None:
    """As browsers read an address: without tabs and line ends, and with backslashes as slashes."""
    path = own_path(asked)
    read = path.replace("\t", "").replace("\n", "").replace("\r", "").replace("\\", "/").strip()
    assert urlsplit(urljoin(f"{SITE}/auth/callback", read))[:2] == ("https", "shop.example")
    assert path.isascii()
    assert path.isprintable()
