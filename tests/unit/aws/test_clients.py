"""Clients of AWS: made once, at the start or when they are needed, and never waited for long."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from aliyun_sms.aws import clients

pytestmark = pytest.mark.usefixtures("_lambda")


def test_a_queues_client_is_made_when_it_is_needed_and_once_for_all_threads(made: list[str]) -> None:
    sqs = clients.made_when_needed("sqs")
    assert made == []

    with ThreadPoolExecutor(8) as threads:
        made_for_each = {id(client) for client in threads.map(lambda _: sqs(), range(64))}

    assert (made, len(made_for_each)) == (["sqs"], 1)


@pytest.mark.parametrize("service", ["secretsmanager", "dynamodb", "sqs"])
def test_aws_is_waited_for_ten_seconds_at_most(service: str) -> None:
    config = clients.made_at_once(service)().meta.config

    assert (config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"] <= 10
