"""The double as a server, and its ways to misbehave."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
import xmlrpc.client
from collections.abc import Iterator
from typing import Any

import pytest

from demo.double import Double, DoubleServer
from demo.double.faults import Faults
from tests.double.shop import small_shop
from tests.support.waiting import PATIENCE

Proxy = xmlrpc.client.ServerProxy


@pytest.fixture
def double() -> Double:
    return small_shop("14.0")


@pytest.fixture
def server(double: Double) -> Iterator[DoubleServer]:
    with DoubleServer(double) as running:
        yield running


def ask(server: DoubleServer, method: str = "search_count", *args: Any) -> Any:
    with Proxy(f"{server.url}/xmlrpc/2/object", allow_none=True) as proxy:
        return proxy.execute_kw("shop", 2, "admin", "product.template", method, list(args) or [[]], {})


def test_it_serves_and_logs_calls(double: Double, server: DoubleServer) -> None:
    assert ask(server) == 4
    assert [(call.service, call.model, call.method, call.args) for call in double.calls] == [
        ("xmlrpc", "product.template", "search_count", ([],))
    ]
    ask(server, "read", [1, 2], ["name"])
    assert double.calls[-1].ids == (1, 2)
    double.calls.clear()
    with Proxy(f"{server.url}/xmlrpc/2/common") as common:
        assert common.version()["server_serie"] == "14.0"  # type: ignore[index,call-overload]
    assert double.calls == []  # calls of models only


def test_latency(double: Double, server: DoubleServer) -> None:
    double.faults.latency = 0.15
    started = time.monotonic()
    assert ask(server) == 4
    assert time.monotonic() - started >= 0.15


@pytest.mark.parametrize(
    ("kind", "code"), [("conflict", 1), ("closed_cursor", 1), ("internal", 1), ("user_error", 2), ("access", 4)]
)
def test_failing_calls_change_nothing(double: Double, server: DoubleServer, kind: Any, code: int) -> None:
    double.faults.fail_next(2, kind)
    for _ in range(2):
        with pytest.raises(xmlrpc.client.Fault) as caught:
            ask(server, "write", [1], {"list_price": 77.0})
        assert caught.value.faultCode == code
    assert ask(server, "read", [1], ["list_price"])[0]["list_price"] == 10.0


def test_a_conflict_is_a_serialisation_failure(double: Double, server: DoubleServer) -> None:
    double.faults.fail_next(1, "conflict")
    with pytest.raises(xmlrpc.client.Fault, match="could not serialize access due to concurrent update"):
        ask(server)


def test_a_bad_gateway(double: Double, server: DoubleServer) -> None:
    double.faults.fail_next(1, "http_502")
    with pytest.raises(xmlrpc.client.ProtocolError) as caught:
        ask(server)
    assert caught.value.errcode == 502


def test_garbage(double: Double, server: DoubleServer) -> None:
    double.faults.fail_next(1, "garbage")
    request = urllib.request.Request(f"{server.url}/jsonrpc", json.dumps(jsonrpc("search_count", [])).encode())
    with urllib.request.urlopen(request) as response:
        body = response.read()
    with pytest.raises(ValueError, match=r"invalid|decode|Expecting"):
        json.loads(body)


def jsonrpc(method: str, *args: Any) -> dict[str, Any]:
    call = ["shop", 2, "admin", "product.template", method, list(args)]
    return {"jsonrpc": "2.0", "id": 1, "params": {"service": "object", "method": "execute_kw", "args": call}}


def test_dropped_before_and_after(double: Double, server: DoubleServer) -> None:
    double.faults.drop_next(1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        post(server, jsonrpc("write", [1], {"list_price": 1.0}))
    assert ask(server, "read", [1], ["list_price"])[0]["list_price"] == 10.0
    double.faults.drop_after_next(1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        post(server, jsonrpc("write", [1], {"list_price": 1.0}))
    assert ask(server, "read", [1], ["list_price"])[0]["list_price"] == 1.0


def test_killed_in_the_middle(double: Double, server: DoubleServer) -> None:
    double.faults.kill_next(1)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        post(server, jsonrpc("write", [1], {"list_price": 1.0}))
    assert double.calls[-1].method == "write"  # it had begun
    assert ask(server, "read", [1], ["list_price"])[0]["list_price"] == 10.0


def test_committed_and_never_answered(double: Double, server: DoubleServer) -> None:
    double.faults.mute_after_next(1)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.3)
    connection.request("POST", "/jsonrpc", json.dumps(jsonrpc("write", [1], {"list_price": 1.0})))
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    assert ask(server, "read", [1], ["list_price"])[0]["list_price"] == 1.0
    double.faults.clear()


def test_a_conflict_in_an_import_is_a_message(double: Double, server: DoubleServer) -> None:
    double.faults.fail_next(1, "conflict")
    answer = ask(server, "load", ["id", "name"], [["m.x", "X"]])
    assert answer["ids"] is False
    assert answer["messages"][0]["message"] == "could not serialize access due to concurrent update\n"
    assert ask(server, "load", ["id", "name"], [["m.x", "X"]])["messages"] == []


def post(server: DoubleServer, body: Any, path: str = "/jsonrpc") -> Any:
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return json.loads(response.read())
    except urllib.error.URLError as error:
        if isinstance(error.reason, OSError):
            raise error.reason from None
        raise


def test_down_and_up_again_on_the_same_port(double: Double, server: DoubleServer) -> None:
    url = server.url
    double.faults.down = True
    with pytest.raises(ConnectionRefusedError):
        ask(server)
    double.faults.down = False
    assert server.url == url
    assert ask(server) == 4


def test_stop_closes_kept_connections(double: Double, server: DoubleServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request("POST", "/jsonrpc", json.dumps(jsonrpc("search_count", [])))
    assert json.loads(connection.getresponse().read())["result"] == 4
    server.stop()
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):  # noqa: PT012 - either may notice
        connection.request("POST", "/jsonrpc", json.dumps(jsonrpc("search_count", [])))
        connection.getresponse()
    connection.close()
    server.start()
    assert ask(server) == 4


def test_hanging_until_cleared(double: Double, server: DoubleServer) -> None:
    double.faults.hang = True
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=0.2)
    connection.request("POST", "/jsonrpc", json.dumps(jsonrpc("search_count", [])))
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    double.faults.clear()
    assert ask(server) == 4


def test_faults_over_http(double: Double, server: DoubleServer) -> None:
    state = post(server, {"latency": 0.01, "fail_next": [1, "access"], "drop_next": 0}, "/double/faults")
    assert (state["latency"], state["fail_next"]) == (0.01, ["access"])
    with pytest.raises(xmlrpc.client.Fault, match="on purpose"):
        ask(server)
    assert post(server, {"clear": True}, "/double/faults")["latency"] == 0.0
    with pytest.raises(urllib.error.HTTPError, match="400"):
        post(server, {"nonsense": 1}, "/double/faults")
    assert double.faults.latency == 0.0


def test_down_over_http(double: Double, server: DoubleServer) -> None:
    assert post(server, {"down": True}, "/double/faults")["down"] is True
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            ask(server)
        except ConnectionRefusedError:
            break
        except OSError:
            pass
        time.sleep(0.02)
    else:
        pytest.fail("the socket never closed")
    double.faults.down = False
    assert ask(server) == 4


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown kind"):
        Faults().fail_next(1, "nonsense")  # type: ignore[arg-type]
