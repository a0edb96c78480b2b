"""Sends a one-time code by the HTTP door: python send_code.py 13800138000.

It needs requests and botocore; the address in SMS_API_URL, the region in AWS_REGION; credentials as AWS SDKs find them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from secrets import randbelow, token_hex
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

TIMEOUT = float(os.environ.get("TIMEOUT", "35"))  # seconds; API Gateway gives up after 30
PAUSES = (1, 3, None)  # seconds after each try, where the door names no time
LONGEST_WAIT = 30  # seconds; a limit of the day can name hours
AGAIN = {0, 409, 429, 500, 503, 504}  # 0: no answer came
OUTCOMES = {200: "accepted", 202: "pending", 409: "pending", 429: "later", 502: "operator", 503: "later"}
NO_ANSWER = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)

session = Session()


def send(message: dict[str, Any]) -> tuple[str, int, dict[str, Any]]:
    """Send a message that names its key, again where that helps; give its outcome, the last status and its answer."""
    body, lost = json.dumps(message), False
    for pause in PAUSES:
        status, answer, wait = post(body)
        known = status in {200, 202} or "result" in answer  # otherwise the answer is API Gateway's, or there is none
        lost = not known and (lost or status == 0 or status >= 500)  # noqa: PLR2004 - a fault of the server
        if status not in AGAIN or pause is None or wait > LONGEST_WAIT:
            break
        time.sleep(wait or pause)
    return "unknown" if lost else OUTCOMES.get(status, "refused"), status, answer


def post(body: str) -> tuple[int, dict[str, Any], int]:
    """Make one try, signed anew; give the status, the answer, and the seconds to wait before another."""
    request = AWSRequest(
        "POST", f"{os.environ['SMS_API_URL']}/v1/messages", data=body, headers={"Content-Type": "application/json"}
    )
    SigV4Auth(session.get_credentials(), "execute-api", os.environ["AWS_REGION"]).add_auth(request)
    headers = dict(request.headers)
    try:
        answer = requests.post(str(request.url), body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
    except NO_ANSWER:
        return 0, {}, 0
    is_json = "json" in answer.headers.get("Content-Type", "")
    return answer.status_code, answer.json() if is_json else {}, int(answer.headers.get("Retry-After", 0))


def main() -> int:
    """Send a new code to a number, and say what became of it."""
    number = sys.argv[1]
    message = {
        "phone_numbers": [number],
        "template_code": "SMS_154950909",
        "template_param": {"code": f"{randbelow(10**6):06}"},
        "idempotency_key": f"sign-in-{token_hex(16)}",  # a new code is a new key; keep it with the code
        "expires_at": (datetime.now(UTC) + timedelta(minutes=5)).isoformat(),
        "urgent": True,
    }
    outcome, status, answer = send(message)
    result = answer.get("result", answer)
    faults = [f"{fault['field']} {fault['reason']}" for fault in answer.get("errors", [])]
    masked = f"{number[:3]}****{number[-4:]}" if len(number) > 10 else "****"  # noqa: PLR2004 - shorter ones would be shown
    print(f"{masked}: {outcome} ({status or 'no answer'})", result.get("code") or "", *faults)
    return 0 if outcome in {"accepted", "pending"} else 1


if __name__ == "__main__":
    sys.exit(main())
