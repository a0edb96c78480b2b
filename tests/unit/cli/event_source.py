"""An event source mapping of Lambda, which takes its time."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

UUID = "14e0db71-5d35-4eb5-b481-8945cf9d10c2"


class InUse(ClientError):  # type: ignore[misc]  # botocore has no types
    """Lambda changes it at the moment, for somebody else."""


@dataclass
class Lambda:
    """The service, with one mapping."""

    state: str = "Enabled"
    looks: int = 1  # at the mapping on its way, until it has come there
    in_use: int = 0  # changes that are refused, until one is not
    denied: bool = False
    meanwhile: Callable[[], object] | None = None  # what others do while it is changed for the first time
    exceptions: Any = field(default_factory=lambda: SimpleNamespace(ResourceInUseException=InUse))
    _left: int = 0

    def get_event_source_mapping(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"UUID": UUID}
        if self.state in {"Enabling", "Disabling"}:
            self._left -= 1
            if self._left < 0:
                self.state = {"Enabling": "Enabled", "Disabling": "Disabled"}[self.state]
        return {"State": self.state}

    def update_event_source_mapping(self, **asked: Any) -> dict[str, Any]:
        if self.denied:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "UpdateEventSourceMapping")
        if self.in_use:
            self.in_use -= 1
            raise InUse({"Error": {"Code": "ResourceInUseException"}}, "UpdateEventSourceMapping")
        assert asked["UUID"] == UUID
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        self.state, self._left = "Enabling" if asked["Enabled"] else "Disabling", self.looks
        return {"State": self.state}
