"""How much each caller of the API may send in a day: as the policy says of it, or else the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cli import versioned_row
from cli.documents import members_of
from cli.limits import Count, limit
from cli.masking import scrubbed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.place import Place
    from cli.usage import Usage

OTHERS = "others"  # who share a count, and may each have another limit
IAM = "iam:"


class CallerCount(NamedTuple):
    """A caller's count, and in `by_arn` limits of rules of which an id does not show whether they are for it."""

    caller: str
    counted: Count
    by_arn: tuple[int, ...] = ()

    def document(self) -> dict[str, Any]:
        """As it is told to a script."""
        return {"caller": self.caller, **self.counted.document(), "limits_by_arn": list(self.by_arn)}

    def __str__(self) -> str:
        """As it is told to a person."""
        others = f"; or of {' or '.join(map(str, self.by_arn))} by its ARN" if self.by_arn else ""
        return f"{self.counted}{others}"


def of_callers(place: Place, usage: Usage) -> list[CallerCount]:
    """What each caller of the API has sent, the largest first."""
    if not usage.callers:
        return []
    text = versioned_row.read(place, "MessagesTable", "policy").text
    rules = members_of(text, "policy").get("callers", [])
    stack = limit(place, "DailyRecipientLimitPerCaller")
    return [_count(name, recipients, rules, stack) for name, recipients in usage.callers.items()]


def _count(name: str, recipients: int, rules: Sequence[dict[str, Any]], stack: int | None) -> CallerCount:
    """By the first rule that is for it, as the request door goes through them."""
    by_arn: list[int] = []
    own = stack
    for rule in rules if name != OTHERS else ():
        its_limit = rule.get("daily_recipients", stack)
        if _is_for(name, rule["principals"]):
            own = its_limit
            break
        if its_limit and any(principal.startswith("arn:") for principal in rule["principals"]):
            by_arn.append(its_limit)
    return CallerCount(scrubbed(name), Count(recipients, own), tuple(dict.fromkeys(by_arn)))


def _is_for(name: str, principals: Sequence[str]) -> bool:
    """Whether a rule names a caller by what the count has of it."""
    everybody = {"*", "jwt:*"} if name.startswith("jwt:") else {"*"}
    return not {*everybody, name.removeprefix(IAM)}.isdisjoint(principals)
