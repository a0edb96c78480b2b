"""Alibaba Cloud SMS (Dysmsapi 2017-05-25) for AWS Lambda: signing, the client, and the core behind every door."""

from .errors import SmsError
from .message.message import Message
from .provider.client import SmsClient
from .provider.credentials import Credentials

__all__ = ["Credentials", "Message", "SmsClient", "SmsError"]
