"""An alert, the same whatever its source."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["firing", "resolved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What fires, or has recovered. Its annotations may hold anything, so no repr shows them.

    Labels say what it is, `severity` among them where the source has one, and never change while it lasts; annotations
    say it to a person: `summary`, `description`, `value` where there is one. What recurs has the same `identity`; what
    just happened, such as a text, does not last: it never recovers. `group` is what the source itself put into one
    notification, which is not grouped again. Times are in UTC.
    """

    source: str  # cloudwatch, alertmanager, grafana, sns, or the source of an EventBridge event
    name: str
    state: State
    observed_at: datetime
    identity: str = field(repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    annotations: Mapping[str, str] = field(default_factory=dict, repr=False)
    starts_at: datetime | None = None
    group: str | None = field(default=None, repr=False)
    lasts: bool = True
    anew: bool = False  # its source says that it had recovered before, whether that came here or not

    @property
    def fires(self) -> bool:
        """Whether it has not recovered."""
        return self.state == "firing"

    def document(self) -> dict[str, Any]:
        """The alert as JSON, to be kept."""
        return {
            "source": self.source,
            "name": self.name,
            "state": self.state,
            "observed_at": self.observed_at.isoformat(),
            "identity": self.identity,
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "starts_at": self.starts_at and self.starts_at.isoformat(),
            "group": self.group,
            "lasts": self.lasts,
            "anew": self.anew,
        }


def restored(document: Mapping[str, Any]) -> Alert:
    """The alert that was kept as this document."""
    starts_at = document["starts_at"]
    times = {
        "observed_at": datetime.fromisoformat(document["observed_at"]),
        "starts_at": starts_at and datetime.fromisoformat(starts_at),
    }
    return Alert(**{**document, **times})
