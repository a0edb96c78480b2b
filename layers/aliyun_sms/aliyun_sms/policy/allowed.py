"""A message as the policy lets it through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aliyun_sms.errors import NotAllowed
from aliyun_sms.message.incoming import Unreadable, read_incoming

if TYPE_CHECKING:
    from aliyun_sms.message.incoming import IncomingMessage, Origin
    from aliyun_sms.message.message import Defaults
    from aliyun_sms.message.reach import Reach

    from .document import Policy


def read_allowed(
    document: object, origin: Origin, defaults: Defaults, reach: Reach, policy: Policy
) -> IncomingMessage | Unreadable:
    """The message in a door's JSON object, or why it is none, or which rule does not let its caller send it."""
    rule = policy.rule_for(origin.names)
    incoming = read_incoming(document, origin, defaults, rule.reach(reach), policy.template_faults)
    if isinstance(incoming, Unreadable) or not isinstance(document, dict):
        return incoming
    refusals = rule.refusals(incoming.message, document.get("phone_numbers"))
    return Unreadable(NotAllowed(refusals), origin, incoming.key) if refusals else incoming
