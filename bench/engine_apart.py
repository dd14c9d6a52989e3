"""The search engine as if it ran on other cores: what it answered is told again, after the time that it took.

    python -m bench.engine_apart     reads where the engine is from a line of standard input, as JSON

It stands before the engine, and hands everything on. What it was asked in one call at a time it remembers, and from the
POST of ``/bench/again`` on answers by itself, with no more processor time than telling takes. Questions that it does
not know are handed on still, and counted at ``/bench/counters`` as ``unknown``. It prints the port it listens on.
"""

from __future__ import annotations

import asyncio
import ssl
import time

import aiohttp
import msgspec
from aiohttp import web

from bench.child import first_line

_NDJSON = {"Content-Type": "application/x-ndjson"}


class Told(msgspec.Struct):
    """An answer, and after how many seconds it was there. Of several questions in one call each has the time of all."""

    answer: msgspec.Raw
    seconds: float


class _Answers(msgspec.Struct):
    responses: list[msgspec.Raw]


class EngineApart:
    """``/_msearch`` is remembered by question; the rest is handed on."""

    def __init__(self, url: str, client: aiohttp.ClientSession) -> None:
        self._url = url
        self._client = client
        self._told: dict[bytes, Told] = {}
        self._again = False
        self._unknown = 0

    async def again(self, _: web.Request) -> web.Response:
        """From now on what is known is told again."""
        self._again = True
        return web.json_response(len(self._told))

    async def counters(self, _: web.Request) -> web.Response:
        """So many calls since then had a question that was not known."""
        return web.json_response({"unknown": self._unknown})

    async def msearch(self, request: web.Request) -> web.Response:
        body = await request.read()
        lines = body.split(b"\n")
        questions = [b"\n".join(lines[at : at + 2]) for at in range(0, len(lines) - 1, 2)]
        if self._again:
            known = [told for one in questions if (told := self._told.get(one)) is not None]
            if len(known) == len(questions):
                await asyncio.sleep(max(told.seconds for told in known))
                return web.Response(
                    body=b'{"took":1,"responses":[' + b",".join(bytes(told.answer) for told in known) + b"]}",
                    content_type="application/json",
                )
            self._unknown += 1
        began = time.perf_counter()
        async with self._client.post(f"{self._url}/_msearch", data=body, headers=_NDJSON) as found:
            answer, status = await found.read(), found.status
        seconds = time.perf_counter() - began
        if not self._again and status == web.HTTPOk.status_code:
            responses = msgspec.json.decode(answer, type=_Answers).responses
            for one, response in zip(questions, responses, strict=True):
                if b'"error"' not in bytes(response):
                    self._told[one] = Told(response.copy(), seconds)
        return web.Response(body=answer, status=status, content_type="application/json")

    async def other(self, request: web.Request) -> web.Response:
        headers = {"Content-Type": request.content_type} if request.can_read_body else {}
        async with self._client.request(
            request.method, self._url + request.path_qs, data=await request.read(), headers=headers
        ) as found:
            return web.Response(body=await found.read(), status=found.status, content_type=found.content_type)


async def _serve(told: dict[str, str]) -> None:
    context = ssl.create_default_context(cafile=told.get("OPENSEARCH_CA")) if told.get("OPENSEARCH_CA") else True
    login = aiohttp.encode_basic_auth(told["OPENSEARCH_ADMIN"], told["OPENSEARCH_PASSWORD"])
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context), headers={"Authorization": login}
    ) as client:
        apart = EngineApart(told["OPENSEARCH_URL"], client)
        app = web.Application(client_max_size=2**26)
        app.add_routes(
            [
                web.post("/bench/again", apart.again),
                web.get("/bench/counters", apart.counters),
                web.post("/_msearch", apart.msearch),
                web.route("*", "/{path:.*}", apart.other),
            ]
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


def main() -> None:
    asyncio.run(_serve(msgspec.json.decode(first_line(), type=dict[str, str])))


if __name__ == "__main__":
    main()
