"""What the tests of the sign-in service share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.credentials import Credentials

from sign_in import Door, SignIn

if TYPE_CHECKING:
    from aliyun_sms_stack import Sms

pytest_plugins = ["aliyun_sms_stack"]  # the file beside this one


@pytest.fixture
def sign_in(sms: Sms) -> SignIn:
    """The service, as it is put together in production, but for where it sends to."""
    key = Credentials(sms.outputs["aws_access_key_id"], sms.outputs["aws_secret_access_key"])
    return SignIn(Door(sms.outputs["api_url"], sms.outputs["region"], key))
