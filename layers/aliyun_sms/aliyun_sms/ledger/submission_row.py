"""The row of a submission, which carries messages, and what may become of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeVar

from aliyun_sms.errors import ImpossibleTransition

if TYPE_CHECKING:
    from collections.abc import Container

    from aliyun_sms.provider.request import Signing

# What rules out a change of a submission; what is not named here may always be done.
NEVER_AFTER = {
    "attempted": ("void", "refused", "found", "resent"),
    "answered": ("void",),
    "voided": ("found",),
    "found": ("void",),
    "resent": ("void", "refused", "found", "resent"),
    "given up": ("void", "given_up"),
}

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SubmissionRow:
    """One call of SendSms or SendBatchSms, with all that is needed to make the identical request again.

    `recipients` are those of all its messages, in their order; `counts` says how many are each one's. Signature, values
    and extend code are one for all messages, or one for each: then it is a SendBatchSms.
    Never a signature, a secret or a token. Recipients and values go when the outcome is known, the ids stay.
    """

    out_id: str
    version: int = 0
    message_ids: list[str]
    counts: list[int]
    recipients: list[str]
    sign_names: list[str]
    template_code: str
    template_params: list[str] | None = None
    extend_codes: list[str] | None = None
    nonce: str
    timestamp: int
    access_key_id: str
    token_digest: str | None = None
    signature_version: int
    attempts: int = 1
    void: bool = False  # certainly nothing is carried out under it: it is not complete, or was refused as a whole
    refused: bool = False  # the answer was a refusal, perhaps of some recipients alone
    found: bool = False  # some of its messages are in the provider's records of sends
    resent: bool = False  # the identical request was made again
    given_up: bool = False  # a new request was made though the outcome was unknown
    code: str | None = None  # of the last answer
    lease_until: int
    submitted_at: int
    due_at: int | None = None  # when its outcome is looked up
    ttl: int | None = None  # none as long as anything is still to be done for it

    @property
    def is_batch(self) -> bool:
        """Whether it is a call of SendBatchSms."""
        return len(self.sign_names) > 1

    @property
    def is_cut_off(self) -> bool:
        """Whether its claim was never completed: it was not even called."""
        return self.void and self.code is None

    def numbers(self) -> dict[str, list[str]]:
        """The recipients of each message, by its id."""
        places = zip(self.message_ids, self.counts, accumulate(self.counts), strict=True)
        return {message_id: self.recipients[end - count : end] for message_id, count, end in places}

    def for_each_number(self, values: list[_Value]) -> list[_Value]:
        """What is given for each message, for each of its recipients."""
        return [value for value, count in zip(values, self.counts, strict=True) for _ in range(count)]

    def narrowed_to(self, message_ids: Container[str]) -> SubmissionRow:
        """This submission with the given messages of it alone, in its order."""
        kept = [place for place, message_id in enumerate(self.message_ids) if message_id in message_ids]
        if len(kept) == len(self.message_ids):
            return self
        numbers = self.numbers()
        ids = [self.message_ids[place] for place in kept]

        def each(values: list[str]) -> list[str]:
            return [values[place] for place in kept] if self.is_batch else values

        return replace(
            self,
            message_ids=ids,
            counts=[self.counts[place] for place in kept],
            recipients=[number for message_id in ids for number in numbers[message_id]],
            sign_names=each(self.sign_names),
            template_params=None if self.template_params is None else each(self.template_params),
            extend_codes=None if self.extend_codes is None else each(self.extend_codes),
        )

    def signed_as(self, signing: Signing) -> bool:
        """Whether the same key, token and signature version signed its last request."""
        now = signed(signing)
        return all(getattr(self, name) == now[name] for name in ("access_key_id", "token_digest", "signature_version"))

    def attempted(self, signing: Signing) -> SubmissionRow:
        """With another request in the place of one that certainly was not carried out, or was given up."""
        self._never_after("attempted")
        return replace(self, attempts=self.attempts + 1, **signed(signing))

    def answered(self, code: str | None, *, refused: bool) -> SubmissionRow:
        """With the code of its answer; `refused` where that was a refusal, perhaps of some recipients alone."""
        self._never_after("answered")
        return replace(self, code=code, refused=refused)

    def voided(self) -> SubmissionRow:
        """As one under which nothing was carried out, nor ever will be."""
        self._never_after("voided")
        return replace(self, void=True)

    def found_for_some(self) -> SubmissionRow:
        """As one of which the provider's records of sends hold some messages."""
        self._never_after("found")
        return replace(self, found=True)

    def resent_once(self) -> SubmissionRow:
        """As one whose identical request was made again."""
        self._never_after("resent")
        return replace(self, resent=True)

    def given_up_for(self, code: str) -> SubmissionRow:
        """As one whose request a new one takes the place of, though its outcome is unknown: `code` says why.

        It is as if new, but that this is done once.
        """
        self._never_after("given up")
        return replace(self, given_up=True, resent=False, refused=False, found=False, code=code)

    def not_to_be_resent(self) -> SubmissionRow:
        """As one whose identical request must not be made: the last one was refused, and is not the unknown one."""
        return replace(self, resent=True)

    def due_again(self, at: int | None) -> SubmissionRow:
        """As one whose outcome is looked up at that time; None where somebody else sees to it."""
        return replace(self, due_at=at, ttl=None)

    def closed(self, ttl: int) -> SubmissionRow:
        """The row when nothing more is to be done for it, without anybody's number or values.

        Which messages it carried stays, so that a send in the provider's records leads to them.
        """
        return replace(
            self,
            recipients=[],
            sign_names=self.sign_names[:1],
            template_params=None,
            extend_codes=None,
            due_at=None,
            ttl=ttl,
        )

    def _never_after(self, change: str) -> None:
        if any(getattr(self, flag) for flag in NEVER_AFTER[change]):
            raise ImpossibleTransition(f"a submission cannot be {change} after what became of it")


def signed(signing: Signing) -> dict[str, Any]:
    """The fields of a submission that tell how its last request was signed."""
    return {
        "nonce": signing.stamp.nonce,
        "timestamp": signing.stamp.seconds,
        "access_key_id": signing.credentials.access_key_id,
        "token_digest": signing.credentials.token_digest,
        "signature_version": signing.version,
    }
