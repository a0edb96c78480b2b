"""What carriers refuse in a value is found, and what only looks like it is not."""

from __future__ import annotations

import pytest

from aliyun_sms.policy.values import objections

LINK = "holds a web address, which carriers refuse"
ADDRESS = "holds an IP address, which carriers refuse"
BRACKETS = "holds 【 or 】, which carriers take for a signature's"
REFUSED = [
    ("https://example.cn/a", LINK), ("HTTP://X", LINK), ("ftp://host", LINK), ("www.example", LINK), ("t.cn/a1", LINK),
    ("详见example.com查看", LINK), ("EXAMPLE.COM", LINK), ("10.0.0.1", ADDRESS), ("主机10.0.0.1:9100告警", ADDRESS),
    ("255.255.255.255.", ADDRESS), ("fe80::1", ADDRESS), ("2001:db8:0:0:0:0:0:1", ADDRESS), ("[::1]", ADDRESS),
    ("::ffff:1", ADDRESS), ("【某某】", BRACKETS), ("a】", BRACKETS),
]  # fmt: skip
TAKEN = [
    "739164", "王小明", "12:30:45", "1.50", "v1.2.3", "256.1.1.1", "1.2.3.4.5", "2026-11-30", "a.b", "e.g. this", "",
    "anna.cnx", "《书名》", "[a]", "10:20", "std::begin", "😀",
]  # fmt: skip


@pytest.mark.parametrize(("value", "objection"), REFUSED)
def test_what_carriers_refuse_is_found(value: str, objection: str) -> None:
    assert list(objections(value)) == [objection]


@pytest.mark.parametrize("value", TAKEN)
def test_other_values_pass(value: str) -> None:
    assert list(objections(value)) == []


def test_all_that_is_wrong_is_told() -> None:
    assert list(objections("【http://10.0.0.1】")) == [LINK, ADDRESS, BRACKETS]
