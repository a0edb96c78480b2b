"""Groups: the alerts of a route that one message tells of, and who was told of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from frozen import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from episodes import Episode
    from frozen import Frozen

PREFIX = "group#"
MOST_MEMBERS = 2000  # of which a recovery is told; with all else of it, and 1,000 new ones, a row stays below 400 KB
MOST_SENT = 20  # messages that are remembered, for who asks
MOST_DIGITS = 6  # of a contact's name, as the schema of the routes says
LISTS = ("members", "beyond", "leaving", "elsewhere", "sent")


@dataclass(frozen=True, slots=True, repr=False)
class Group:
    """What was told of a group, and to whom: `contacts` are names by their numbers.

    `members` are episodes that somebody was told of and that may still fire; `beyond` are those that were told of when
    there was no room for more, and `leaving` those that the group has done with: both until their own rows say so.
    `elsewhere` are numbers that another group told of it before, and tells of its end.
    """

    pk: str
    version: int = 0
    route: str = ""
    members: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()
    contacts: Mapping[str, str] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    told_at: int = 0
    repeats: int = 0
    repeat_seconds: int | None = None
    messages: tuple[Frozen, ...] = ()
    sent: tuple[Mapping[str, Any], ...] = ()

    @property
    def due_at(self) -> int | None:
        """When it is to be looked at again: at once, while something is not finished."""
        if self.messages or self.leaving or self.beyond:
            return 0
        return self.told_at + self.repeat_seconds if self.members and self.repeat_seconds else None

    @property
    def known(self) -> set[str]:
        """The names of the episodes that its row tells of."""
        return {*self.members, *self.beyond, *self.leaving}

    @property
    def numbers(self) -> set[str]:
        """Who was told of it, here or elsewhere, or is about to be."""
        return {*self.contacts, *self.elsewhere, *(message.number for message in self.messages)}

    def lacks(self, episode: Episode) -> bool:
        """Whether nobody was told of an episode."""
        return self.route not in episode.told and episode.name not in self.known

    def joined(self, new: Iterable[Episode]) -> Group:
        """With episodes that somebody is told of now; what does not last leaves at once."""
        room = max(0, MOST_MEMBERS - len(self.members))
        lasting = [each.name for each in new if each.alert and each.alert.lasts]
        passing = [each.name for each in new if each.name not in lasting]
        return replace(
            self,
            members=self.members + tuple(lasting[:room]),
            beyond=self.beyond + tuple(lasting[room:]),
            leaving=self.leaving + tuple(passing),
        )

    def without_others(self, episodes: Collection[str]) -> Group:
        """Without members that are in none of these, by name: their alerts have begun other episodes."""
        members = tuple(name for name in self.members if name in episodes)
        return replace(self, members=members) if members else replace(self, members=(), contacts={}, elsewhere=())

    def emptied(self) -> Group:
        """When all of it has recovered."""
        leaving = self.leaving + self.members
        return replace(self, leaving=leaving, members=(), contacts={}, elsewhere=(), repeats=0)

    def finished(self, sent: Mapping[str, Mapping[str, Any]], marked: Collection[str]) -> Group:
        """Without the messages that are done with, by key, and the episodes whose own rows were marked."""
        done = [sent[message.key] for message in self.messages if message.key in sent]
        return replace(
            self,
            messages=tuple(message for message in self.messages if message.key not in sent),
            sent=(*self.sent, *done)[-MOST_SENT:],
            beyond=tuple(name for name in self.beyond if name not in marked),
            leaving=tuple(name for name in self.leaving if name not in marked),
            contacts=self.contacts if self.members else {},
        )


def group_key(route: str, values: Sequence[str]) -> str:
    """The key of the row of a route's group with these values."""
    return PREFIX + sha256("\n".join((route, *values)).encode(errors="surrogatepass")).hexdigest()[:32]


def to_item(group: Group) -> dict[str, Any]:
    """A group as the table keeps it."""
    plain = ("pk", "version", "route", "contacts", "told_at", "repeats", "repeat_seconds", "due_at")
    lists: dict[str, Any] = {name: list(getattr(group, name)) for name in LISTS}
    return {**{name: getattr(group, name) for name in plain}, **lists, "messages": pack(group.messages)}


def from_item(pk: str, route: str, item: Mapping[str, Any] | None) -> Group:
    """The group in a row; without one, that of a route that has told nothing of it."""
    if item is None:
        return Group(pk, route=route)
    known: dict[str, Any] = {name: item[name] for name in ("version", "route", "told_at", "repeats")}
    known |= {name: tuple(item.get(name, ())) for name in LISTS}
    known["contacts"] = dict(map(_by_number, item["contacts"].items()))
    return Group(pk=pk, repeat_seconds=item.get("repeat_seconds"), messages=unpack(item["messages"]), **known)


def _by_number(contact: tuple[str, str]) -> tuple[str, str]:
    """In the order of today; rows were written by name before, and names have six digits at most."""
    return contact if sum(map(str.isdecimal, contact[0])) > MOST_DIGITS else (contact[1], contact[0])
