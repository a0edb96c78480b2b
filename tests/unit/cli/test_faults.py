"""Whatever goes wrong, a person gets one line with what to do, and an exit code."""

from __future__ import annotations

import subprocess
import sys
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from botocore import exceptions
from requests.exceptions import ConnectTimeout

from cli import __main__ as command
from cli import faults
from cli.place import Place
from tests.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path


BATCH = "User: arn:aws:iam::1:user/u is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:13800138000"


def refused(code: str, operation: str = "DescribeStacks", message: str = "13800138000") -> exceptions.ClientError:
    return exceptions.ClientError({"Error": {"Code": code, "Message": message}}, operation)


def refused_at(seconds: int, code: str) -> exceptions.ClientError:
    """An answer of AWS's by a clock that is so many seconds ahead."""
    metadata = {"HTTPHeaders": {"date": formatdate(time.time() + seconds, usegmt=True)}}
    return exceptions.ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, "DescribeStacks")


ERRORS = [
    (refused("AccessDenied", "SendMessage"), "not allowed to call SendMessage"),
    (refused("AccessDenied", "SendMessageBatch", BATCH), "not allowed to call sqs:sendmessage: docs/operations.md"),
    (refused("ExpiredToken"), "sign in again"),
    (refused("ValidationError"), "no such stack"),
    (refused("InvalidClientTokenId"), "does not know the access key"),
    (refused("Teapot"), "refused DescribeStacks with Teapot"),
    (exceptions.NoCredentialsError(), "no AWS credentials"),
    (exceptions.ProfileNotFound(profile="x"), "list-profiles"),
    (exceptions.UnauthorizedSSOTokenError(), "aws sso login"),
    (exceptions.TokenRetrievalError(provider="sso", error_msg="x"), "aws sso login"),
    (exceptions.EndpointConnectionError(endpoint_url="https://sqs.example"), "https://sqs.example was not reached"),
    (exceptions.ReadTimeoutError(endpoint_url="https://sqs.example"), "https://sqs.example was not reached"),
    (exceptions.ParamValidationError(report="13800138000"), "ParamValidationError"),
    (ConnectTimeout("https://x/13800138000"), "API was not reached"),
    (ZeroDivisionError("13800138000"), "a defect of this command, ZeroDivisionError at"),
]


@pytest.mark.parametrize(
    ("seconds", "code", "line"),
    [
        (400, "SignatureDoesNotMatch", "clock is"),
        (-400, "RequestExpired", "set it"),
        (10, "SignatureDoesNotMatch", "secret key is wrong"),
    ],
)
def test_a_clock_that_is_off_is_told_as_such(seconds: int, code: str, line: str) -> None:
    assert line in faults.told(refused_at(seconds, code))


@pytest.mark.parametrize(("error", "line"), ERRORS, ids=[type(error).__name__ + line[:12] for error, line in ERRORS])
def test_an_error_is_a_line_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, line: str
) -> None:
    def fail(_: Place, __: str) -> None:
        raise error

    monkeypatch.setattr(Place, "client", fail)

    assert command.run(["outputs", "--json"]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert line in said.err
    assert len(said.err.splitlines()) == 2  # the first says whom it talks to
    assert "13800138000" not in said.err


def test_every_code_of_aws_that_is_explained_says_what_to_do() -> None:
    assert all(":" in line for line in [*faults.OF_AWS.values(), *faults.OF_BOTOCORE.values()])


def test_ctrl_c_ends_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(_: Place, __: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Place, "client", interrupt)

    assert command.run(["outputs"]) == 130
    assert capsys.readouterr().err.splitlines()[1:] == ["sms: interrupted"]


@pytest.mark.parametrize("arguments", [["outputs", "--nope"], ["nope"], ["outputs", "--region"]])
def test_a_wrong_command_line_is_2_and_a_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_help_names_every_verb_and_loads_nothing_of_aws(place: Path) -> None:
    look = "import sys; from cli.__main__ import run; run(['--help']); print({'boto3', 'requests'} & {*sys.modules})"

    done = subprocess.run(  # noqa: S603 - a fixed program
        [sys.executable, "-c", look],
        env={"PYTHONPATH": str(ROOT)},
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "outputs  " in done.stdout
    assert done.stdout.splitlines()[-1] == "set()"
