"""What may be reached: the countries, kinds of numbers and recipients that a door sends to, and how many at once."""

from __future__ import annotations

from dataclasses import dataclass

from .phone_number import is_mainland, with_plus

MOST_NUMBERS = 1000  # the provider's limit for one SendSms
MAINLAND = "CN"
_CODES = (  # of ISO 3166, and a few more; phonenumbers has them too, but is not imported to read a setting
    "AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY "
    "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ "
    "FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR "
    "IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH "
    "MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK "
    "PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA "
    "TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW "
)
COUNTRIES = frozenset(_CODES.split())
_MAY_BE_MOBILE = {"MOBILE", "FIXED_LINE_OR_MOBILE", "UNKNOWN"}  # kinds; North America does not tell them apart


@dataclass(frozen=True, slots=True, repr=False)
class Reach:
    """Whom a door sends to: with no `countries`, or nobody in `only`, that limits nothing.

    Countries are ISO 3166 codes, and `only` are numbers as they go over the wire.
    """

    countries: frozenset[str] | None = None
    only: frozenset[str] = frozenset()
    most_recipients: int = MOST_NUMBERS
    daily_limit: int = 0  # none; a message over it would wait for ever

    def crowding(self, count: int) -> str | None:
        """Why so many numbers are too many for one message, if they are."""
        if count <= self.most_recipients:
            over = 0 < self.daily_limit < count
            return f"has {count} numbers, and DailyRecipientLimit allows {self.daily_limit} a day" if over else None
        setting = "" if self.most_recipients == MOST_NUMBERS else ", which MaxRecipientsPerRequest sets"
        return f"has {count} numbers, at most {self.most_recipients}{setting}"

    def refusal(self, number: str) -> str | None:
        """Why a number of the wire is not sent to, if so; never quotes it."""
        country, kind = _country_and_kind(number)
        if not country.isalpha():
            return f"is under {country}, which is no country, and never sent to"
        if kind not in _MAY_BE_MOBILE:
            return f"is in {country}, but no mobile number ({kind.lower().replace('_', ' ')}), and never sent to"
        if self.countries is not None and country not in self.countries:
            return f"is in {country}, which AllowedCountries does not name"
        return "is none of OnlyRecipients" if self.only and number not in self.only else None


EVERYBODY = Reach()


def country_of(number: str) -> str:
    """The country of a number of the wire, or the code of what is none (+881)."""
    return _country_and_kind(number)[0]


def _country_and_kind(number: str) -> tuple[str, str]:
    if is_mainland(number):
        return MAINLAND, "MOBILE"
    import phonenumbers  # noqa: PLC0415 - only numbers outside the mainland need it

    parsed = phonenumbers.parse(with_plus(number))
    country = phonenumbers.region_code_for_number(parsed)
    kind = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(parsed))
    return country if country in COUNTRIES else f"+{parsed.country_code}", kind
