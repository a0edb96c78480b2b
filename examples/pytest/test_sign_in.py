"""What people meet who sign in, whatever becomes of their SMS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aliyun_sms_stack import Sms
    from sign_in import SignIn

ANNA = "13800138000"


def code_in(text: str) -> str:
    """Find the code that a person would type."""
    [code] = re.findall(r"\d{6}", text)
    return str(code)


def test_the_code_that_arrives_signs_in(sign_in: SignIn, sms: Sms) -> None:
    told = sign_in.ask(ANNA)

    code = code_in(sms.wait_for(ANNA)["content"])
    assert told == "We have sent you a code."
    assert sign_in.prove(ANNA, code)
    assert not sign_in.prove(ANNA, code)


def test_each_time_another_code_arrives_and_the_last_one_holds(sign_in: SignIn, sms: Sms) -> None:
    for _ in range(2):
        sign_in.ask(ANNA)

    first, last = (code_in(message["content"]) for message in sms.wait_for_all(ANNA, 2))
    assert first != last
    assert sign_in.prove(ANNA, last)


def test_where_the_provider_does_not_answer_the_code_may_still_arrive_and_does_so_once(
    sign_in: SignIn, sms: Sms
) -> None:
    sms.next_send_times_out()

    assert sign_in.ask(ANNA) == "We have sent you a code. It may take a minute."

    assert sign_in.prove(ANNA, code_in(sms.wait_for(ANNA)["content"]))
    assert len(sms.inbox(ANNA)) == 1


def test_a_number_that_the_provider_refuses_is_told(sign_in: SignIn, sms: Sms) -> None:
    sms.next_send_is_refused("isv.MOBILE_NUMBER_ILLEGAL")

    assert sign_in.ask(ANNA) == "This number cannot get a code."
    assert sms.inbox(ANNA) == []


def test_what_is_no_number_is_told(sign_in: SignIn) -> None:
    assert sign_in.ask("138") == "This number cannot get a code."


def test_who_had_too_many_codes_has_to_wait(sign_in: SignIn, sms: Sms) -> None:
    sms.next_send_is_throttled()

    assert sign_in.ask(ANNA).startswith("You have had several codes.")
    assert sms.inbox(ANNA) == []


def test_a_fault_of_the_account_is_told_and_the_next_try_is_another(sign_in: SignIn, sms: Sms) -> None:
    sms.next_send_is_refused("isv.AMOUNT_NOT_ENOUGH")

    assert sign_in.ask(ANNA) == "We cannot send a code at the moment."
    assert sign_in.ask(ANNA) == "We have sent you a code."
