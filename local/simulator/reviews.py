"""GetSmsSign and GetSmsTemplate: whether a signature or a template is approved.

Source: the official SDK's models. What is answered for one that the account does not have is not documented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.simulator.answers import Answer, succeeded
from local.simulator.registry import REVIEWS
from local.simulator.submission import signature_of, template_of

if TYPE_CHECKING:
    from local.simulator.call import Call
    from local.simulator.state import State


def get_sms_sign(state: State, call: Call, request_id: str) -> Answer:
    """A number says how far the review is: 0, 1, 2 or 10."""
    signature = signature_of(state, call.params["SignName"])
    return succeeded(call, request_id, SignName=signature.sign_name, SignStatus=REVIEWS[signature.review])


def get_sms_template(state: State, call: Call, request_id: str) -> Answer:
    """The same of a template, of which the number is text."""
    template = template_of(state, call.params["TemplateCode"])
    return succeeded(
        call, request_id, TemplateCode=template.template_code, TemplateStatus=str(REVIEWS[template.review])
    )
