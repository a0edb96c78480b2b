"""Episodes: what fires is one from its alarm to its recovery, whatever comes twice or out of order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from alert import restored
from routing.document import NOBODY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alert import Alert

PREFIX = "episode#"
LEAST_APART = 10_000  # milliseconds between two alarms of one name: no period of CloudWatch is shorter


@dataclass(frozen=True, slots=True, repr=False)
class Episode:
    """The last episode of an identity. Without a name there was none: its recovery came first.

    It fires as long as no recovery is later than the last alarm; where it does not, `ended_at` is the recovery that
    ended it: alarms from before are late repetitions. `told` has the group by whose message a route told somebody of
    it, `known_to` their numbers, `over` the routes for which it is done with. Times are in seconds since 1970, those
    that a source gives in milliseconds.
    """

    pk: str
    version: int = 0
    name: str = ""
    alert: Alert | None = None
    fired_at: int = 0
    recovered_at: int = 0
    ended_at: int = 0
    seen_at: int = 0
    told: Mapping[str, str] = field(default_factory=dict)
    known_to: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()
    due_at: int | None = None

    @property
    def fires(self) -> bool:
        """Whether it goes on."""
        return self.alert is not None and self.alert.lasts and self.fired_at > self.recovered_at

    def after(self, alert: Alert, now: int) -> Episode:
        """The episode when an alarm or a recovery has come in; itself, if it says nothing new."""
        at = round(alert.observed_at.timestamp() * 1000)
        return self.after_alarm(alert, at, now) if alert.fires else self.after_recovery(at, now)

    def after_alarm(self, alert: Alert, at: int, now: int) -> Episode:
        """The same for an alarm."""
        if at <= max(self.fired_at, self.ended_at):
            return self
        ended_at = self.recovered_at if at <= self.recovered_at else 0
        fired = replace(self, fired_at=at, alert=alert, ended_at=ended_at)
        lost = alert.anew and at - self.fired_at >= LEAST_APART  # the recovery that its source knows of
        return fired.due(now) if fired.goes_on and not lost else fired.begun(now)

    def after_recovery(self, at: int, now: int) -> Episode:
        """The same for a recovery."""
        if at <= self.recovered_at:
            return self
        recovered = replace(self, recovered_at=at)
        if self.fires and not recovered.fires:
            recovered = replace(recovered, ended_at=at)
        return recovered.due(now)

    @property
    def goes_on(self) -> bool:
        """Whether an alarm is a repetition: it began, and nobody was told of an end."""
        return bool(self.name) and not self.over

    def begun(self, now: int) -> Episode:
        """The next episode of this identity, of which nobody knows."""
        name = f"{self.pk.removeprefix(PREFIX)}-{self.fired_at}"
        return replace(self, name=name, seen_at=now, told={}, known_to=frozenset(), over=frozenset(), due_at=now)

    def due(self, now: int) -> Episode:
        """The same, to be looked at if somebody was told of it who should hear that it is over."""
        ends = self.name and not self.fires and set(self.told) - self.over
        return replace(self, due_at=now) if ends else self

    def done(self) -> Episode:
        """The same, when nothing is to be told of it; by nobody, where no route wants it told."""
        if self.told:
            return replace(self, due_at=None)
        return replace(self, due_at=None, told={NOBODY: ""}, over=frozenset({NOBODY}))


def episode_key(identity: str) -> str:
    """The key of the row of an identity."""
    return PREFIX + sha256(identity.encode(errors="surrogatepass")).hexdigest()[:32]


def key_of(name: str) -> str:
    """The key of the row of the episode with this name."""
    return PREFIX + name.partition("-")[0]


def to_item(episode: Episode) -> dict[str, Any]:
    """An episode as the table keeps it."""
    return {
        "pk": episode.pk,
        "version": episode.version,
        "name": episode.name,
        "alert": episode.alert and episode.alert.document(),
        "fired_at": episode.fired_at,
        "recovered_at": episode.recovered_at,
        "ended_at": episode.ended_at,
        "seen_at": episode.seen_at,
        "told": dict(episode.told),
        "known_to": sorted(episode.known_to),
        "over": sorted(episode.over),
        "due_at": episode.due_at,
    }


def from_item(pk: str, item: Mapping[str, Any] | None) -> Episode:
    """The episode in a row; without one, that of an identity of which nothing is known."""
    if item is None:
        return Episode(pk)
    alert = item.get("alert")
    known = {
        name: item[name] for name in ("version", "name", "fired_at", "recovered_at", "ended_at", "seen_at", "told")
    }
    return Episode(
        pk=pk,
        alert=restored(alert) if alert else None,
        known_to=frozenset(item.get("known_to", ())),
        over=frozenset(item["over"]),
        due_at=item.get("due_at"),
        **known,
    )
