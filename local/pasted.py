"""What `make up` prints to be pasted into a shell."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.outputs import Outputs

CURL = (
    'curl --silent --show-error --aws-sigv4 "aws:amz:$AWS_REGION:execute-api" '
    '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" --header "content-type: application/json" '
    """--data '{"phone_numbers": ["13800138000"], "template_param": {"code": "482913"}}' "$API_URL/v1/messages\""""
)


def exports(outputs: Outputs) -> str:
    """Give the lines after which curl, the AWS CLI 2 and the AWS SDKs talk to this local cloud and to no account."""
    names = {
        "API_URL": outputs.api_url,
        "QUEUE_URL": outputs.queue_url,
        "AWS_ENDPOINT_URL": outputs.emulator_url,
        "AWS_REGION": outputs.region,
        "AWS_DEFAULT_REGION": outputs.region,
        "AWS_ACCESS_KEY_ID": outputs.aws_access_key_id,
        "AWS_SECRET_ACCESS_KEY": outputs.aws_secret_access_key,
        "AWS_SESSION_TOKEN": "",
    }
    lines = [f"export {name}={shlex.quote(value) if value else ''}" for name, value in names.items()]
    return "\n".join([*lines, "unset AWS_PROFILE"])
