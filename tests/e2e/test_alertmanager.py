"""Debian's Alertmanager, with a narrow IAM user, at the deployed stack: it fires, groups, repeats and resolves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from local.loopback import session
from local.settings import ROOT
from tests.e2e.alerts import ZHAOLIU, put_routes, told
from tests.e2e.conftest import PATIENCE, free_port, wait_until
from tests.e2e.test_stack_permissions import as_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Stack

pytestmark = pytest.mark.xdist_group("stack")

PROGRAM = "prometheus-alertmanager"
USER = "alertmanager"
HOSTILE = 'said "90 %" \\ {{ x }}\n\t【满】\x07 see https://wiki.example.cn/d?a=1&b=2 \'\u2028<tag>'


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """One that runs, and what its API takes."""

    url: str

    def fires(self, *instances: str, ended: bool = False) -> None:
        """Alerts of one name fire on these, or have ended, as Prometheus says it."""
        now = datetime.now(UTC)
        times = {"endsAt": (now if ended else now + timedelta(hours=1)).isoformat()}
        alerts = [self._alert(instance) | times for instance in instances]
        with session() as http:
            http.post(f"{self.url}/api/v2/alerts", json=alerts, timeout=PATIENCE).raise_for_status()

    def is_ready(self) -> bool:
        with session() as http:
            return bool(http.get(f"{self.url}/-/ready", timeout=PATIENCE).ok)

    def notified(self) -> int:
        """How many notifications it has published."""
        with session() as http:
            lines = http.get(f"{self.url}/metrics", timeout=PATIENCE).text.splitlines()
        name = 'alertmanager_notifications_total{integration="sns"} '
        (count,) = [line.removeprefix(name) for line in lines if line.startswith(name)]
        return int(float(count))

    def _alert(self, instance: str) -> dict[str, Any]:
        labels = {"alertname": "磁盘快满了", "instance": instance, "team": '书店 "北岸"\n'}
        return {"labels": labels, "annotations": {"summary": HOSTILE, "runbook": "https://wiki.example.cn/disk"}}


@pytest.fixture
def alertmanager(stack: Stack, tmp_path: Path) -> Iterator[Alertmanager]:
    if not shutil.which(PROGRAM):
        what = f"{PROGRAM} is not installed: apt-get install --no-install-recommends {PROGRAM}"
        pytest.fail(what) if "CI" in os.environ else pytest.skip(what)
    put_routes(stack, tmp_path)
    with publisher(stack) as key:
        config, url = tmp_path / "alertmanager.yml", f"127.0.0.1:{free_port()}"
        config.write_text(yaml.safe_dump(configured(stack, key)), encoding="utf-8")
        options = [f"--config.file={config}", f"--storage.path={tmp_path}", f"--web.listen-address={url}"]
        command = [PROGRAM, *options, "--cluster.listen-address="]
        with (tmp_path / "log").open("w") as log, subprocess.Popen(command, stderr=log, stdout=log) as running:  # noqa: S603 - a fixed program
            started = Alertmanager(f"http://{url}")
            try:
                wait_until("it answers", lambda: (tmp_path / "log").read_text().count("Listening on"))
                wait_until("it is ready", started.is_ready)
                yield started
            finally:
                running.terminate()


def configured(stack: Stack, key: dict[str, Any]) -> dict[str, Any]:
    """The configuration of examples/, with this stack's topic and no patience."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "examples" / "alertmanager.yml").read_text(encoding="utf-8"))
    config["templates"] = [str(ROOT / "examples" / "alertmanager.tmpl")]
    config["route"] |= {"group_wait": "1s", "group_interval": "2s", "repeat_interval": "3s"}
    sigv4 = {"region": stack.outputs.region, "access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
    where = {"topic_arn": stack.outputs.alerts_topic_arn, "api_url": stack.outputs.emulator_url, "sigv4": sigv4}
    config["receivers"][0]["sns_configs"][0] |= where
    return config


@contextmanager
def publisher(stack: Stack) -> Iterator[dict[str, Any]]:
    """The key of a user who may publish to the topic, and do nothing else."""
    iam = as_root(stack, "iam")
    statement = {"Effect": "Allow", "Action": "sns:Publish", "Resource": stack.outputs.alerts_topic_arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_user(UserName=USER)
    try:
        iam.put_user_policy(UserName=USER, PolicyName="publish", PolicyDocument=policy)
        key: dict[str, Any] = iam.create_access_key(UserName=USER)["AccessKey"]
        yield key
    finally:
        iam.delete_user_policy(UserName=USER, PolicyName="publish")
        for each in iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=USER, AccessKeyId=each["AccessKeyId"])
        iam.delete_user(UserName=USER)


def test_what_alertmanager_groups_repeats_and_resolves_is_an_alarm_and_its_recovery(
    stack: Stack, alertmanager: Alertmanager
) -> None:
    alertmanager.fires("shop-1:9100", "shop-2:9100")
    wait_until("the alarm", lambda: told(stack, ZHAOLIU, "磁盘快满了"))
    wait_until("three notifications of it", lambda: alertmanager.notified() >= 3)
    alertmanager.fires("shop-1:9100", ended=True)
    before = alertmanager.notified()
    wait_until("that of one recovery", lambda: alertmanager.notified() > before)
    alertmanager.fires("shop-2:9100", ended=True)
    wait_until("the recovery", lambda: len(told(stack, ZHAOLIU, "磁盘快满了")) >= 2)
    alarm, recovery = told(stack, ZHAOLIU, "磁盘快满了")

    assert alarm.startswith('【北岸书店】告警2: 磁盘快满了的状态变为firing said "90 %" \\ {{ x }}')
    assert recovery.startswith("【北岸书店】告警2: 磁盘快满了的状态变为resolved said")
