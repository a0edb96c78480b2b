"""Nothing of the developer's own accounts gets near what the launcher starts."""

import os

from local.isolation import isolated

DEVELOPERS = {
    "PATH": "/usr/bin",
    "HTTPS_PROXY": "http://proxy.example:3128",
    "AWS_PROFILE": "production",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL_SQS": "https://sqs.example",
    "AWS_CONFIG_FILE": "/home/developer/.aws/config",
    "SAM_CLI_POLL_DELAY": "9",
    "MAKEFLAGS": "-j8",
    "PYTHONPATH": "/another/project",
}


def test_no_account_profile_or_endpoint_remains() -> None:
    after = isolated(DEVELOPERS)

    assert "AKIAREAL" not in after.values()
    assert {name for name in after if name.startswith("AWS_")} == {
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_EC2_METADATA_DISABLED",
    }
    assert after["AWS_CONFIG_FILE"] == after["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_neither_the_make_above_nor_another_python_speaks_to_what_is_started() -> None:
    assert not {"MAKEFLAGS", "PYTHONPATH", "SAM_CLI_POLL_DELAY"} & isolated(DEVELOPERS).keys()


def test_a_proxy_stays_for_the_package_index_but_not_for_loopback() -> None:
    after = isolated(DEVELOPERS)

    assert after["HTTPS_PROXY"] == "http://proxy.example:3128"
    assert after["NO_PROXY"] == after["no_proxy"] == "127.0.0.1,localhost"
