"""Which messages travel together: few submissions, and a number at most once in each."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from .client import MOST_IN_BATCH
from .fields import MOST_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator
    from datetime import datetime

    from .ledger import Draft

    Group = list[Draft]

MOST_BYTES = 131_072  # of recipients, signatures and values: a third of a row's 400 KB; percent-encoded, 400 KB at most
ID_BYTES = 40  # of a message's id and its count in the submission's row
NUMBER_BYTES = 16


def merge(drafts: Iterable[Draft], until: datetime) -> list[Group]:
    """The messages in the groups in which they are submitted, each for one call: the urgent ones first.

    Alone go urgent messages and those that may expire before `until`. Messages that are alike but for their recipients
    make a SendSms; where they would not fill a SendBatchSms, they make one with others of their template.
    """
    alone, together = [], []
    for draft in drafts:
        expires_at = draft.message.expires_at
        if draft.message.urgent or (expires_at is not None and expires_at <= until):
            alone.append(draft)
        else:
            together.append(draft)
    alone.sort(key=lambda draft: not draft.message.urgent)
    urgent = sum(draft.message.urgent for draft in alone)
    return [[draft] for draft in alone[:urgent]] + _merged(together) + [[draft] for draft in alone[urgent:]]


def _merged(drafts: list[Draft]) -> list[Group]:
    """Large groups of messages that are alike, then batches of what is left of each template."""
    large: list[Group] = []
    left: list[Draft] = []
    for alike in _by(drafts, lambda draft: (draft.message.template_code, *draft.message.content)):
        for group in _packed(alike, MOST_NUMBERS, _bytes):
            if _numbers(group) >= MOST_IN_BATCH:
                large.append(group)
            else:
                left += group
    batches = (_packed(alike, MOST_IN_BATCH, _bytes_in_batch) for alike in _by(left, _batch))
    return large + [group for groups in batches for group in groups]


def _batch(draft: Draft) -> Hashable:
    """What messages of one SendBatchSms have in common: its lists of values and extend codes are whole or not there."""
    message = draft.message
    return message.template_code, message.template_param is None, message.sms_up_extend_code is None


def _by(drafts: Iterable[Draft], key: Callable[[Draft], Hashable]) -> list[Group]:
    groups: dict[Hashable, Group] = defaultdict(list)
    for draft in drafts:
        groups[key(draft)].append(draft)
    return list(groups.values())


def _packed(drafts: Group, most: int, size: Callable[[Draft], int]) -> Iterator[Group]:
    """Groups of up to so many numbers, none of them twice in one group."""
    layers: dict[int, Group] = defaultdict(list)
    times: Counter[str] = Counter()  # that a number was met
    for draft in drafts:
        numbers = draft.message.phone_numbers
        layer = max(times[number] for number in numbers)
        layers[layer].append(draft)
        for number in numbers:
            times[number] = layer + 1
    for group in layers.values():
        yield from _filled(group, most, size)


def _filled(drafts: Group, most: int, size: Callable[[Draft], int]) -> Iterator[Group]:
    group: Group = []
    numbers = total = 0
    for draft in drafts:
        count, more = len(draft.message.phone_numbers), size(draft)
        if group and (numbers + count > most or total + more > MOST_BYTES):
            yield group
            group, numbers, total = [], 0, 0
        group.append(draft)
        numbers, total = numbers + count, total + more
    if group:
        yield group


def _numbers(group: Group) -> int:
    return sum(len(draft.message.phone_numbers) for draft in group)


def _bytes(draft: Draft) -> int:
    """Of a message that shares its content with the others."""
    return ID_BYTES + NUMBER_BYTES * len(draft.message.phone_numbers)


def _bytes_in_batch(draft: Draft) -> int:
    """Of a message whose content is repeated for each of its numbers."""
    values = "".join(value for value in draft.message.content if value)
    return _bytes(draft) + len(draft.message.phone_numbers) * len(values.encode())
