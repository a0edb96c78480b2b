"""Groups: the alerts of a route that one message tells of, and the messages that are frozen until they are sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from episodes import Episode

PREFIX = "group#"
MOST_MEMBERS = 4000  # whose names fit into a row of 400 KB with room to spare; the recovery of others is not told
MOST_SENT = 20  # messages that are remembered, for who asks


@dataclass(frozen=True, slots=True, repr=False)
class Frozen:
    """A message as it is handed to the core, however often: text and recipient never change again."""

    kind: str
    contact: str
    at: int
    document: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Of episode, kind and contact: under it the core sends once."""
        return str(self.document["idempotency_key"])


@dataclass(frozen=True, slots=True, repr=False)
class Group:
    """What was told of a group; `contacts` are those who were told that something fires: their numbers by name.

    `members` are episodes that somebody was told of and that may still fire; `leaving` are those that the group has
    done with, until their own rows say so.
    """

    pk: str
    version: int = 0
    route: str = ""
    members: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()
    contacts: Mapping[str, str] = field(default_factory=dict)
    told_at: int = 0
    repeats: int = 0
    repeat_seconds: int | None = None
    messages: tuple[Frozen, ...] = ()
    sent: tuple[Mapping[str, Any], ...] = ()

    @property
    def due_at(self) -> int | None:
        """When it is to be looked at again: at once, while something is not finished."""
        if self.messages or self.leaving:
            return 0
        return self.told_at + self.repeat_seconds if self.members and self.repeat_seconds else None

    def lacks(self, episode: Episode) -> bool:
        """Whether nobody was told of an episode."""
        return self.route not in episode.told and episode.name not in {*self.members, *self.leaving}

    def joined(self, new: Iterable[Episode]) -> Group:
        """With episodes that somebody is told of now; what does not last leaves at once."""
        room = MOST_MEMBERS - len(self.members)
        lasting = [each.name for each in new if each.alert and each.alert.lasts]
        passing = [each.name for each in new if each.name not in lasting]
        members, others = self.members + tuple(lasting[:room]), lasting[room:]
        return replace(self, members=members, leaving=(*self.leaving, *passing, *others))

    def emptied(self) -> Group:
        """When all of it has recovered."""
        return replace(self, leaving=self.leaving + self.members, members=(), contacts={}, repeats=0)

    def finished(self, sent: Mapping[str, Mapping[str, Any]], left: Collection[str]) -> Group:
        """Without the messages that are done with, by key, and with these episodes alone still leaving."""
        kept = tuple(message for message in self.messages if message.key not in sent)
        history = (*self.sent, *sent.values())[-MOST_SENT:]
        contacts = self.contacts if self.members else {}
        return replace(self, messages=kept, sent=history, leaving=tuple(left), contacts=contacts)


def group_key(route: str, values: Sequence[str]) -> str:
    """The key of the row of a route's group with these values."""
    return PREFIX + sha256("\n".join((route, *values)).encode(errors="surrogatepass")).hexdigest()[:32]


def to_item(group: Group) -> dict[str, Any]:
    """A group as the table keeps it."""
    plain = ("pk", "version", "route", "told_at", "repeats", "repeat_seconds", "due_at")
    frozen = [{name: getattr(each, name) for name in ("kind", "contact", "at", "document")} for each in group.messages]
    lists: dict[str, Any] = {name: list(getattr(group, name)) for name in ("members", "leaving", "sent")}
    return {**{name: getattr(group, name) for name in plain}, **lists, "contacts": group.contacts, "messages": frozen}


def from_item(pk: str, route: str, item: Mapping[str, Any] | None) -> Group:
    """The group in a row; without one, that of a route that has told nothing of it."""
    if item is None:
        return Group(pk, route=route)
    plain = ("version", "route", "told_at", "repeats", "contacts")
    return Group(
        pk=pk,
        repeat_seconds=item.get("repeat_seconds"),
        messages=tuple(Frozen(**message) for message in item["messages"]),
        members=tuple(item["members"]),
        leaving=tuple(item["leaving"]),
        sent=tuple(item["sent"]),
        **{name: item[name] for name in plain},
    )
