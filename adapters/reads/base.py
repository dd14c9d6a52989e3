"""What every part of the read side stands on."""

from __future__ import annotations

from typing import Any, ClassVar

from adapters.base import OdooAdapter
from adapters.reader import SourceReader
from adapters.rpc.base import Credentials, Transport
from adapters.source import Profile
from adapters.together import Together


class Reads(OdooAdapter):
    """An adapter over one transport and one version's profile."""

    profile: ClassVar[Profile]

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        self.transport = transport
        self.credentials = credentials
        self.reader = SourceReader(transport, self.profile)

    def offers(self, name: str) -> bool:
        """Does this version know the source, and this Odoo have it?"""
        return name in self.profile.sources and self.reader.has(name)

    @staticmethod
    async def gather(*calls: Any) -> Any:
        """Await calls side by side; the first failure cancels the others."""
        async with Together() as group:
            tasks = [group.create_task(call) for call in calls]
        return [task.result() for task in tasks]
