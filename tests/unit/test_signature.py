"""Both signatures against vectors made with the official SDKs, step by step, and what must hold for any text."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aliyun_sms.signature import (
    acs3_authorization,
    acs3_canonical_request,
    acs3_signed_headers,
    acs3_string_to_sign,
    canonical_query,
    percent_encode,
    rpc_signature,
    rpc_string_to_sign,
)

VECTORS = Path(__file__).parents[1] / "vectors"
UNICODE = st.text(st.characters(exclude_categories=["Cs"]))
PARAMS = st.dictionaries(UNICODE, UNICODE, max_size=8)


def vectors(name: str) -> list[Any]:
    loaded = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return [pytest.param(vector, id=vector["id"]) for vector in loaded]


V1 = pytest.mark.parametrize("vector", vectors("vectors_v1.json"))
V3 = pytest.mark.parametrize("vector", vectors("vectors_v3.json"))


@V1
def test_the_string_to_sign_of_version_1_is_the_official_one(vector: dict[str, Any]) -> None:
    assert rpc_string_to_sign(vector["method"], canonical_query(vector["params"])) == vector["string_to_sign"]


@V1
def test_the_signature_of_version_1_is_the_official_one(vector: dict[str, Any]) -> None:
    signature = rpc_signature(vector["method"], vector["params"], vector["access_key_secret"])

    assert signature == vector["expected_signature"]


@V3
def test_the_canonical_request_of_version_3_is_the_official_one(vector: dict[str, Any]) -> None:
    query, hashed_payload = canonical_query(vector["query"]), sha256(vector["body"].encode()).hexdigest()

    request = acs3_canonical_request(vector["method"], vector["path"], query, vector["headers"], hashed_payload)

    assert request == vector["canonical_request"]


@V3
def test_the_string_to_sign_of_version_3_is_the_official_one(vector: dict[str, Any]) -> None:
    assert acs3_string_to_sign(vector["canonical_request"]) == vector["string_to_sign"]


@V3
def test_the_authorization_of_version_3_is_the_official_one(vector: dict[str, Any]) -> None:
    authorization = acs3_authorization(
        vector["method"],
        vector["path"],
        vector["query"],
        vector["headers"],
        vector["body"].encode(),
        vector["access_key_id"],
        vector["access_key_secret"],
    )

    assert authorization == vector["Authorization"]


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("", ""),
        ("AZaz09-_.~", "AZaz09-_.~"),
        (" ", "%20"),
        ("+", "%2B"),
        ("*", "%2A"),
        ("%", "%25"),
        ("%20", "%2520"),
        ("/", "%2F"),
        ("'", "%27"),
        ('"', "%22"),
        ("\\", "%5C"),
        ("\n", "%0A"),
        ("\r\n\t", "%0D%0A%09"),
        ("\0", "%00"),
        ("!()", "%21%28%29"),
        ("&=,;:", "%26%3D%2C%3B%3A"),
        ("é", "%C3%A9"),
        ("阿里", "%E9%98%BF%E9%87%8C"),
        ("\0阿a\0", "%00%E9%98%BFa%00"),
        ("😀", "%F0%9F%98%80"),
    ],
)
def test_characters_are_encoded_as_the_specification_says(text: str, encoded: str) -> None:
    assert percent_encode(text) == encoded


@given(text=UNICODE | st.text(st.characters(codec="ascii")))
def test_any_text_is_encoded_as_by_the_standard_library(text: str) -> None:
    assert percent_encode(text) == quote(text, safe="")


@pytest.mark.parametrize("many", [1, 49, 50, 51, 1000])
@pytest.mark.parametrize("text", [",", "%", ",%", '{":,}', "1,", "阿,"])
def test_many_of_the_same_hide_no_other_character(text: str, many: int) -> None:
    for each in (text * many + "{%2C;}", "{%2C;}" + text * many):
        assert percent_encode(each) == quote(each, safe="")


@given(params=PARAMS)
def test_the_string_to_sign_of_version_1_holds_the_query_encoded_once_more(params: dict[str, str]) -> None:
    query = canonical_query(params)

    assert rpc_string_to_sign("POST", query) == f"POST&%2F&{quote(query, safe='')}"


def test_an_empty_value_keeps_its_equals_sign() -> None:
    assert canonical_query({"b": "", "a": "1"}) == "a=1&b="


def test_names_are_sorted_by_code_point_so_capitals_come_first() -> None:
    assert canonical_query({"a": "", "B": "", "A": "", "_": ""}) == "A=&B=&_=&a="


def test_a_name_is_encoded_like_a_value() -> None:
    assert canonical_query({"a b": "c d"}) == "a%20b=c%20d"


@given(params=PARAMS)
def test_any_text_survives_the_canonical_query(params: dict[str, str]) -> None:
    read = parse_qsl(canonical_query(params), keep_blank_values=True, errors="strict")

    assert dict(read) == params


@given(params=PARAMS, data=st.data())
def test_the_order_of_parameters_does_not_matter(params: dict[str, str], data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(params.items()))))

    assert canonical_query(shuffled) == canonical_query(params)


@given(params=PARAMS, name=UNICODE, value=UNICODE)
def test_another_value_has_another_canonical_query(params: dict[str, str], name: str, value: str) -> None:
    changed = {**params, name: value + "x"}

    assert canonical_query(changed) != canonical_query({**params, name: value})


def test_the_method_is_signed() -> None:
    assert rpc_signature("GET", {"a": "b"}, "secret") != rpc_signature("POST", {"a": "b"}, "secret")


def test_signing_leaves_its_arguments_alone() -> None:
    params, headers = {"b": "2", "a": "1"}, {"Host": " example.com "}

    rpc_signature("POST", params, "secret")
    acs3_authorization("POST", "/", params, headers, b"", "id", "secret")

    assert (list(params.items()), headers) == ([("b", "2"), ("a", "1")], {"Host": " example.com "})


def test_headers_are_signed_in_lower_case_sorted_and_trimmed() -> None:
    request = acs3_canonical_request("POST", "/", "", {"x-acs-date": " now ", "Host": "example.com"}, "hash")

    assert request.split("\n")[3:7] == ["host:example.com", "x-acs-date:now", "", "host;x-acs-date"]


def test_exactly_the_given_headers_are_signed() -> None:
    assert acs3_signed_headers(["X-Acs-Date", "Accept", "host"]) == "accept;host;x-acs-date"


def test_without_headers_the_block_is_empty_but_its_line_stays() -> None:
    assert acs3_canonical_request("POST", "/", "", {}, "hash").split("\n")[:5] == ["POST", "/", "", "", ""]


@pytest.mark.parametrize("changed", [{"method": "GET"}, {"path": "/x"}, {"query": {}}, {"headers": {}}, {"body": b"x"}])
def test_every_part_of_the_request_is_signed_under_version_3(changed: dict[str, Any]) -> None:
    request: dict[str, Any] = {
        "method": "POST",
        "path": "/",
        "query": {"a": "b"},
        "headers": {"host": "example.com"},
        "body": b"",
    }

    first, second = (
        acs3_authorization(**parts, access_key_id="id", access_key_secret="secret")
        for parts in (request, request | changed)
    )

    assert first.partition("Signature=")[2] != second.partition("Signature=")[2]


def test_a_secret_beyond_ascii_signs_by_its_utf8_bytes() -> None:
    assert rpc_signature("POST", {"a": "b"}, "密钥") != rpc_signature("POST", {"a": "b"}, "??")
