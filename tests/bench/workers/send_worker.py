"""Sends in a process of its own, so that its CPU is the client's alone; prints what it took as JSON.

send_worker.py CLIENT ENDPOINT SEQUENTIAL BURST STEADY THREADS: so many sends one after the other over one warm
connection, then so many by threads that open their connections first, then so many by the same threads.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UP = 10
KEY_ID, SECRET = "testId", "testSecret"
SIGN_NAME, TEMPLATE_CODE, TEMPLATE_PARAM = "阿里云短信测试", "SMS_154950909", '{"code":"739164"}'


def ours(endpoint: str, threads: int) -> Callable[[str], str]:  # noqa: ARG001 - as the others
    """SmsClient."""
    from aliyun_sms import Credentials, SmsClient  # noqa: PLC0415 - each process has but one client's packages

    client = SmsClient(Credentials(KEY_ID, SECRET), endpoint=endpoint)
    return lambda number: client.send_sms([number], SIGN_NAME, TEMPLATE_CODE, TEMPLATE_PARAM).code


def sdk(endpoint: str, threads: int) -> Callable[[str], str]:
    """The official SDK, one client for all, whose pool holds a connection for each thread."""
    from alibabacloud_dysmsapi20170525 import models  # noqa: PLC0415 - as above
    from alibabacloud_dysmsapi20170525.client import Client  # noqa: PLC0415 - as above
    from alibabacloud_tea_openapi import models as open_api_models  # noqa: PLC0415 - as above

    scheme, _, host = endpoint.partition("://")
    config = open_api_models.Config(
        access_key_id=KEY_ID, access_key_secret=SECRET, protocol=scheme, endpoint=host, max_idle_conns=threads
    )
    client = Client(config)

    def send(number: str) -> str:
        request = models.SendSmsRequest(
            phone_numbers=number, sign_name=SIGN_NAME, template_code=TEMPLATE_CODE, template_param=TEMPLATE_PARAM
        )
        return str(client.send_sms(request).body.code)

    return send


def session(endpoint: str, threads: int) -> Callable[[str], str]:
    """The script with one session for all, whose pool holds a connection for each thread."""
    from requests.adapters import HTTPAdapter  # noqa: PLC0415 - as above

    script = import_module("script.sms")
    for scheme in ("http://", "https://"):
        script.session.mount(scheme, HTTPAdapter(pool_maxsize=threads))
    return lambda number: str(script.session.post(endpoint, data=_signed(script, number), timeout=10).json()["Code"])


def post(endpoint: str, threads: int) -> Callable[[str], str]:  # noqa: ARG001 - as the others
    """The script with requests.post for each message: a connection for each."""
    import requests  # noqa: PLC0415 - as above

    script = import_module("script.sms")
    return lambda number: str(requests.post(endpoint, data=_signed(script, number), timeout=10).json()["Code"])


def _signed(script: Any, number: str) -> Any:
    params = {"SignName": SIGN_NAME, "TemplateCode": TEMPLATE_CODE, "TemplateParam": TEMPLATE_PARAM}
    return script.signed({**params, "PhoneNumbers": number})


def measured(sends: int, work: Callable[[list[str]], list[str]], serials: count[int]) -> dict[str, float]:
    """CPU of the whole process and sends a second, of work that sends to each of so many numbers."""
    numbers = [str(13_000_000_000 + next(serials)) for _ in range(sends)]
    cpu, wall = time.process_time(), time.perf_counter()
    codes = work(numbers)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    assert codes == ["OK"] * sends, set(codes)
    return {"cpu_ms": 1000 * cpu / sends, "sends_per_second": sends / wall}


def main() -> None:
    """One run."""
    client, endpoint, (sequential, burst, steady, threads) = sys.argv[1], sys.argv[2], map(int, sys.argv[3:])
    send = {"ours": ours, "sdk": sdk, "session": session, "post": post}[client](endpoint, threads)
    serials = count()
    measured(WARM_UP, lambda numbers: list(map(send, numbers)), serials)
    one = measured(sequential, lambda numbers: list(map(send, numbers)), serials)
    with ThreadPoolExecutor(threads) as pool:
        opening = measured(burst, lambda numbers: list(pool.map(send, numbers)), serials)
        opened = measured(steady, lambda numbers: list(pool.map(send, numbers)), serials)
    print(json.dumps({"one": one, "opening": opening, "opened": opened}))


if __name__ == "__main__":
    main()
