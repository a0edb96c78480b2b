"""The version, as releases and the User-Agent name it."""

VERSION = "0.1.0"
USER_AGENT = f"aliyun-sms-lambda/{VERSION}"
