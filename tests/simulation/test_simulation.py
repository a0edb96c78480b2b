"""One key, one send; nothing lost; nothing guessed: whatever breaks, in a few hundred worlds of chance."""

from __future__ import annotations

from functools import partial

import pytest

from tests.simulation.broken import (
    Blind,
    Careless,
    Deaf,
    Eager,
    Forgetful,
    Forgoing,
    Generous,
    Hasty,
    Hoarding,
    Orphaning,
    Racing,
    Repeating,
    Sampling,
    Silent,
    Stale,
    Trusting,
    Unclaimed,
)
from tests.simulation.run import run
from tests.workbench.core import Kinds

RUNS = range(300)
LISTS, LISTED = range(30), 200
ACCEPTED_TWICE, EXPIRED, UNTOLD = "accepted twice", "sent after it expired", "unknown and nobody told"
NOT_ACCEPTED, FOR_EVER = "accepted, it says, but was not", "stays for ever"
UNCOUNTED = "more was sent than was counted"
THOUGH_FOUND = "handed to a person, though it was found"


@pytest.mark.parametrize("seed", RUNS)
def test_whatever_breaks_every_invariant_holds(seed: int) -> None:
    assert run(seed).broken == [], f"python -m tests.simulation --runs 1 --seed {seed}"


@pytest.mark.parametrize("seed", LISTS)
def test_of_a_long_list_nothing_is_lost_and_nothing_sent_twice(seed: int) -> None:
    assert run(seed, listed=LISTED).broken == []


def test_a_list_that_is_said_to_wait_and_is_not_written_down_is_lost() -> None:
    ended = (run(seed, Kinds(ledger=Forgoing), listed=LISTED) for seed in LISTS)

    assert any(fault.endswith("lost: no row") for each in ended for fault in each.broken)


def test_a_seed_makes_the_same_run_again() -> None:
    assert [run(seed) for seed in range(20)] == [run(seed) for seed in range(20)]


def test_the_policy_to_send_again_gives_up_at_most_once_and_nothing_else() -> None:
    broken = [fault for seed in RUNS for fault in run(seed, sends_again=True).broken]

    assert {fault.partition(": ")[2] for fault in broken} == {ACCEPTED_TWICE}


@pytest.mark.parametrize(
    ("kinds", "broken"),
    [
        (Kinds(ledger=Unclaimed), ACCEPTED_TWICE),
        (Kinds(ledger=Forgetful), ACCEPTED_TWICE),
        (Kinds(submitter=Blind), ACCEPTED_TWICE),
        (Kinds(settler=Hasty), ACCEPTED_TWICE),
        (Kinds(submitter=Careless), EXPIRED),
        (Kinds(settler=Silent), UNTOLD),
        (Kinds(submitter=Trusting), ACCEPTED_TWICE),
        (Kinds(settler=Sampling), NOT_ACCEPTED),
        (Kinds(ledger=Hoarding), FOR_EVER),
        (Kinds(submitter=Stale), THOUGH_FOUND),
        (Kinds(ledger=Racing), "more than the cap of the stack"),
        (Kinds(ledger=Generous), UNCOUNTED),
        (Kinds(ledger=Repeating), UNCOUNTED),
        (Kinds(settler=Deaf), "sent while it was stopped"),
    ],
    ids=[
        "no claim",
        "lets go of rows",
        "sends again blindly",
        "takes an empty query for proof",
        "ignores expiry",
        "tells nobody",
        "takes every refusal for one of all",
        "takes one for all",
        "keeps what waited",
        "never reads the secret again",
        "counts after it has looked",
        "gives back what is unknown",
        "gives back twice",
        "sends what is stopped",
    ],
)
def test_what_is_broken_on_purpose_is_seen(kinds: Kinds, broken: str) -> None:
    ended = map(partial(run, kinds=kinds), RUNS)

    assert any(fault.endswith(broken) for each in ended for fault in each.broken)


def test_what_has_expired_and_is_not_handed_over_before_the_others_are_sent_once_more_is_seen() -> None:
    ended = (run(seed, Kinds(settler=Orphaning), sends_again=True) for seed in range(2000))  # rare, too

    assert any(fault.endswith(UNTOLD) for each in ended for fault in each.broken)


def test_a_message_put_back_before_its_key_is_released_is_lost() -> None:
    ended = (run(seed, Kinds(settling=Eager)) for seed in range(2000))  # rare: one in a hundred

    assert any(fault.endswith("lost: queued") for each in ended for fault in each.broken)
