"""Asks the provider from where the functions stand, for a person: what it has sent, and whether it takes the key.

It says of a policy what is wrong with it, too, by the code that holds messages to it. It never sends. It has no
trigger: only who may invoke it by its name reaches it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from aliyun_sms.errors import CodedError, Fault, InvalidMessage, InvalidPolicy, NoCredentials, NotSent
from aliyun_sms.message.phone_number import BadNumber, normalise
from aliyun_sms.provider.catalogue import lookup
from aliyun_sms.provider.frequency_limits import CHINA
from aliyun_sms.provider.sends import sends
from aliyun_sms.settings import read_settings
from aliyun_sms.start import build_client, build_credentials, now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from aliyun_sms.provider.answer import Review, SendDetail
    from aliyun_sms.provider.client import SmsClient

SECONDS_TO_END = 1.0  # kept back for the answer
MOST_DAYS = 5
DAY = re.compile(r"20[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])")
VERSION = re.compile(r"[A-Za-z0-9-]{32,64}")
FIELDS = {
    "sends": {"ask", "phone_number", "days"},
    "account": {"ask", "secret_version"},
    "policy": {"ask", "document"},
}
MOST_FAULTS = 100  # of a policy, that are told
ANYBODY = "13800138000"  # whose sends are asked for to see whether the key is taken; the answer is not looked at

settings = read_settings()


class Question(NamedTuple):
    """What is asked, with each field in the form that the provider takes."""

    ask: str
    phone_number: str = ""
    days: tuple[str, ...] = ()
    secret_version: str | None = None
    document: str = ""


def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Answer {"ask": "sends", "phone_number", "days": [yyyymmdd in UTC+8]}, or {"ask": "account", "secret_version"?}.

    Or {"ask": "policy", "document": its JSON text}. To the first {"code", …, "sends": [...]}, to the second {"key":
    {"code", …}, "signature", "template"}, to the third {"faults": [{"field", "reason"}]}; to what it cannot read
    {"errors": [{"field", "reason"}]}. The access key is read anew: it may just have been changed.
    """
    try:
        question = read(event)
    except InvalidMessage as invalid:
        return {"errors": told(invalid.faults)}
    if question.ask == "policy":
        return {"faults": told(faults_of(question.document)[:MOST_FAULTS])}
    client = build_client(settings, build_credentials(settings, question.secret_version))

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_END

    if question.ask == "sends":
        return sent(client, question, seconds_left)
    return account(client, seconds_left)


def read(event: object) -> Question:
    """The question of an event; raises InvalidMessage, with every fault."""
    if not isinstance(event, dict) or event.get("ask") not in list(FIELDS):
        raise InvalidMessage([Fault("ask", f"must be one of {', '.join(FIELDS)}")])
    ask = event["ask"]
    faults = [Fault(str(name)[:40], f"is no field of {ask}") for name in event if name not in FIELDS[ask]]
    question = READERS[ask](event, faults)
    if faults:
        raise InvalidMessage(faults)
    return question


def read_sends(event: dict[str, Any], faults: list[Fault]) -> Question:
    """Whose sends are asked for, and of which days."""
    number, days = event.get("phone_number"), event.get("days")
    if not isinstance(days, list) or not 1 <= len(days) <= MOST_DAYS or not all(map(is_day, days)):
        faults.append(Fault("days", f"must be a list of 1 to {MOST_DAYS} days as yyyymmdd"))
    try:
        number = normalise(number if isinstance(number, str) else "")
    except BadNumber as bad:
        faults.append(Fault("phone_number", str(bad)))
    return Question("sends", str(number), () if faults else tuple(days or ()))


def is_day(text: object) -> bool:
    """Whether it is a day as the provider writes it."""
    return isinstance(text, str) and bool(DAY.fullmatch(text))


def read_account(event: dict[str, Any], faults: list[Fault]) -> Question:
    """Whether the key in force is meant, or another version of the secret."""
    version = event.get("secret_version")
    if version is not None and not (isinstance(version, str) and VERSION.fullmatch(version)):
        faults.append(Fault("secret_version", "must be the id of a version of the secret"))
    return Question("account", secret_version=version)


def read_policy_text(event: dict[str, Any], faults: list[Fault]) -> Question:
    """The text of the policy that is asked about."""
    document = event.get("document")
    if not isinstance(document, str):
        faults.append(Fault("document", "must be the JSON text of a policy"))
    return Question("policy", document=str(document))


READERS = {"sends": read_sends, "account": read_account, "policy": read_policy_text}


def faults_of(document: str) -> Sequence[Fault]:
    """What is wrong with a policy; nothing where it can be put into force."""
    from aliyun_sms.policy.reading import read_policy  # noqa: PLC0415 - other questions need none of it

    try:
        read_policy(document)
    except InvalidPolicy as invalid:
        return invalid.faults
    return ()


def told(faults: Iterable[Fault]) -> list[dict[str, str]]:
    """Faults as an answer names them."""
    return [{"field": fault.field, "reason": fault.reason} for fault in faults]


def sent(client: SmsClient, question: Question, seconds_left: Callable[[], float]) -> dict[str, Any]:
    """What was sent to a number, without its text; where it could not be read to its end, why."""
    found: list[dict[str, Any]] = []
    try:
        for day in question.days:
            found += map(shown, sends(client, question.phone_number, day, seconds_left))
    except CodedError as error:
        return {**failed(error), "sends": found}
    return {**verdict("OK"), "sends": found}


def shown(send: SendDetail) -> dict[str, Any]:
    """One send, with neither its number nor its text."""
    names = ("out_id", "template_code", "send_status", "err_code", "send_date", "receive_date")
    return {name: getattr(send, name) for name in names}


def account(client: SmsClient, seconds_left: Callable[[], float]) -> dict[str, Any]:
    """Whether the provider takes the key, and knows the stack's own signature and template; None where it has none."""
    sign_name, template_code = settings.defaults.sign_name, settings.defaults.template_code
    return {
        "key": key(client, seconds_left),
        "signature": sign_name and review(client.get_sms_sign, sign_name, seconds_left),
        "template": template_code and review(client.get_sms_template, template_code, seconds_left),
    }


def key(client: SmsClient, seconds_left: Callable[[], float]) -> dict[str, Any]:
    """Whether the access key is taken."""
    today = f"{now().astimezone(CHINA):%Y%m%d}"
    try:
        return verdict(client.query_send_details(ANYBODY, today, page_size=1, seconds_left=seconds_left()).code)
    except CodedError as error:
        return failed(error)


def review(ask: Callable[..., Review], name: str, seconds_left: Callable[[], float]) -> dict[str, Any]:
    """How far the review of a signature or template is."""
    try:
        answer = ask(name, seconds_left=seconds_left())
    except CodedError as error:
        return {"name": name, **failed(error), "state": None}
    return {"name": name, **verdict(answer.code), "state": answer.state}


def failed(error: CodedError) -> dict[str, Any]:
    """What became of a call that has no answer. The text of an answer stays here: it may hold anything."""
    found = verdict(error.code)
    if isinstance(error, NoCredentials) and lookup(error.code).category == "configuration":
        found["fault"] = "key"
    return found | {"detail": error.description if isinstance(error, NoCredentials | NotSent) else None}


def verdict(code: str) -> dict[str, Any]:
    """A code with what to do, and whether the key itself is at fault, or what its user may do."""
    entry = lookup(code)
    fault = "key" if entry.credentials else "permission" if entry.permission else None
    advice = entry.advice_zh if settings.advice_language == "zh" else entry.advice_en
    return {"code": code, "advice": advice, "fault": fault, "detail": None}
