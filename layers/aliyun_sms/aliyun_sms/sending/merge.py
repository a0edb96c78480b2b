"""Which messages travel together: few submissions, and a number at most once in each."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from aliyun_sms.message.reach import MOST_NUMBERS
from aliyun_sms.provider.client import MOST_IN_BATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator
    from datetime import datetime

    from aliyun_sms.message.incoming import IncomingMessage

    Group = list[IncomingMessage]

MOST_BYTES = 131_072  # of recipients, signatures and values: a third of a row's 400 KB; percent-encoded, 400 KB at most
ID_BYTES = 40  # of a message's id and its count in the submission's row
NUMBER_BYTES = 16


def merge(messages: Iterable[IncomingMessage], until: datetime) -> list[Group]:
    """The messages in the groups in which they are submitted, each for one call.

    The urgent ones come first, what else is alone comes last. Alone go urgent messages and those that may expire before
    `until`. Messages that are alike but for their recipients make a SendSms; where they would not fill a SendBatchSms,
    they make one with others of their template.
    """
    alone, together = [], []
    for incoming in messages:
        expires_at = incoming.message.expires_at
        if incoming.message.urgent or (expires_at is not None and expires_at <= until):
            alone.append(incoming)
        else:
            together.append(incoming)
    alone.sort(key=lambda incoming: not incoming.message.urgent)
    urgent = sum(incoming.message.urgent for incoming in alone)
    merged = sorted(_merged(together), key=lambda group: len(group) == 1)
    return [[incoming] for incoming in alone[:urgent]] + merged + [[incoming] for incoming in alone[urgent:]]


def _merged(messages: list[IncomingMessage]) -> list[Group]:
    """Large groups of messages that are alike, then batches of what is left of each template."""
    large: list[Group] = []
    left: list[IncomingMessage] = []
    for alike in _by(messages, lambda incoming: (incoming.message.template_code, *incoming.message.content)):
        for group in _packed(alike, MOST_NUMBERS, _bytes):
            if _numbers(group) >= MOST_IN_BATCH:
                large.append(group)
            else:
                left += group
    batches = (_packed(alike, MOST_IN_BATCH, _bytes_in_batch) for alike in _by(left, _batch))
    return large + [group for groups in batches for group in groups]


def _batch(incoming: IncomingMessage) -> Hashable:
    """What messages of one SendBatchSms have in common: its lists of values and extend codes are whole or not there."""
    message = incoming.message
    return message.template_code, message.template_param is None, message.sms_up_extend_code is None


def _by(messages: Iterable[IncomingMessage], key: Callable[[IncomingMessage], Hashable]) -> list[Group]:
    groups: dict[Hashable, Group] = defaultdict(list)
    for incoming in messages:
        groups[key(incoming)].append(incoming)
    return list(groups.values())


def _packed(messages: Group, most: int, size: Callable[[IncomingMessage], int]) -> Iterator[Group]:
    """Groups of up to so many numbers, none of them twice in one group."""
    layers: dict[int, Group] = defaultdict(list)
    times: Counter[str] = Counter()  # that a number was met
    for incoming in messages:
        numbers = incoming.message.phone_numbers
        layer = max(times[number] for number in numbers)
        layers[layer].append(incoming)
        for number in numbers:
            times[number] = layer + 1
    for group in layers.values():
        yield from _filled(group, most, size)


def _filled(messages: Group, most: int, size: Callable[[IncomingMessage], int]) -> Iterator[Group]:
    group: Group = []
    numbers = total = 0
    for incoming in messages:
        count, more = len(incoming.message.phone_numbers), size(incoming)
        if group and (numbers + count > most or total + more > MOST_BYTES):
            yield group
            group, numbers, total = [], 0, 0
        group.append(incoming)
        numbers, total = numbers + count, total + more
    if group:
        yield group


def _numbers(group: Group) -> int:
    return sum(len(incoming.message.phone_numbers) for incoming in group)


def _bytes(incoming: IncomingMessage) -> int:
    """Of a message that shares its content with the others."""
    return ID_BYTES + NUMBER_BYTES * len(incoming.message.phone_numbers)


def _bytes_in_batch(incoming: IncomingMessage) -> int:
    """Of a message whose content is repeated for each of its numbers."""
    values = "".join(value for value in incoming.message.content if value)
    return _bytes(incoming) + len(incoming.message.phone_numbers) * len(values.encode())
