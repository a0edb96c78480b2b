"""A fixed access key: it shows nowhere, and is its own source."""

from __future__ import annotations

from aliyun_sms.provider.credentials import Credentials


def test_credentials_show_nothing() -> None:
    shown = f"{Credentials('testId', 'testSecret', 'token')!r} {Credentials('testId', 'testSecret', 'token')}"

    assert shown == "Credentials(…) Credentials(…)"


def test_given_credentials_are_their_own_source_and_never_change() -> None:
    credentials = Credentials("testId", "testSecret")

    assert credentials.current() is credentials
    assert credentials.renew(credentials) is False
