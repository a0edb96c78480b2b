"""Each fault of a document is told at its place, all of them at once, and no number is quoted."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.faults import InvalidRoutes
from routing.read import read_document
from routing.schema import MOST_BYTES, TARGET
from tests.workbench.routes import DOCUMENT, EVERYTHING, LI_SI, document, with_route

TAKES_ALL: dict[str, Any] = {"name": "all", "contacts": ["li.si"]}
LATER = {"name": "later", "contacts": ["li.si"]}
HIDDEN = 'nothing reaches it: routes[0] takes all that it would, without "continue"'
FILLERS = "name, names, count, source, state, time, labels.NAME, annotations.NAME"
NO_NUMBER = "is neither a mainland mobile number (1[3-9] and nine digits) nor + country code and number"
NO_NAME = "must be a name of 1 to 40 characters without control characters, and with 6 digits at most, so that it is"


def faults(value: object) -> list[str]:
    with pytest.raises(InvalidRoutes) as refused:
        read_document(value)
    return [str(fault) for fault in refused.value.faults]


def contact(**members: Any) -> dict[str, Any]:
    there = DOCUMENT["contacts"]
    return document(contacts=[*there, {"name": "sun.qi", "phone_number": "13700137000", **members}])


def rotation(**members: Any) -> dict[str, Any]:
    return document(rotations=[{**DOCUMENT["rotations"][0], **members}])


def override(**members: Any) -> dict[str, Any]:
    first = {"date": "2026-12-24", "until": "2026-12-26", "contact": "li.si"}
    return rotation(overrides=[first, {"date": "2026-12-30", "contact": "wang.wu", **members}])


def routes(*given: dict[str, Any], **members: Any) -> dict[str, Any]:
    return document(routes=list(given), **{"default": None, **members})


CASES: list[tuple[object, str]] = [
    ([], "document: must be an object"),
    ("{", "document: is not JSON: Expecting property name enclosed in double quotes at line 1 column 2"),
    ('{"contacts": [], "contacts": []}', "document: has an object with the same name twice"),
    (document(contacts=None, default=None, rotations=None, routes=None), "contacts: is missing"),
    (document(contact=[]), 'contact: is not known here: did you mean "contacts"?'),
    (document(time_zone="Asia/Beijing"), 'time_zone: no time zone is named "Asia/Beijing": one is Asia/Shanghai'),
    (
        document(time_zone="Asia/Shangai"),
        'time_zone: no time zone is named "Asia/Shangai": did you mean "Asia/Shanghai"?',
    ),
    (document(words={"fired": "告警"}), "words.fired: is not known here; what is: firing, repeat, resolved"),
    # contacts
    (
        contact(name="li.si"),
        'contacts[3].name: contacts[0] is called "li.si" too: a contact or rotation needs a name of its own',
    ),
    (contact(name="sun.qi\n"), f"contacts[3].name: {NO_NAME} no phone number"),
    (contact(name=""), "contacts[3].name: is blank"),
    (contact(name="13700137000"), f"contacts[3].name: {NO_NAME} no phone number"),
    (
        contact(phone_number="12345"),
        f"contacts[3].phone_number: {NO_NUMBER}",
    ),
    (contact(phone_number=13700137000), "contacts[3].phone_number: must be a string"),
    (contact(phone="1"), "contacts[3].phone: is not known here; what is: name, phone_number"),
    # rotations
    (
        rotation(turns=["li.si", "wangwu"]),
        'rotations[0].turns[1]: no contact is named "wangwu": did you mean "wang.wu"?',
    ),
    (rotation(turns=[]), "rotations[0].turns: is empty: a gap in which nobody would be on duty"),
    (rotation(turns=["li.si", ""]), "rotations[0].turns[1]: is blank: a gap in which nobody would be on duty"),
    (
        rotation(turns=["li.si", None]),
        "rotations[0].turns[1]: must be a string: a gap in which nobody would be on duty",
    ),
    (rotation(starts="2026-11-31T09:00"), "rotations[0].starts: there is no 2026-11-31T09:00"),
    (rotation(starts="2026-11-30"), "rotations[0].starts: must be a date and time such as 2026-11-30T09:00"),
    (
        rotation(time_zone="Europe/Berln"),
        'rotations[0].time_zone: no time zone is named "Europe/Berln": did you mean "Europe/Berlin"?',
    ),
    (
        rotation(name="li.si"),
        'rotations[0].name: contacts[0] is called "li.si" too: a contact or rotation needs a name of its own',
    ),
    (override(contact="sun.qi"), 'rotations[0].overrides[1].contact: no contact is named "sun.qi"'),
    (override(date="2026-13-01"), "rotations[0].overrides[1].date: there is no 2026-13-01"),
    (override(until="2026-12-29"), "rotations[0].overrides[1].until: is before its date"),
    (
        override(date="2026-12-26"),
        "rotations[0].overrides[1].date: meets rotations[0].overrides[0]: who is on duty on 2026-12-26?",
    ),
    # routes
    (with_route(contacts=["lisi"]), 'routes[0].contacts[0]: no contact is named "lisi": did you mean "li.si"?'),
    (with_route(contacts=[LI_SI]), f"routes[0].contacts[0]: {NO_NAME} no phone number"),
    (
        with_route(rotations=["oncall"]),
        'routes[0].rotations[0]: no rotation is named "oncall": did you mean "on-call"?',
    ),
    (with_route(contacts=[]), "routes[0].contacts: names nobody, nor does rotations: it would be for nobody"),
    (with_route(name="default"), 'routes[0].name: "default" is the name of what takes what no route does'),
    (
        with_route(matchers=["severity"]),
        'routes[0].matchers[0]: must be a name, one of = != =~ !~ and a value, such as severity="critical"',
    ),
    (with_route(matchers=['a="1"', 'a="2"']), "routes[0].matchers[1]: no alert can fulfil it and matchers[0]"),
    (with_route(matchers=['a=~"("']), 'routes[0].matchers[0]: its expression lacks a ")"'),
    (
        with_route(heartbeat_minutes=5),
        "routes[0].heartbeat_minutes: needs matchers, or every alert would be its heartbeat",
    ),
    (with_route(budget=0), "routes[0].budget: must be from 1 to 1000"),
    (with_route(critical="yes"), "routes[0].critical: must be true or false"),
    (with_route(recovery="yes"), "routes[0].recovery: must be true or false or an object"),
    (with_route(repeat_minuets=5), 'routes[0].repeat_minuets: is not known here: did you mean "repeat_minutes"?'),
    (
        routes(TAKES_ALL, {**LATER, "name": "all", "matchers": ["a=b"]}),
        'routes[1].name: routes[0] is called "all" too: a route needs a name of its own',
    ),
    (routes(TAKES_ALL, {**LATER, "matchers": ["a=b"]}), f"routes[1]: {HIDDEN}"),
    (
        routes({**TAKES_ALL, "matchers": ["a=b", "c=d"]}, {**LATER, "matchers": ['c="d"', 'a="b"']}),
        f"routes[1]: {HIDDEN}",
    ),
    (routes(TAKES_ALL, default={"contacts": ["li.si"]}), f"default: {HIDDEN}"),
    (
        document(default={"contacts": ["lisi"]}),
        'default.contacts[0]: no contact is named "lisi": did you mean "li.si"?',
    ),
    (
        document(default={"contacts": ["li.si"], "matchers": []}),
        "default.matchers: is not known here; what is: " + ", ".join(TARGET),
    ),
    # words
    (
        document(variables={"name": "{nmae}", "state": "x"}),
        f'variables.name: "nmae" is none of {FILLERS}: did you mean "name"?',
    ),
    (document(variables={"name": "{name", "state": "x"}), "variables.name: has a brace without its other"),
    (with_route(variables={"name": "x"}), 'routes[0].variables: lacks "state", which SMS_1 has'),
    (
        with_route(variables={"name": "x", "state": "x", "naem": "x"}),
        'routes[0].variables.naem: SMS_1 has no such variable: did you mean "name"?',
    ),
    (
        with_route(variables={"name": {"text": "x", "max_length": 21}, "state": "x"}),
        "routes[0].variables.name.max_length: is 21, but SMS_1 takes 20 characters",
    ),
    (with_route(recovery={"variables": {"name": "x"}}), 'routes[0].recovery.variables: lacks "state", which SMS_1 has'),
    (
        with_route(variables={"a-b": "x"}),
        "routes[0].variables.a-b: has a name that is none: letters, digits and _, 40 at most",
    ),
    (document(variables=None), 'routes[0].variables: lacks "name", which SMS_1 has'),
]


@pytest.mark.parametrize(("value", "fault"), CASES, ids=[fault[:60] for _, fault in CASES])
def test_a_fault_is_told_at_its_place(value: object, fault: str) -> None:
    assert fault in faults(value)


def test_a_document_without_faults_is_read() -> None:
    assert [route.name for route in read_document(DOCUMENT).routes] == ["database", "web"]


def test_the_least_document_is_one_contact() -> None:
    assert read_document({"contacts": DOCUMENT["contacts"][:1]}).routes == ()


def test_the_text_of_a_document_is_read_as_well() -> None:
    assert read_document(json.dumps(DOCUMENT)) == read_document(DOCUMENT)


def test_all_faults_are_told_at_once() -> None:
    broken = document(
        contacts=[*DOCUMENT["contacts"], {"name": "x"}],
        routes=[
            {"name": "a", "contacts": ["lisi"], "budgte": 1},
            {"name": "b", "rotations": ["oncall"], "budget": "1"},
        ],
        default={},
    )

    assert {fault.partition(":")[0] for fault in faults(broken)} == {
        "contacts[3].phone_number",
        "routes[0].contacts[0]",
        "routes[0].budgte",
        "routes[1]",
        "routes[1].rotations[0]",
        "routes[1].budget",
        "default",
        "default.contacts",
    }


def test_a_contact_with_a_fault_is_known_all_the_same() -> None:
    broken = document(contacts=[{"name": "li.si", "phone_number": "1"}, *DOCUMENT["contacts"][1:]])

    assert len(faults(broken)) == 1


def test_where_contacts_cannot_be_read_none_is_missed() -> None:
    assert faults(document(contacts="li.si")) == ["contacts: must be a list"]


def test_no_number_is_quoted() -> None:
    told = "\n".join(faults(with_route(contacts=[LI_SI], **{LI_SI: 1}, variables={LI_SI: f"{{{LI_SI}}}"})))

    assert LI_SI not in told
    assert "138****8000" in told


def test_no_number_of_an_expression_is_quoted() -> None:
    assert faults(with_route(matchers=[f"a=~[b-a{LI_SI}]"])) == [
        "routes[0].matchers[0]: its expression has [b-a138****8000], which cannot be read"
    ]


def sized(bytes_in_all: int) -> str:
    text = json.dumps(DOCUMENT, ensure_ascii=False)
    return text + " " * (bytes_in_all - len(text.encode()))


def test_a_document_may_have_just_so_many_bytes() -> None:
    assert read_document(sized(MOST_BYTES)).contacts
    assert faults(sized(MOST_BYTES + 1)) == [f"document: has {MOST_BYTES + 1} bytes, at most {MOST_BYTES}"]


@pytest.mark.parametrize(
    ("most", "made"),
    [
        (
            200,
            lambda n: document(
                contacts=[{"name": f"c{i}", "phone_number": LI_SI} for i in range(n)],
                rotations=None,
                routes=None,
                default=None,
            ),
        ),
        (
            50,
            lambda n: document(
                rotations=[{**DOCUMENT["rotations"][0], "name": f"r{i}"} for i in range(n)], routes=None
            ),
        ),
        (60, lambda n: rotation(turns=["li.si"] * n)),
        (100, lambda n: routes(*({"name": f"r{i}", "contacts": ["li.si"], "matchers": [f"a={i}"]} for i in range(n)))),
        (20, lambda n: with_route(matchers=[f"a{i}=1" for i in range(n)])),
        (1000, lambda n: with_route(budget=n)),
        (60, lambda n: with_route(wait_minutes=n)),
        (10080, lambda n: with_route(repeat_minutes=n)),
        (10, lambda n: with_route(group_by=[f"l{i}" for i in range(n)])),
        (40, lambda n: with_route(name="x" * n)),
        (6, lambda n: with_route(name="1" * n)),
        (20, lambda n: document(words={"firing": "x" * n})),
        (200, lambda n: document(variables={"name": "x" * n, "state": "x"})),
        (
            500,
            lambda n: document(
                templates={"SMS_1": {"variables": {"name": {"max_length": n}, "state": {"max_length": 9}}}}
            ),
        ),
    ],
)
def test_each_limit_holds_at_its_edge(most: int, made: Any) -> None:
    assert read_document(made(most))
    assert faults(made(most + 1))


@pytest.mark.parametrize(
    "value",
    [
        with_route(contacts="li.si"),
        with_route(matchers="a=b", heartbeat_minutes=5),
        with_route(variables=[]),
        with_route(variables={"name": 1, "state": "x"}),
        with_route(recovery=0),
        document(routes=[{"name": "a", "contacts": ["li.si"], "matchers": [1]}, LATER], default=None),
        document(routes=[{"name": "a", "contacts": ["li.si"], "continue": 1}, LATER], default=None),
        document(rotations=[{"name": "on-call", "turns": ["li.si"]}]),
        document(rotations="on-call"),
        document(routes=["database"]),
        document(time_zone=8),
        document(variables=[]),
        document(templates=[]),
        document(words=[]),
        document(default=[]),
    ],
)
def test_one_fault_makes_no_others(value: dict[str, Any]) -> None:
    assert len(faults(value)) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 20000) | st.floats() | st.text("ab{}1.\n", max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "text", "x", LI_SI]), inner),
    max_leaves=4,
)


def places(value: Any) -> list[tuple[Any, ...]]:
    """The way to each value in a document."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(), *((name, *way) for name, member in members for way in places(member))]


def put(value: Any, way: tuple[Any, ...], other: Any) -> Any:
    """The document with another value at the end of a way."""
    if not way:
        return other
    changed = copy.copy(value)
    changed[way[0]] = put(value[way[0]], way[1:], other)
    return changed


def outcome(value: object) -> str | None:
    """The faults of a document; None where it has none."""
    try:
        read_document(value)
    except InvalidRoutes as invalid:
        return str(invalid)
    return None


@given(st.lists(st.tuples(st.sampled_from(places(EVERYTHING)), JSON), min_size=1, max_size=2))
def test_whatever_stands_in_a_document_is_read_or_told(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    value: Any = EVERYTHING
    for way, other in changes:
        try:
            value = put(value, way, other)
        except (LookupError, TypeError):  # the first change has taken the place of the second
            continue

    told = outcome(value)

    assert told is None or (told and LI_SI not in told)


def test_everything_that_a_document_may_have_is_read() -> None:
    assert len(read_document(EVERYTHING).routes) == 2
