"""The listener itself: a test that lets a secret out fails, and only that one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from requests import Request

from tests.privacy import ABROAD, ACCESS_KEY_ID, ACCESS_KEY_SECRET, CODE, NAME, secrets_in, secrets_in_url
from tests.workbench.functions import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LEAKS = {
    f'{{"description": "{CODE}"}}': [CODE],
    f"https://example.com/?TemplateParam=%7B%22code%22%3A%22{CODE}%22%7D": [CODE],
    "%257B%2522name%2522%253A%2522%25E7%258E%258B%25E5%25B0%258F%25E6%2598%258E": [NAME],
    '{"name": "\\u738b\\u5c0f\\u660e"}': [NAME],
    f"AccessKeyId={ACCESS_KEY_ID}&": [ACCESS_KEY_ID],
    f"key {ACCESS_KEY_SECRET}&": [ACCESS_KEY_SECRET],
    '"phone_numbers":["13800138000"]': ["13800138000"],
    "to +8613800138000": ["+8613800138000"],
    "PhoneNumbers=13800138000%2C15000150000": ["13800138000", "15000150000"],
    f"to +{ABROAD}": [ABROAD],
    "138****8000": [],
    f"3f2a{CODE}bc": [],
    "Timestamp 1795362000123, biz 138001380001234567^0": [],
}
TESTS = f"""
import logging
import requests
from aliyun_sms import SmsClient, Credentials
from aliyun_sms.errors import NotSent
from aliyun_sms.observability import logger, metrics

def test_log_line(): logger.info("outcome", extra={{"description": "13800138000"}})
def test_exception_in_a_log_line():
    try: raise ValueError("{CODE}")
    except ValueError: logger.exception("defect")
def test_debug_line_of_a_library(): logging.getLogger("library").debug("to %s", "13800138000")
def test_metric(): print('{{"_aws": {{}}, "number": "13800138000"}}')
def test_metric_that_is_read(capsys):
    print('{{"_aws": {{}}, "number": "13800138000"}}')
    capsys.readouterr()
def test_stray_print(): print("{NAME}")
def test_error():
    try: raise NotSent("client:x", "{CODE}")
    except NotSent: pass
def test_error_behind_an_error():
    try:
        try: raise ValueError("https://example.com/?PhoneNumbers=13800138000")
        except ValueError: raise NotSent("client:x", "failed")
    except NotSent: pass
def test_url():
    client = SmsClient(Credentials("{ACCESS_KEY_ID}", "x"), endpoint="http://127.0.0.1:9/{ACCESS_KEY_ID}")
    try: client.send_sms(["13800138000"], "北岸书店", "SMS_200000003")
    except NotSent: pass
def test_that_keeps_its_secrets():
    logger.info("outcome", extra={{"description": "138****8000"}})
    print("what arrived: 13800138000")
"""


@pytest.mark.parametrize(("text", "found"), LEAKS.items())
def test_a_secret_is_found_in_whatever_form_it_has(text: str, found: list[str]) -> None:
    assert secrets_in(text) == found


@pytest.mark.parametrize(
    ("headers", "found"),
    [({}, ["13800138000", ACCESS_KEY_ID]), ({"x-acs-action": "SendSms"}, [ACCESS_KEY_ID])],
    ids=["V1", "V3"],
)
def test_only_under_signature_version_3_a_url_may_hold_the_message_but_no_key(
    headers: dict[str, str], found: list[str]
) -> None:
    url = f"https://dysmsapi.aliyuncs.com/?PhoneNumbers=13800138000&AccessKeyId={ACCESS_KEY_ID}"

    assert secrets_in_url(Request("POST", url, headers=headers).prepare()) == found


def test_a_test_that_lets_a_secret_out_fails(tmp_path: Path) -> None:
    (tmp_path / "test_leaks.py").write_text(TESTS, encoding="utf-8")
    options = ["-p", "tests.privacy", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"), "--tb=no", "-rA"]
    command = [sys.executable, "-m", "pytest", *options, str(tmp_path)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603

    lines = done.stdout.splitlines()
    passed = [line.rpartition("::")[2] for line in lines if line.startswith("PASSED")]
    failed = [line for line in lines if line.startswith("FAILED")]
    assert passed == ["test_that_keeps_its_secrets"]
    assert len(failed) == 9
