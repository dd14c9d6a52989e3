"""Messages to customers, as somebody of the shop writes them in a contact's history (``mail.thread.message_post``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from adapters.reads.base import Reads
from adapters.records.notices import Notice

#: An internal note: who follows the contact, such as who sells to them, is not mailed; whom it is addressed to is.
_SUBTYPE: Final = "mail.mt_note"
#: Else whoever writes follows the contact from then on, and is mailed all that others write there.
_QUIET: Final = {"mail_create_nosubscribe": True}


class NoticeWrites(Reads):
    """Posts messages. A message is known by its ``Message-Id``, which is given with it."""

    #: this version's parameters of ``message_post``, by what they are to us; and what else it has to be told
    notice_names: ClassVar[Mapping[str, str]]
    notice_extra: ClassVar[Mapping[str, Any]] = {}

    async def posted_notices(self, notice_ids: Sequence[str]) -> frozenset[str]:
        if not notice_ids:
            return frozenset()
        rows = await self.reader.read("message", [["message_id", "in", sorted(set(notice_ids))]], only=("message_id",))
        return frozenset(str(row["message_id"]) for row in rows)

    async def post_notice(self, notice: Notice) -> None:
        values = {
            "html": notice.html,
            "subject": notice.subject,
            "kind": "comment",
            "subtype": _SUBTYPE,
            "to": [notice.partner_id],
            "id": notice.id,
        }
        arguments = {self.notice_names[name]: value for name, value in values.items()}
        await self.transport.call(
            self.reader.source("contact").model,
            "message_post",
            [notice.partner_id],
            {**arguments, **self.notice_extra},
            context={**_QUIET, **({"lang": notice.lang} if notice.lang else {})},
        )
