"""How `sms secret` changes the access key: tried first, and put into force only where the provider takes it."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from cli import __main__ as command
from cli.access_key import AccessKey
from cli.place import Place

KEY = {"access_key_id": "LTAInew", "access_key_secret": "newSecret"}
OK = {"code": "OK", "advice": None, "fault": None, "detail": None}
REFUSED = {"code": "SignatureDoesNotMatch", "advice": "Correct it.", "fault": "key", "detail": None}
UNREACHED = {"code": "client:connect-failure", "advice": "Look.", "fault": None, "detail": "no address"}
DENIED = {"code": "isp.RAM_PERMISSION_DENY", "advice": "Allow it.", "fault": "permission", "detail": None}


@dataclass
class Aws:
    """Secrets Manager with one secret, whose versions have stages, and the function that tries one."""

    verdict: dict[str, Any] = field(default_factory=lambda: OK)
    texts: dict[str, str] = field(default_factory=lambda: {"v0": "{}"})
    stages: dict[str, str] = field(default_factory=lambda: {"AWSCURRENT": "v0"})  # versions by their stages
    tried: list[str] = field(default_factory=list)
    fails: bool = False

    def put_secret_value(self, **put: Any) -> dict[str, Any]:
        version = f"v{len(self.texts)}"
        stages = put.get("VersionStages", ["AWSCURRENT"])
        self.stages |= dict.fromkeys(stages if self.texts else [*stages, "AWSCURRENT"], version)  # as AWS does
        self.texts[version] = put["SecretString"]
        return {"VersionId": version}

    def describe_secret(self, **_: object) -> dict[str, Any]:
        held: dict[str, list[str]] = {}
        for stage, version in self.stages.items():
            held.setdefault(version, []).append(stage)
        return {"VersionIdsToStages": held}

    def update_secret_version_stage(self, **asked: str) -> None:
        stage, removed = asked["VersionStage"], asked.get("RemoveFromVersionId")
        assert self.stages.get(stage) == removed  # or AWS refuses it
        if version := asked.get("MoveToVersionId"):
            self.stages[stage] = version
        else:
            del self.stages[stage]

    def invoke(self, *, Payload: bytes, **_: object) -> dict[str, Any]:  # noqa: N803 - boto3's
        if self.fails:
            raise KeyboardInterrupt
        self.tried.append(json.loads(Payload)["secret_version"])
        return {"Payload": io.BytesIO(json.dumps({"key": self.verdict}).encode())}

    @property
    def in_force(self) -> dict[str, str]:
        """The key that the functions read."""
        text = self.texts[self.stages["AWSCURRENT"]]
        return dict(json.loads(text))


@pytest.fixture
def aws(deployed: None, monkeypatch: pytest.MonkeyPatch) -> Aws:  # noqa: ARG001 - a local cloud on paper
    aws = Aws()
    outputs = {"CredentialsSecretArn": "arn", "AskProviderFunctionArn": "f"}
    monkeypatch.setattr(Place, "outputs", outputs)
    monkeypatch.setattr(Place, "client", lambda *_: aws)
    pipe(monkeypatch, json.dumps(KEY))
    return aws


def pipe(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_key_that_the_provider_takes_is_put_into_force(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["secret"]) == 0

    assert aws.in_force == KEY
    assert aws.tried == ["v1"]
    assert aws.stages == {"AWSCURRENT": "v1"}
    said = "".join(capsys.readouterr())
    assert "the provider takes the key" in said
    assert not [text for text in KEY.values() if text in said]


def test_a_key_that_is_refused_leaves_the_secret_as_it_was(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.verdict = REFUSED

    assert command.run(["secret", "--unproven"]) == 1

    assert aws.stages == {"AWSCURRENT": "v0"}
    assert "the secret is as it was: SignatureDoesNotMatch. Correct it." in capsys.readouterr().err


@pytest.mark.parametrize("verdict", [UNREACHED, DENIED])
def test_what_cannot_be_proven_is_taken_only_where_a_person_says_so(
    aws: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, verdict: dict[str, Any]
) -> None:
    """One whose user may not ask could be a key of the wrong user."""
    aws.verdict = verdict

    assert command.run(["secret"]) == 1
    assert aws.stages == {"AWSCURRENT": "v0"}
    assert "--unproven" in capsys.readouterr().err

    pipe(monkeypatch, json.dumps(KEY))
    assert command.run(["secret", "--unproven"]) == 0
    assert aws.in_force == KEY


def test_an_empty_secret_is_filled(aws: Aws) -> None:
    aws.texts, aws.stages = {}, {}

    assert command.run(["secret"]) == 0
    assert aws.in_force == KEY


@pytest.mark.parametrize("verdict", [REFUSED, UNREACHED])
def test_an_empty_secret_stays_empty_where_its_first_key_is_not_taken(aws: Aws, verdict: dict[str, Any]) -> None:
    """Though Secrets Manager puts the first version of a secret into force at once."""
    aws.texts, aws.stages, aws.verdict = {}, {}, verdict

    assert command.run(["secret"]) == 1
    assert aws.in_force == {}


def test_ctrl_c_in_the_middle_leaves_the_secret_as_it_was(aws: Aws) -> None:
    aws.fails = True

    assert command.run(["secret"]) == 130
    assert aws.stages == {"AWSCURRENT": "v0"}


def test_a_token_goes_with_its_key(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, json.dumps({**KEY, "security_token": "aToken"}))

    assert command.run(["secret", "--json"]) == 0
    assert aws.in_force == {**KEY, "security_token": "aToken"}


def test_a_person_is_asked(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("cli.access_key.ask_line", lambda _: "LTAInew ")
    monkeypatch.setattr("cli.screen.getpass", lambda _: "newSecret")

    assert command.run(["secret"]) == 0
    assert aws.in_force == KEY


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "stdin must hold"),
        ("LTAInew:newSecret", "stdin must hold"),
        ("[]", "stdin must hold"),
        (json.dumps({**KEY, "token": "x"}), "stdin must hold"),
        (json.dumps({"access_key_id": "LTAInew"}), "access_key_secret: must be"),
        (json.dumps({**KEY, "access_key_id": ""}), "access_key_id: must be"),
        (json.dumps({**KEY, "access_key_secret": "new Secret"}), "access_key_secret: must be"),
        (json.dumps({**KEY, "access_key_secret": 5}), "access_key_secret: must be"),
        (json.dumps({**KEY, "security_token": "密"}), "security_token: must be"),
    ],
)
def test_what_is_no_key_is_told_without_it(
    aws: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    pipe(monkeypatch, text)

    assert command.run(["secret"]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert not [part for part in KEY.values() if part in said]
    assert aws.tried == []


def test_a_key_is_not_shown_by_its_repr() -> None:
    assert not [part for part in KEY.values() if part in repr(AccessKey(**KEY))]


@pytest.mark.parametrize("at", ["builtins.input", "cli.screen.getpass"])
def test_a_person_who_ends_the_input_changes_nothing(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, at: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def end(*_: str) -> str:
        raise EOFError

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda: "LTAInew")
    monkeypatch.setattr(at, end)

    assert command.run(["secret"]) == 1

    assert capsys.readouterr().err.splitlines()[-1] == "sms: the input ended: nothing was done"
    assert aws.texts == {"v0": "{}"}
