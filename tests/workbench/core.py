"""The core as start.py puts it together, over whatever stands in for its surroundings."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.ledger.ledger import Ledger
from aliyun_sms.message.message import Defaults
from aliyun_sms.message.reach import EVERYBODY
from aliyun_sms.result import Results
from aliyun_sms.sending.sender import Sender
from aliyun_sms.sending.submitter import Submitter
from aliyun_sms.settling.due import Settling
from aliyun_sms.settling.settler import Policy, Settler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from aliyun_sms.provider.client import SmsClient
    from aliyun_sms.provider.credentials import CredentialsSource
    from aliyun_sms.settling.outcomes import Handover
    from aliyun_sms.threads import Each


class Kinds(NamedTuple):
    """What the core is made of; tests put in what is broken on purpose."""

    ledger: type[Ledger] = Ledger
    submitter: type[Submitter] = Submitter
    settler: type[Settler] = Settler
    settling: type[Settling] = Settling


ALL_WHOLE = Kinds()


class Surroundings(NamedTuple):
    """What the core is put between: the provider behind a client, people and queues, and time."""

    client: SmsClient
    credentials: CredentialsSource
    handover: Handover
    clock: Callable[[], datetime]
    pause: Callable[[float], Any]


@dataclass(frozen=True, slots=True)
class Core:
    """The core, each part once."""

    ledger: Ledger
    submitter: Submitter
    sender: Sender
    settling: Settling


def build_sender(
    ledger: Ledger, around: Surroundings, kinds: Kinds = ALL_WHOLE, *, looks_up_refusals: bool = False
) -> tuple[Submitter, Sender]:
    """A sender over a ledger, and what makes its calls."""
    submitter = kinds.submitter(
        around.client,
        around.credentials,
        ledger,
        Results(around.clock),
        clock=around.clock,
        pause=around.pause,
        looks_up_refusals=looks_up_refusals,
    )
    return submitter, Sender(submitter, ledger, defaults=Defaults(), reach=EVERYBODY, clock=around.clock)


def build_settling(
    ledger: Ledger, submitter: Submitter, around: Surroundings, policy: Policy, kinds: Kinds = ALL_WHOLE
) -> Settling:
    """What settles, without threads."""
    settler = kinds.settler(ledger, submitter, around.handover, policy, clock=around.clock, each=one_by_one)
    sender = Sender(submitter, ledger, defaults=Defaults(), reach=EVERYBODY, clock=around.clock)
    return kinds.settling(ledger, settler, sender, around.handover, clock=around.clock, each=one_by_one)


def build_core(
    ledger: Ledger,
    around: Surroundings,
    policy: Policy,
    kinds: Kinds = ALL_WHOLE,
    *,
    looks_up_refusals: bool = False,
) -> Core:
    """Everything behind the doors, without threads."""
    submitter, sender = build_sender(ledger, around, kinds, looks_up_refusals=looks_up_refusals)
    return Core(ledger, submitter, sender, build_settling(ledger, submitter, around, policy, kinds))


def one_by_one(action: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
    """As in_threads, without the threads."""
    return [action(item) for item in items]


def no_threads(most: int) -> AbstractContextManager[Each]:  # noqa: ARG001 - as threads
    """As threads, without them."""
    return nullcontext(one_by_one)
