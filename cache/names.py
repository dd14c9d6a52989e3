"""What the keys and channels of a namespace are called in Redis."""

from __future__ import annotations

from uuid import uuid4


class Names:
    """All names carry the same hash tag: in a cluster they live on one node."""

    def __init__(self, namespace: str) -> None:
        if not namespace or set(namespace) & set("{}\n"):
            raise ValueError(f"not a namespace: {namespace!r}")
        prefix = f"{{{namespace}}}:"
        self.state = prefix + "state"
        self.marks = prefix + "marks"
        self.tags = prefix + "tags"
        self.listeners = prefix + "listeners"
        self.channel = prefix + "said"
        self.entry_prefix = prefix + "e:"
        self.tag_prefix = prefix + "t:"
        self.lease_prefix = prefix + "l:"
        self.value_prefix = prefix + "v:"
        self._own_prefix = prefix + "to:"

    def entry(self, key: str) -> str:
        return self.entry_prefix + key

    def lease(self, key: str) -> str:
        return self.lease_prefix + key

    def value(self, key: str) -> str:
        return self.value_prefix + key

    def own_channel(self, process: str) -> str:
        """The channel that only this process listens to."""
        return self._own_prefix + process


def new_epoch() -> str:
    """A name for an epoch that no other has: 16 characters."""
    return uuid4().hex[:16]
