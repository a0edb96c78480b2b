"""What libraries raise, as one line with what to do. Their texts are not repeated: they may quote a message."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from traceback import extract_tb
from typing import Any

STATEMENTS = "docs/operations.md has the statement that each verb needs"
KEY = "set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or say --profile"

OF_BOTOCORE = {  # by the names of its exceptions and of what these are made from
    "NoCredentialsError": f"no AWS credentials were found: {KEY}",
    "PartialCredentialsError": f"the AWS credentials are incomplete: {KEY}",
    "CredentialRetrievalError": f"the AWS credentials could not be fetched: sign in again, or {KEY}",
    "SSOError": "the AWS sign-in has expired or is missing: run `aws sso login`",
    "TokenRetrievalError": "the AWS sign-in has expired or is missing: run `aws sso login`",
    "ProfileNotFound": "the AWS profile does not exist: `aws configure list-profiles` names those that do",
    "InvalidRegionError": "the AWS region is none: correct --region or AWS_REGION",
    "SSLError": "the TLS connection was refused: look at the proxy and at AWS_CA_BUNDLE",
    "ProxyConnectionError": "the proxy was not reached: look at HTTPS_PROXY",
    "ConnectionError": "{endpoint} was not reached: look at the network, the region and the proxy",
    "HTTPClientError": "{endpoint} was not reached: look at the network, the region and the proxy",
}
OF_AWS = {  # by its codes
    "ExpiredToken": "the AWS token has expired: sign in again",
    "ExpiredTokenException": "the AWS token has expired: sign in again",
    "RequestExpired": "the AWS request has expired: sign in again, and look at this machine's clock",
    "InvalidClientTokenId": f"AWS does not know the access key: {KEY}",
    "UnrecognizedClientException": f"AWS does not know the access key: {KEY}",
    "InvalidAccessKeyId": f"AWS does not know the access key: {KEY}",
    "SignatureDoesNotMatch": f"the AWS secret key is wrong: {KEY}",
    "Throttling": "AWS throttles: try again in a minute",
    "ThrottlingException": "AWS throttles: try again in a minute",
    "ProvisionedThroughputExceededException": "AWS throttles: try again in a minute",
    "TransactionConflictException": "others write the same item at the moment: try again",
    "AWS.SimpleQueueService.NonExistentQueue": "the stack's queue is gone: deploy the stack again",
    "QueueDoesNotExist": "the stack's queue is gone: deploy the stack again",
    "ResourceNotFoundException": "something of the stack is gone: deploy the stack again",
}
OF_TIME = {"SignatureDoesNotMatch", "InvalidSignatureException", "RequestExpired", "RequestTimeTooSkewed"}
MOST_SECONDS_APART = 240  # AWS takes no signature that is five minutes off
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized")
ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)")  # as a policy names it


def told(error: Exception) -> str:
    """The line for an error that no verb expected."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - help needs none of it
    from requests import RequestException  # noqa: PLC0415 - the same

    if isinstance(error, ClientError):
        return _of_aws(error)
    if isinstance(error, BotoCoreError):
        return _of_botocore(error)
    if isinstance(error, RequestException):
        return "the stack's API was not reached: look at the network and the proxy; `make up` starts a local cloud"
    if isinstance(error, OSError):
        return f"a file, or what this prints into, could not be used: {error.strerror}"
    return _defect(error)


def _of_aws(error: Any) -> str:
    code = str(error.response.get("Error", {}).get("Code"))
    if code in OF_TIME and (seconds := _seconds_apart(error)) > MOST_SECONDS_APART:
        return f"this machine's clock is {seconds} seconds from AWS's, which takes no more than 300: set it"
    if code in DENIED:
        return f"the AWS user or role is not allowed to call {_action(error)}: {STATEMENTS}"
    if error.operation_name == "DescribeStacks" and code == "ValidationError":
        return "there is no such stack here: look at --stack, the region and the account"
    return OF_AWS.get(code, f"AWS refused {error.operation_name} with {code}: {STATEMENTS}")


def _seconds_apart(error: Any) -> int:
    """This machine's clock from AWS's, by the answer."""
    told = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return int(abs(time.time() - parsedate_to_datetime(told).timestamp())) if told else 0


def _action(error: Any) -> str:
    """What a policy would have to allow; the call, where AWS does not say it."""
    named = ACTION.search(str(error.response["Error"].get("Message")))
    return named[1] if named else str(error.operation_name)


def _of_botocore(error: Any) -> str:
    endpoint = error.kwargs.get("endpoint_url", "AWS")
    if endpoint.startswith("http://127.0.0.1:"):
        return f"{endpoint} does not answer: `make down` and `make up` start the local cloud anew"
    for kind in type(error).__mro__:
        if kind.__name__ in OF_BOTOCORE:
            return OF_BOTOCORE[kind.__name__].format(endpoint=endpoint)
    return f"AWS could not be called ({type(error).__name__}): look at the configuration and the network"


def _defect(error: Exception) -> str:
    last = extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}:{last.lineno}"
    return f"a defect of this command, {type(error).__name__} at {where}: please report it"
