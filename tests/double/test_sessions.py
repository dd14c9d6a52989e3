"""Web sessions, versions, pictures."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from demo.double import Double
from demo.double.recorded import recorded_dataset
from demo.double.wire.images import PLACEHOLDER
from tests.double.asgi import HttpRequest, HttpResponse, ask

VERSIONS = ("10.0", "14.0", "19.0")
PICTURE = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def post(app: Any, path: str, params: Any, **headers: str) -> HttpResponse:
    body = json.dumps({"jsonrpc": "2.0", "id": 5, "params": params}).encode()
    return ask(app, HttpRequest("POST", path, {"content-type": "application/json", **headers}, body))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_knows_its_user(version: str) -> None:
    app = Double(recorded_dataset(version)).asgi()
    login = {"db": "shop", "login": "admin", "password": "admin"}
    response = post(app, "/web/session/authenticate", login)
    told = json.loads(response.body)["result"]
    assert (told["username"], told["db"], told["is_admin"]) == ("admin", "shop", True)
    cookie = response.headers["set-cookie"].partition(";")[0]
    again = json.loads(post(app, "/web/session/get_session_info", {}, cookie=cookie).body)
    assert again["result"]["uid"] == told["uid"]
    stranger = json.loads(post(app, "/web/session/get_session_info", {}).body)
    assert "error" in stranger


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wrong_password(version: str) -> None:
    app = Double(recorded_dataset(version)).asgi()
    answer = json.loads(post(app, "/web/session/authenticate", {"db": "shop", "login": "admin", "password": "no"}).body)
    if version == "10.0":
        assert answer["result"]["uid"] is False
    else:
        assert answer["error"]["data"]["name"] == "odoo.exceptions.AccessDenied"


@pytest.mark.parametrize("version", VERSIONS)
def test_version_info(version: str) -> None:
    app = Double(recorded_dataset(version)).asgi()
    answer = json.loads(post(app, "/web/webclient/version_info", {}).body)["result"]
    assert answer["server_serie"] == version
    status = ask(app, HttpRequest("GET", "/web/version")).status
    assert status == (200 if version == "19.0" else 404)
    assert ask(app, HttpRequest("GET", "/web/health")).status == status


#: The field pictures are asked by, and the statuses for: no picture, unpublished, missing.
IMAGES = {
    "10.0": ("image_small", 200, 403, 404),
    "14.0": ("image_128", 200, 200, 200),
    "19.0": ("image_128", 200, 200, 200),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_pictures_and_placeholders(version: str) -> None:
    double = Double(recorded_dataset(version))
    app = double.asgi()
    env = double.env()
    field, none, unpublished, missing = IMAGES[version]
    widest, published = double.db.profile.names.image_sizes[0], double.db.profile.names.published
    templates = double.db.table("product.template")
    shown = next(iter(templates.find(published, [True])))
    hidden = next(iter(templates.find(published, [False])), None) or next(
        record_id for record_id in templates.ids() if not (templates.get(record_id) or {}).get(published)
    )

    def get(record_id: int, **headers: str) -> HttpResponse:
        return ask(app, HttpRequest("GET", f"/web/image/product.template/{record_id}/{field}", headers))

    assert (get(shown).status, get(shown).body) == (none, PLACEHOLDER)
    double.write("product.template", [shown, hidden], {widest: base64.b64encode(PICTURE).decode()})
    picture = get(shown)
    assert (picture.status, picture.body, picture.headers["content-type"]) == (200, PICTURE, "image/png")
    assert get(shown, **{"if-none-match": picture.headers["etag"]}).status == 304
    assert (get(hidden).status, get(hidden).body) == (unpublished, PLACEHOLDER)
    assert (get(999_999).status, get(999_999).body) == (missing, PLACEHOLDER)
    variant = next(iter(double.db.table("product.product").find("product_tmpl_id", [shown])))
    by_query = HttpRequest("GET", f"/web/image?model=product.product&id={variant}&field={field}")
    assert ask(app, by_query).body == PICTURE  # a variant without a picture of its own shows its template's
    assert env.value("product.template", templates.get(shown) or {}, field)


@pytest.mark.parametrize("version", VERSIONS)
def test_sizes_instead_of_pictures(version: str) -> None:
    double = Double(recorded_dataset(version))
    widest = double.db.profile.names.image_sizes[0]
    double.write("product.template", [1], {widest: base64.b64encode(b"x" * 2000).decode()})
    uid = 1 if version == "10.0" else 2
    context = {"context": {"bin_size": True}}
    rows = double.execute_kw("test", uid, "admin", "product.template", "read", [[1], [widest]], context)
    assert rows[0][widest] == "1.95 Kb"
