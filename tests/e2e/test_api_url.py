"""The local API as clients call it that were written for AWS: at `api_url` alone, or with `host_header` as well."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.loopback import session

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.outputs import Outputs
    from tests.e2e.conftest import Stack

    Post = Callable[[Outputs, str, str], str]

pytestmark = pytest.mark.xdist_group("stack")

NODE = Path(__file__).with_name("post.mjs")
BODY = json.dumps({"phone_numbers": ["13800138000"], "template_param": {"code": "739164"}})


def with_curl(outputs: Outputs, secret: str, host: str) -> str:
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", f"{outputs.api_url}/v1/messages"]
    command += [
        "--aws-sigv4",
        f"aws:amz:{outputs.region}:execute-api",
        "--user",
        f"{outputs.aws_access_key_id}:{secret}",
    ]
    command += ["--header", "Content-Type: application/json", "--data", BODY]
    return printed([*command, "--header", f"Host: {host}"] if host else command)


def with_requests(outputs: Outputs, secret: str, host: str) -> str:
    headers = {"Content-Type": "application/json"} | ({"Host": host} if host else {})
    request = AWSRequest("POST", f"{outputs.api_url}/v1/messages", data=BODY, headers=headers)
    SigV4Auth(Credentials(outputs.aws_access_key_id, secret), "execute-api", outputs.region).add_auth(request)
    with session() as http:
        return http.post(str(request.url), data=BODY, headers=dict(request.headers), timeout=30).text


def with_node(outputs: Outputs, secret: str, _host: str) -> str:
    if not shutil.which("node"):
        pytest.skip("node is not on this machine")
    names = {"url": f"{outputs.api_url}/v1/messages", "region": outputs.region, "key": outputs.aws_access_key_id}
    return printed(["node", str(NODE), json.dumps({**names, "secret": secret, "body": BODY})])


def printed(command: list[str]) -> str:
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the commands above
    assert run.returncode == 0, run.stderr
    return run.stdout


NAMED = [(with_curl, True), (with_requests, True)]  # fetch lets nobody set the Host
CALLS = pytest.mark.parametrize(
    ("post", "named"), [(with_curl, False), (with_requests, False), (with_node, False), *NAMED]
)


@CALLS
def test_a_signed_request_is_answered_with_its_result(stack: Stack, post: Post, named: bool) -> None:  # noqa: FBT001 - a parameter
    outputs = stack.outputs

    result = json.loads(post(outputs, outputs.aws_secret_access_key, outputs.host_header if named else ""))

    assert result.get("status") == "accepted", result


@CALLS
def test_one_that_is_signed_with_another_secret_is_refused(stack: Stack, post: Post, named: bool) -> None:  # noqa: FBT001 - the same
    answer = json.loads(post(stack.outputs, "another", stack.outputs.host_header if named else ""))

    assert "status" not in answer
    assert "signature" in answer["message"]


def test_the_host_header_alone_is_enough_too(stack: Stack) -> None:
    """As clients called it before `api_url` worked alone."""
    outputs = stack.outputs
    request = AWSRequest("GET", f"{outputs.emulator_url}/v1/health", headers={"Host": outputs.host_header})
    key = Credentials(outputs.aws_access_key_id, outputs.aws_secret_access_key)
    SigV4Auth(key, "execute-api", outputs.region).add_auth(request)
    with session() as http:
        assert http.get(str(request.url), headers=dict(request.headers), timeout=30).json() == {"status": "ok"}


def test_it_names_the_api_by_its_path(stack: Stack) -> None:
    [_, place, kind, api_id] = urlsplit(stack.outputs.api_url).path.split("/")

    assert (place, kind) == ("_aws", "execute-api")
    assert stack.outputs.host_header.startswith(f"{api_id}.")
