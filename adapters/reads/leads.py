"""Leads, as far as they are looked at."""

from __future__ import annotations

from typing import ClassVar

from adapters.reads.base import Reads


class LeadReads(Reads):
    """What a version knows of leads."""

    #: is a lead's description HTML?
    html_leads: ClassVar[bool] = False

    def takes_leads(self) -> bool:
        """Is crm installed, and open to the service user?"""
        return self.offers("lead")
