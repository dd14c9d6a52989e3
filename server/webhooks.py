"""Odoo, or a program beside it, says what changed: so nobody has to wait until it is asked."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from cache.inbox import Inbox
from server.answers import refusal
from server.bodies import BodyError, ClientGoneError, read_body

log = structlog.get_logger(__name__)

#: Seconds by which the clocks of both sides may differ.
TOLERANCE: Final = 300.0
#: Seconds that the body may take to arrive.
_PATIENCE: Final = 5.0

_Id = Annotated[int, msgspec.Meta(gt=0, lt=2**31)]
_Model = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_.]*$", max_length=128)]


class Changed(msgspec.Struct, frozen=True):
    """Records of a model of Odoo that were made, written or deleted."""

    model: _Model
    ids: Annotated[tuple[_Id, ...], msgspec.Meta(min_length=1)]


class OdooSays(msgspec.Struct, frozen=True, rename={"model": "_model", "id": "_id"}):
    """What Odoo's own action "Send Webhook Notification" (17 and newer) posts, as far as it matters here."""

    model: _Model
    id: _Id


class RefusedError(Exception):
    """A request that is not taken."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


_changed = msgspec.json.Decoder(Changed | list[Changed])
_odoo_says = msgspec.json.Decoder(OdooSays)


class Webhooks:
    """``POST /webhooks/odoo``, signed, and ``POST /webhooks/odoo/<secret>`` as Odoo itself sends it.

    Both only put into the inbox what they are told, and answer 202: Odoo waits for the answer while it holds up
    whoever made the change.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        secret: str | None,
        path_secret: str | None,
        max_body_bytes: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._inbox = inbox
        self._secret = secret.encode() if secret else None
        self._path_secret = path_secret.encode() if path_secret else None
        self._max_body_bytes = max_body_bytes
        self._clock = clock

    async def signed(self, request: Request) -> Response:
        """A JSON object ``{"model": "product.template", "ids": [42]}``, or a list of them.

        ``X-Timestamp``: Unix seconds. ``X-Signature``: ``sha256=`` and the HMAC-SHA256, in hex, of the timestamp as
        sent, a full stop, and the body. Somebody else who sends it again while the timestamp counts makes the shop
        read again what it knows, and no more; it is not told from another change in the same second.
        """
        return await self._answered(request, self._signed)

    async def plain(self, request: Request) -> Response:
        """``{"_model": "product.template", "_id": 42, ...}``; the path holds the secret."""
        return await self._answered(request, self._plain)

    async def _answered(self, request: Request, read: Callable[[Request, bytes], list[Changed]]) -> Response:
        try:
            body = await read_body(request.scope, request.receive, limit=self._max_body_bytes, seconds=_PATIENCE)
            self._take(read(request, body))
        except ClientGoneError:
            return Response(status_code=400)
        except BodyError as error:
            log.warning("webhook.refused", code=error.code)
            return refusal(error.status, error.code, str(error), {"Connection": "close"})
        except RefusedError as error:
            log.warning("webhook.refused", code=error.code)
            return refusal(error.status, error.code, str(error), {"Retry-After": "5"} if error.status == 503 else None)
        return Response(status_code=202)

    def _take(self, changes: list[Changed]) -> None:
        for change in changes:
            if not self._inbox.put(change.model, change.ids):
                raise RefusedError(503, "TOO_MANY_CHANGES", "Too many changes are waiting.")

    def _signed(self, request: Request, body: bytes) -> list[Changed]:
        timestamp, signature = request.headers.get("x-timestamp", ""), request.headers.get("x-signature", "")
        self._judge(timestamp, signature, body)
        found = _decoded(_changed, body)
        return found if isinstance(found, list) else [found]

    def _judge(self, timestamp: str, signature: str, body: bytes) -> None:
        """Raises RefusedError when the signature does not count."""
        if self._secret is None:
            raise RefusedError(404, "NOT_FOUND", "Not Found.")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise RefusedError(401, "BAD_TIMESTAMP", "X-Timestamp must be the time in Unix seconds.")
        expected = hmac.new(self._secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature.encode(), f"sha256={expected}".encode()):
            raise RefusedError(401, "BAD_SIGNATURE", "X-Signature is not that of this timestamp and body.")
        if abs(self._clock() - int(timestamp)) > TOLERANCE:
            raise RefusedError(401, "BAD_TIMESTAMP", f"X-Timestamp is more than {TOLERANCE:.0f} seconds off.")

    def _plain(self, request: Request, body: bytes) -> list[Changed]:
        given = str(request.path_params["secret"]).encode()
        if self._path_secret is None or not hmac.compare_digest(given, self._path_secret):
            raise RefusedError(401, "BAD_SECRET", "The address does not hold the right secret.")
        found = _decoded(_odoo_says, body)
        return [Changed(found.model, (found.id,))]


def _decoded(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(400, "BAD_REQUEST", f"The body does not say what changed: {error}") from error
