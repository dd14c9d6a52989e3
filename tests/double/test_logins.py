"""Logins as real Odoos take and refuse them: the pause after too many, second factors, links for a password."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from demo.double import Double
from demo.double.recorded import recorded_dataset
from tests.double.asgi import HttpRequest, ask
from tests.double.caller import Caller

VERSIONS = ("10.0", "14.0", "19.0")
SINCE_14 = ("14.0", "19.0")
TOO_MANY = "Too many login failures, please wait a bit before trying again."
JSON = {"content-type": "application/json"}


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2031, 3, 1, 12)  # noqa: DTZ001  # naive UTC, as Odoo's

    def __call__(self) -> datetime:
        """The moment."""
        return self.now


def post(app: Any, path: str, params: Any, headers: dict[str, str] | None = None) -> dict[str, Any]:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}).encode()
    answer: dict[str, Any] = json.loads(ask(app, HttpRequest("POST", path, {**JSON, **(headers or {})}, body)).body)
    return answer


def web_login(app: Any, password: str, login: str = "admin", headers: dict[str, str] | None = None) -> Any:
    """The uid, or the text of the refusal."""
    params = {"db": "shop", "login": login, "password": password}
    answer = post(app, "/web/session/authenticate", params, headers)
    return answer["error"]["data"]["message"] if "error" in answer else answer["result"]["uid"]


def rpc_login(app: Any, password: str, login: str = "admin") -> Any:
    params = {"service": "common", "method": "authenticate", "args": ["shop", login, password, {}]}
    return post(app, "/jsonrpc", params)["result"]


def call(app: Any, uid: int, password: str) -> Any:
    args = ["shop", uid, password, "res.partner", "search_count", [[]]]
    answer = post(app, "/jsonrpc", {"service": "object", "method": "execute_kw", "args": args})
    return answer["error"]["data"]["message"] if "error" in answer else answer["result"]


@pytest.mark.parametrize("version", SINCE_14)
def test_an_address_is_shut_out_for_a_minute(version: str) -> None:
    clock = Clock()
    double = Double(recorded_dataset(version), clock)
    app, uid = double.asgi(), 2
    assert isinstance(call(app, uid, "admin"), int)
    for attempt in range(10):  # base.login_cooldown_after of the recorded databases
        assert (web_login(app, "wrong") if attempt % 2 else rpc_login(app, "wrong")) in ("Access Denied", False)
    assert web_login(app, "admin") == TOO_MANY
    assert rpc_login(app, "admin") is False  # it does not say why
    assert isinstance(call(app, uid, "admin"), int)  # known from before
    assert call(app, uid, "another") == TOO_MANY
    clock.now += timedelta(seconds=59)
    assert web_login(app, "admin") == TOO_MANY
    clock.now += timedelta(seconds=1)
    assert web_login(app, "admin") == uid
    for _ in range(9):  # a success starts the count anew
        assert web_login(app, "wrong") == "Access Denied"
    assert web_login(app, "admin") == uid


@pytest.mark.parametrize("version", SINCE_14)
def test_an_empty_password_is_not_counted(version: str) -> None:
    double = Double(recorded_dataset(version), Clock())
    app = double.asgi()
    for _ in range(20):
        assert web_login(app, "") == "Access Denied"
    assert web_login(app, "admin") == 2


def test_10_counts_nothing() -> None:
    app = Double(recorded_dataset("10.0"), Clock()).asgi()
    for _ in range(12):
        assert web_login(app, "wrong") is False
    assert web_login(app, "admin") == 1


@pytest.mark.parametrize("version", SINCE_14)
def test_the_limit_is_a_system_parameter(version: str) -> None:
    double = Double(recorded_dataset(version), Clock())
    admin, app = Caller(double), double.asgi()
    admin("ir.config_parameter", "set_param", "base.login_cooldown_after", "2")
    assert [web_login(app, "wrong") for _ in range(3)] == ["Access Denied", "Access Denied", TOO_MANY]
    admin("ir.config_parameter", "set_param", "base.login_cooldown_after", "0")
    assert web_login(app, "admin") == 2


@pytest.mark.parametrize("version", SINCE_14)
def test_a_proxy_is_believed_in_proxy_mode_alone(version: str) -> None:
    double = Double(recorded_dataset(version), Clock())
    app = double.asgi()
    elsewhere = {"x-forwarded-for": "203.0.113.9, 198.51.100.7", "x-forwarded-host": "shop.example"}
    for _ in range(10):
        web_login(app, "wrong", headers=elsewhere)
    assert web_login(app, "admin") == TOO_MANY
    double.proxy_mode = True
    assert web_login(app, "admin", headers=elsewhere) == 2
    double.db.login_failures.clear()
    for _ in range(10):
        web_login(app, "wrong", headers=elsewhere)
    assert web_login(app, "admin", headers=elsewhere) == TOO_MANY
    assert web_login(app, "admin", headers={**elsewhere, "x-forwarded-for": "198.51.100.8"}) == 2
    assert web_login(app, "admin", headers={"x-forwarded-for": "198.51.100.7"}) == 2  # without a host: ourselves


@pytest.mark.parametrize("version", SINCE_14)
def test_a_second_factor(version: str) -> None:
    """As a real 14.0 answers: nobody is logged in, and programs are refused."""
    double = Double(recorded_dataset(version), Clock())
    users = double.db.table("res.users")
    users.put({**(users.get(2) or {}), "totp_secret": "JBSWY3DPEHPK3PXP"})
    app = double.asgi()
    assert web_login(app, "admin") is None
    assert web_login(app, "wrong") == "Access Denied"
    assert rpc_login(app, "admin") is False
    assert double.env().value("res.users", users.get(2) or {}, "totp_enabled") is True


@pytest.mark.parametrize("version", VERSIONS)
def test_access_rights_are_what_it_takes_to_manage_users(version: str) -> None:
    double = Double(recorded_dataset(version), Clock())
    admin = Caller(double)
    groups = double.db.profile.names.user_groups
    values = {"name": "Clerk", "login": "clerk", "password": "pw", "share": False, groups: [[6, 0, [1]]]}
    clerk = Caller(double, admin("res.users", "create", values), "pw")
    assert clerk.fault("res.users", "write", [clerk.uid], {"password": "x"}).class_name == "AccessError"
    manager = double.create("res.groups", {"name": "Access Rights"})
    names = {"module": "base", "name": "group_erp_manager", "model": "res.groups", "res_id": manager}
    double.create("ir.model.data", names)
    admin("res.users", "write", [clerk.uid], {groups: [[4, manager]]})
    assert clerk("res.users", "write", [clerk.uid], {"signature": "x"}) is True
    assert clerk.fault("ir.config_parameter", "set_param", "x", "y").class_name == "AccessError"


@pytest.mark.parametrize("version", ["10.0", "14.0"])
def test_stored_tokens(version: str) -> None:
    double = Double(recorded_dataset(version), Clock())
    admin = Caller(double)
    user = admin("res.users", "create", {"name": "T", "login": "t@x.example", "email": "t@x.example"})
    partner = admin("res.users", "read", [user], ["partner_id"])[0]["partner_id"][0]
    admin("res.users", "action_reset_password", [user])
    row = admin("res.partner", "read", [partner], ["signup_token", "signup_type", "signup_expiration"])[0]
    assert row["signup_type"] == "reset"
    assert row["signup_expiration"] == "2031-03-02 12:00:00"
    told = admin("res.partner", "signup_retrieve_info", row["signup_token"])
    assert (told["login"], told["name"], told["token"]) == ("t@x.example", "T", row["signup_token"])
    answer = admin("res.users", "signup", {"password": "new"}, row["signup_token"])
    assert answer == ["shop", "t@x.example", "new"]
    fault = admin.fault("res.users", "signup", {"password": "newer"}, row["signup_token"])
    assert (fault.class_name, fault.message) == ("UserError", f"Signup token '{row['signup_token']}' is not valid")
    assert double.dataset.passwords["t@x.example"] == "new"


def test_signed_tokens_of_19_are_stored_nowhere() -> None:
    double = Double(recorded_dataset("19.0"), Clock())
    admin = Caller(double)
    assert "signup_token" not in double.db.model("res.partner").fields
    user = admin("res.users", "create", {"name": "T", "login": "t@x.example", "email": "t@x.example"})
    admin("res.users", "action_reset_password", [user])
    token = double.db.mails[-1].link.partition("token=")[2]
    assert admin.fault("res.partner", "signup_retrieve_info", token).class_name == "AttributeError"
    for place in (0, 10, 20, len(token) - 1):
        forged = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert admin.fault("res.users", "signup", {"password": "x"}, forged).class_name in ("UserError", "ValueError")
    assert admin("res.users", "signup", {"password": "new"}, token) == ["t@x.example", "new"]
    assert admin.fault("res.users", "signup", {"password": "x"}, token).class_name == "UserError"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_failed_mail_is_not_sent(version: str) -> None:
    double = Double(recorded_dataset(version), Clock())
    admin = Caller(double)
    users = [
        admin("res.users", "create", {"name": name, "login": name, **email})
        for name, email in (("with", {"email": "with@x.example"}), ("without", {}))
    ]
    fault = admin.fault("res.users", "action_reset_password", users)
    assert fault.message == "Cannot send email: user without has no email address."
    assert double.db.mails == []
