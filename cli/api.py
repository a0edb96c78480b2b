"""The stack's HTTP API, called as any client calls it: JSON, signed with SigV4."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from cli.errors import UNKNOWN, Told
from cli.faults import STATEMENTS
from cli.masking import scrubbed
from cli.place import SECONDS_TO_ANSWER, SECONDS_TO_CONNECT
from cli.program import program

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from cli.place import Place


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a result where there is one, and what the API says of it."""

    status: int
    document: dict[str, Any]

    @property
    def result(self) -> dict[str, Any] | None:
        """The message's result, with each fault where it is invalid."""
        result = self.document.get("result", self.document)
        if not isinstance(result, dict) or "message_id" not in result:
            return None
        return {**result, "errors": self.faults} if self.faults else result

    @property
    def faults(self) -> list[str]:
        """What is wrong with the message, field by field."""
        return [scrubbed(f"{fault['field']}: {fault['reason']}") for fault in self.document.get("errors", [])]

    @property
    def detail(self) -> str:
        """Why it was refused, in a line."""
        return scrubbed(str(self.document.get("detail") or self.document.get("message") or f"HTTP {self.status}"))


def post(place: Place, document: Mapping[str, Any], key: str) -> Answer:
    """Send a message under a key. What may have been sent is told as such, and never sent again here."""
    import requests  # noqa: PLC0415 - help needs none of it

    body = json.dumps(document, ensure_ascii=False).encode()
    try:
        answer = _call(place, "POST", "/v1/messages", body, {"Idempotency-Key": key})
    except requests.ConnectTimeout:
        raise
    except (requests.Timeout, requests.ConnectionError) as error:
        if _was_never_sent(error):
            raise
        raise Told(unknown(key), UNKNOWN) from None
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not answer.result:
        raise Told(unknown(key), UNKNOWN)
    return _allowed(answer, "POST")


def get(place: Place, path: str, key: str | None = None) -> Answer:
    """Ask what became of a message."""
    return _allowed(_call(place, "GET", path, b"", {"Idempotency-Key": key} if key else {}), "GET")


def path_of(door: str) -> str:
    """Where the messages of a door are asked for."""
    return "/v1/messages" if door == "request" else f"/v1/doors/{door}/messages"


def unknown(key: str, door: str = "request") -> str:
    """What is said of a message of which no result came back."""
    asks = f"`{program()} status --key {shlex.quote(key)}{'' if door == 'request' else f' --door {door}'}`"
    return f"no result came back, the message may have been sent: ask by {asks} before sending again"


def _was_never_sent(error: requests.RequestException) -> bool:
    """Whether no connection was made."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}


def _allowed(answer: Answer, method: str) -> Answer:
    if answer.status == HTTPStatus.FORBIDDEN:
        raise Told(f"the AWS user or role may not {method} there: {STATEMENTS}")
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS and not answer.result:
        raise Told("the API is throttled, nothing was done: try again in a second")
    return answer


def _call(place: Place, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    from botocore.auth import SigV4Auth  # noqa: PLC0415 - help needs none of it
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415 - the same

    url = place.output("ApiUrl") + path
    signed = AWSRequest(method, url, data=body, headers={**headers, "Content-Type": "application/json"})
    SigV4Auth(_credentials(place), "execute-api", place.session.region_name).add_auth(signed)
    with _session(place) as http:
        patience = (SECONDS_TO_CONNECT, SECONDS_TO_ANSWER)
        answer = http.request(
            method, url, data=body, headers=dict(signed.headers), timeout=patience, allow_redirects=False
        )
    return Answer(answer.status_code, _document(answer))


def _credentials(place: Place) -> Any:
    from botocore.exceptions import NoCredentialsError  # noqa: PLC0415 - help needs none of it

    credentials = place.session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    return credentials


def _session(place: Place) -> requests.Session:
    """No netrc file may put its password in the place of the signature, and no proxy stands before a local cloud."""
    import requests  # noqa: PLC0415 - help needs none of it

    session = requests.Session()
    session.trust_env = place.local is None
    session.auth = lambda request: request
    return session


def _document(answer: requests.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    return document if isinstance(document, dict) else {}
