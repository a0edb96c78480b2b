"""The IAM user that stands for an operator: the emulator's root key proves nothing, since it takes any secret."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.emulator.client import client

if TYPE_CHECKING:
    from local.settings import Settings

NAME = "operator"
ALLOWED = (
    "cloudformation:DeleteStack",
    "cloudformation:Describe*",
    "cloudformation:GetTemplate",
    "cloudformation:ListStackResources",
    "cloudwatch:*",
    "dynamodb:*",
    "events:*",
    "execute-api:Invoke",
    "iam:PassRole",
    "lambda:*",
    "logs:*",
    "s3:DeleteObject",
    "scheduler:*",
    "secretsmanager:*",
    "sns:ListSubscriptionsByTopic",
    "sns:Publish",
    "sqs:*",
)


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An AWS access key of the emulator."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


def create_operator(settings: Settings) -> AccessKey:
    """Make the user, who may use all that the stack consists of."""
    iam = client("iam", settings)
    statement = {"Effect": "Allow", "Action": ALLOWED, "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.create_user(UserName=NAME)
    iam.put_user_policy(UserName=NAME, PolicyName="operate", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=NAME)["AccessKey"]
    return AccessKey(key["AccessKeyId"], key["SecretAccessKey"])
