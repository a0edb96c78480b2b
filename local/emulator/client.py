"""How one talks to the AWS emulator: as its account's root."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from local.settings import Settings

REGION = "us-east-1"
ROOT_KEY = "test"  # MiniStack takes this access key id, with any secret, for the account's root


def client(service: str, settings: Settings) -> Any:
    """Give a boto3 client with the emulator's root key."""
    return boto3.client(
        service,
        endpoint_url=settings.emulator_url,
        region_name=REGION,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
        config=Config(proxies={}, retries={"mode": "standard"}),
    )
