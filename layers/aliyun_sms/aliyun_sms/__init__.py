"""Alibaba Cloud SMS (Dysmsapi 2017-05-25) for AWS Lambda: signing, the client, and the core behind every door."""

from .client import SmsClient
from .credentials import Credentials
from .errors import SmsError
from .message import Message

__all__ = ["Credentials", "Message", "SmsClient", "SmsError"]
