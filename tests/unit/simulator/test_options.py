"""Options and registry: what can be chosen, and what is refused by name."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from local.simulator import registry
from local.simulator.options import AccessKey, BadOption, Options, Refusal
from tests.pages import LOCAL_CLOUD

if TYPE_CHECKING:
    from pathlib import Path


def test_given_options_change_and_the_others_stay() -> None:
    options = Options(limits=True).changed({"nonce_check": "after", "visibility_seconds": 2.5})

    assert options == Options(limits=True, nonce_check="after", visibility_seconds=2.5)


def test_access_keys_are_replaced() -> None:
    options = Options().changed({"access_keys": ["a:b", "c:d:e+/=:f"]})

    assert options.access_keys == (AccessKey("a", "b"), AccessKey("c", "d", "e+/=:f"))


def test_numbers_are_refused_in_whichever_form_they_are_written() -> None:
    options = Options().changed({"refused_numbers": {"+8613800138000": "isv.A:no: never"}})

    assert options.refused_numbers == {"13800138000": Refusal("isv.A", "no: never")}


def test_a_refusal_without_a_message_repeats_its_code() -> None:
    assert Refusal.parse("isv.A") == Refusal("isv.A", "isv.A")


def test_secrets_and_tokens_are_not_shown() -> None:
    options = Options().changed({"access_keys": ["id:hush:shush"], "expired_tokens": ["shush"]})

    assert options.shown()["access_keys"] == ["id"]
    assert "hush" not in json.dumps(options.shown())


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"nonce": "after"}, "nonce: unknown option"),
        ({"nonce_check": "never"}, 'nonce_check: one of "before", "after"'),
        ({"batch_refusal": None}, "batch_refusal: one of"),
        ({"limits": 1}, "limits: one of true, false"),
        ({"send_status": True}, "send_status: one of 1, 2, 3"),
        ({"visibility_seconds": "1"}, "visibility_seconds: a number"),
        ({"visibility_seconds": -1}, "visibility_seconds: a number"),
        ({"visibility_seconds": True}, "visibility_seconds: a number"),
        ({"access_keys": "a:b"}, "access_keys: a list"),
        ({"access_keys": ["a"]}, "access_keys: each is id:secret"),
        ({"access_keys": [":b"]}, "access_keys: each is id:secret"),
        ({"expired_tokens": [1]}, "expired_tokens: a list"),
        ({"refused_numbers": ["13800138000"]}, "refused_numbers: an object"),
        ({"refused_numbers": {"12": "isv.A"}}, "refused_numbers: each name is a phone number"),
        ({"refused_values": {"A1": 1}}, "refused_values: an object"),
        ({"refused_values": {"A1": ""}}, "refused_values: an object"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(BadOption) as refused:
        Options().changed(changes)

    assert named in str(refused.value)


def test_the_bundled_registry_has_each_kind() -> None:
    bundled = registry.load()

    assert {signature.kind for signature in bundled.signatures.values()} == set(registry.SIGNATURE_KINDS)
    assert {template.kind for template in bundled.templates.values()} == set(registry.TEMPLATE_KINDS)
    assert bundled.templates["SMS_154950909"].variables == ["code"]
    assert bundled.templates["SMS_200000001"].variables == ["name", "order"]
    assert bundled.templates["SMS_200000003"].variables == []


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"signatures": [], "templates": [{"template_code": "SMS_1"}]}',
        '{"signatures": [{"sign_name": "a", "kind": "vip"}], "templates": []}',
        '{"signatures": [], "templates": [{"template_code": "SMS_1", "kind": "vip", "content": ""}]}',
    ],
)
def test_a_file_that_is_no_registry(tmp_path: Path, text: str) -> None:
    path = tmp_path / "registry.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(registry.BadRegistry):
        registry.load(path)


def test_each_options_default_stands_on_its_page() -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| ([^|]+) \|", LOCAL_CLOUD.section("The simulator"), re.MULTILINE)
    told = {name: default.strip("`") for names, default in rows for name in re.findall(r"\w+", names)}

    given = {each.name: getattr(Options(), each.name) for each in fields(Options)}

    assert {name: told[name] for name in given} == {name: written(value) for name, value in given.items()}


def written(value: object) -> str:
    """A default as the page writes it."""
    if isinstance(value, str | bool | int):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return ", ".join(f"{key.access_key_id}:{key.access_key_secret}" for key in value) if value else "none"  # type: ignore[attr-defined]
