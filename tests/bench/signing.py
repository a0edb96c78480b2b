"""Signing alone: the same parameters by ours, by the official SDK's functions, and the bare HMAC for scale."""

from __future__ import annotations

import hmac
import json
import time
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aliyun_sms.signature import acs3_authorization, rpc_signature
from tests.bench.figures import Figure, Grid, Section
from tests.bench.measuring import interleaved, medians
from tests.bench.sandbox import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bench.figures import Amount

KEY_ID, SECRET = "testId", "testSecret"
OURS_V1, OURS_V3, SDK_V1, SDK_V3, HMAC = "ours V1", "ours V3", "official SDK V1", "official SDK V3", "bare HMAC-SHA1"
TARGETS = {"1 number": 0.40, "batch of 100": 0.25, "1,000 numbers": 0.10}
MICROSECONDS = 1_000_000
SECONDS_A_READING = 0.05


def measure(amount: Amount) -> Section:
    """CPU time of one signature, for each shape of a call."""
    section = Section("signing")
    rounds = 1 if amount.quick else 3 * amount.rounds
    for name, (query, form) in shapes().items():
        signers = signers_of(query, form)
        timed = {signer: partial(_timed, sign, _repeats(sign)) for signer, sign in signers.items()}
        found = interleaved(rounds, timed, f"signing, {name}")
        section.raw[name] = found
        middle = {signer: of["cpu_us"] for signer, of in medians(found).items()}
        section.figures.append(Figure(f"signing, {name}: CPU, V1", middle[OURS_V1] / middle[SDK_V1], TARGETS[name]))
        rows = [[signer, f"{cpu:.1f}", f"{cpu / middle[SDK_V1]:.3f}"] for signer, cpu in middle.items()]
        section.grids.append(Grid(f"Signing, {name}", ["", "CPU µs", "to SDK V1"], rows))
    return section


def shapes() -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Query and form parameters of three calls, as the official SDK parts them."""
    numbers = [str(NUMBERS + number) for number in range(1000)]
    names = ["北岸书店"] * 100
    values = [{"name": "王小明", "order": f"A-{number}"} for number in range(100)]
    lists = {"PhoneNumberJson": numbers[:100], "SignNameJson": names, "TemplateParamJson": values}
    form = {name: json.dumps(each, ensure_ascii=False, separators=(",", ":")) for name, each in lists.items()}
    one = {"SignName": "北岸书店", "TemplateCode": "SMS_154950909", "TemplateParam": '{"code":"739164"}'}
    return {
        "1 number": ({**one, "PhoneNumbers": numbers[0]}, {}),
        "batch of 100": ({"TemplateCode": "SMS_200000001"}, form),
        "1,000 numbers": ({**one, "PhoneNumbers": ",".join(numbers)}, {}),
    }


def signers_of(query: dict[str, str], form: dict[str, str]) -> dict[str, Callable[[], object]]:
    """Each way to sign the call. Version 3 gets the form's bytes ready: it hashes them and encodes nothing there."""
    from alibabacloud_tea_openapi.utils import Utils  # noqa: PLC0415 - it is in this benchmark's environment alone
    from darabonba.request import DaraRequest  # noqa: PLC0415 - the same

    params = {**query, **form, **_rpc_parameters()}
    body = Utils.to_form(form).encode()
    headers = _acs3_headers(body)
    request: Any = DaraRequest()
    request.method, request.pathname, request.query, request.headers = "POST", "/", query, headers
    key, string_to_sign = f"{SECRET}&".encode(), _string_to_sign(params).encode()
    signers: dict[str, Callable[[], object]] = {
        OURS_V1: lambda: rpc_signature("POST", params, SECRET),
        SDK_V1: lambda: Utils.get_rpcsignature(params, "POST", SECRET),
        HMAC: lambda: hmac.digest(key, string_to_sign, "sha1"),
        OURS_V3: lambda: acs3_authorization("POST", "/", query, headers, body, KEY_ID, SECRET),
        SDK_V3: lambda: Utils.get_authorization(
            request, "ACS3-HMAC-SHA256", Utils.hash(body, "ACS3-HMAC-SHA256").hex(), KEY_ID, SECRET
        ),
    }
    assert signers[OURS_V1]() == signers[SDK_V1]()
    assert signers[OURS_V3]() == signers[SDK_V3]()
    return signers


def _rpc_parameters() -> dict[str, str]:
    return {
        "AccessKeyId": KEY_ID,
        "Action": "SendSms",
        "Format": "JSON",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "SignatureVersion": "1.0",
        "Timestamp": "2026-11-22T08:00:00Z",
        "Version": "2017-05-25",
    }


def _acs3_headers(body: bytes) -> dict[str, str]:
    return {
        "host": "dysmsapi.aliyuncs.com",
        "x-acs-action": "SendSms",
        "x-acs-version": "2017-05-25",
        "x-acs-date": "2026-11-22T08:00:00Z",
        "x-acs-signature-nonce": "3ee8c1b883d344afa94f4e0ad82fd6cf",
        "x-acs-content-sha256": sha256(body).hexdigest(),
    }


def _string_to_sign(params: dict[str, str]) -> str:
    query = "&".join(f"{quote(name, safe='~')}={quote(params[name], safe='~')}" for name in sorted(params))
    return f"POST&%2F&{quote(query, safe='~')}"


def _repeats(sign: Callable[[], object]) -> int:
    """So many that a reading takes long enough to be read."""
    repeats = 1
    while _timed(sign, repeats)["cpu_us"] * repeats < SECONDS_A_READING * MICROSECONDS:
        repeats *= 2
    return repeats


def _timed(sign: Callable[[], object], repeats: int) -> dict[str, float]:
    started = time.process_time()
    for _ in range(repeats):
        sign()
    return {"cpu_us": (time.process_time() - started) / repeats * MICROSECONDS}
