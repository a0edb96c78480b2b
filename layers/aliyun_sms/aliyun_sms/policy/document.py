"""What a policy says: who may send what, and which values a template takes."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from aliyun_sms.errors import Fault
from aliyun_sms.message.fields import listed
from aliyun_sms.message.phone_number import normalise
from aliyun_sms.message.reach import MOST_NUMBERS, country_of
from aliyun_sms.privacy import shown

from .principals import fits
from .values import objections

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from aliyun_sms.message.message import Message
    from aliyun_sms.message.reach import Reach

ALL_COUNTRIES = "*"


class CallerRule(NamedTuple):
    """What callers may do that one of the `principals` is; where it says None, they have the stack's defaults.

    `place` is where the rule stands in its document.
    """

    place: str
    principals: Sequence[str] = ()
    sign_names: Collection[str] | None = None
    template_codes: Collection[str] | None = None
    countries: Collection[str] | None = None
    max_recipients: int | None = None
    daily_recipients: int | None = None

    def is_for(self, names: Collection[str]) -> bool:
        """Whether it is for the caller who has these names."""
        return any(fits(principal, names) for principal in self.principals)

    def reach(self, reach: Reach) -> Reach:
        """The stack's reach, but for what the rule says itself."""
        countries = reach.countries if self.countries is None else None
        most = reach.most_recipients if self.max_recipients is None else MOST_NUMBERS
        return replace(reach, countries=countries, most_recipients=most)

    def refusals(self, message: Message, numbers: object) -> list[Fault]:
        """What of a message it does not allow; `numbers` are its recipients as they were given."""
        given = listed(numbers)
        return [
            *self._unnamed("sign_name", message.sign_name, self.sign_names),
            *self._unnamed("template_code", message.template_code, self.template_codes),
            *self._too_many(len(given) if isinstance(given, list) else 0, len(message.phone_numbers)),
            *(self._elsewhere(given) if isinstance(given, list) else ()),
        ]

    def _unnamed(self, name: str, value: str, allowed: Collection[str] | None) -> Iterator[Fault]:
        if allowed is not None and value not in allowed:
            yield Fault(name, f"is not among {self.place}.{name}s")

    def _too_many(self, given: int, recipients: int) -> Iterator[Fault]:
        if self.max_recipients is not None and given > self.max_recipients:
            most = f"at most {self.max_recipients}, which {self.place}.max_recipients sets"
            yield Fault("phone_numbers", f"has {given} numbers, {most}")
        if self.daily_recipients is not None and recipients > self.daily_recipients:
            most = f"{self.place}.daily_recipients allows {self.daily_recipients} a day"
            yield Fault("phone_numbers", f"has {recipients} numbers, and {most}")

    def _elsewhere(self, numbers: Sequence[str]) -> Iterator[Fault]:
        if self.countries is None or ALL_COUNTRIES in self.countries:
            return
        for position, number in enumerate(numbers):
            if (country := country_of(normalise(number))) not in self.countries:
                yield Fault(
                    f"phone_numbers[{position}]", f"is in {country}, which {self.place}.countries does not name"
                )


NO_RULE = CallerRule("")


class TemplateRule(NamedTuple):
    """The variables that a template takes, all of them, each with the most characters that it may have."""

    longest: Mapping[str, int]

    def faults(self, template_param: str | None) -> list[Fault]:
        """What is wrong with the values in the JSON text of an object of strings; quotes none of them."""
        values: dict[str, str] = json.loads(template_param or "{}")
        missing = [Fault(_field(name), "is missing") for name in self.longest if name not in values]
        unknown = [
            Fault(_field(shown(name)), "is no variable of the template", "template_param")
            for name in values
            if name not in self.longest
        ]
        return [*missing, *unknown, *self._bad_values(values)]

    def _bad_values(self, values: Mapping[str, str]) -> Iterator[Fault]:
        for name, longest in self.longest.items():
            value = values.get(name)
            if value == "":
                yield Fault(_field(name), "is empty, which the provider refuses")
            elif value is not None:
                if len(value) > longest:  # which is not searched: it can be very long
                    yield Fault(_field(name), f"has {len(value)} characters, at most {longest}")
                else:
                    yield from (Fault(_field(name), objection) for objection in objections(value))


class Policy(NamedTuple):
    """The rules of a stack: an empty one leaves everything to its parameters."""

    callers: Sequence[CallerRule] = ()
    templates: Mapping[str, TemplateRule] = MappingProxyType({})

    def rule_for(self, names: Collection[str]) -> CallerRule:
        """The first rule that is for the caller who has these names; without a name, as AWS's own doors have, none."""
        return next((rule for rule in self.callers if rule.is_for(names)), NO_RULE) if names else NO_RULE

    def template_faults(self, template_code: str, template_param: str | None) -> Sequence[Fault]:
        """What is wrong with the values of a template; a template that is not named takes any."""
        rule = self.templates.get(template_code)
        return rule.faults(template_param) if rule else ()


def _field(name: str) -> str:
    return f"template_param.{name}"
