"""A queue of dead letters, gone through once, a page at a time, whatever its length."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from cli.dead_letters.letter import ALERTS, MESSAGES, SCHEDULE, SOURCE, Letter, read_letter
from cli.interrupts import uninterrupted
from cli.screen import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cli.place import Place

QUEUES = {  # by the stack's outputs; an older stack lacks the last
    "DeadLetterQueueUrl": MESSAGES,
    "ScheduleDeadLetterQueueUrl": SCHEDULE,
    "AlertDeadLetterQueueUrl": ALERTS,
}
A_PAGE = 10  # the most that SQS gives, takes and changes at once
SECONDS_HIDDEN = 900  # from others, and from this run, which meets a letter again only if it takes longer
SECONDS_TO_ACT = 150  # that a call takes at most, tried three times: with less left a letter is not touched
HIDDEN = "the letters that were read stay hidden from everybody, for 15 minutes at most"
SECONDS_TO_WAIT = 1  # for a letter: a receive without waiting asks only some of the servers
FEW_OF = 100  # letters one may be missing, since SQS counts them about: it is told where more are, and more than a page
FEWER = (
    "{met} of about {length} dead letters of the queue {name} were met: others hide the rest, or SQS gives no more than"
    " 120,000 at once. Run this again when these are done with"
)
MOST_PAGES_IN_VAIN = 50  # in a row, with nothing but what was met before or came in since


class Hidden(NamedTuple):
    """The newest receipt of a letter, and until when it hides it."""

    receipt: str
    until: float


class DeadLetterQueue:
    """Gives each letter once that was there at the start. What is not deleted stays hidden until `show_again`."""

    def __init__(self, sqs: Any, url: str, name: str = MESSAGES, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds, and goes on while the machine sleeps."""
        self.name = name
        self._clock = clock
        self._sqs = sqs
        self._url = url
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        self.length = int(answer["Attributes"]["ApproximateNumberOfMessages"])
        self.started_at = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()
        self._met: set[str] = set()
        self._given = 0
        self._hidden: dict[str, Hidden] = {}  # by SQS's message ids

    def pages(self) -> Iterator[list[Letter]]:
        """The letters, until there are no more of them; it says so where these are fewer than there should be.

        What comes in meanwhile is not among them: moved back, a letter can be answered by a new one at once.
        """
        in_vain = 0
        while in_vain < MOST_PAGES_IN_VAIN and (letters := self._receive()):
            new = [letter for letter in letters if letter.sqs_message_id not in self._met and self._was_there(letter)]
            self._met.update(letter.sqs_message_id for letter in letters)
            in_vain = 0 if new else in_vain + 1
            self._given += len(new)
            if new:
                yield new
        if self.length - self._given > max(A_PAGE, self.length // FEW_OF):
            note(FEWER.format(met=self._given, length=self.length, name=self.name), "yellow")

    def hides(self, letter: Letter) -> bool:
        """Whether a letter is hidden from others long enough to be acted on."""
        hidden = self._hidden.get(letter.sqs_message_id)
        return hidden is not None and self._clock() + SECONDS_TO_ACT <= hidden.until

    def delete(self, letters: Sequence[Letter]) -> list[Letter]:
        """Take letters of one page out, and give those; what SQS does not delete is shown again with the others."""
        receipts = [self._hidden[letter.sqs_message_id].receipt for letter in letters]
        entries = [{"Id": str(place), "ReceiptHandle": receipt} for place, receipt in enumerate(receipts)]
        answer = self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
        deleted = [letters[int(each["Id"])] for each in answer.get("Successful", [])]
        for letter in deleted:
            del self._hidden[letter.sqs_message_id]
        return deleted

    def show_again(self) -> None:
        """Let everybody see what is left; what cannot be shown now shows when its time is over."""
        receipts = [hidden.receipt for hidden in self._hidden.values() if self._clock() < hidden.until]
        for start in range(0, len(receipts), A_PAGE):
            entries = [
                {"Id": str(place), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for place, receipt in enumerate(receipts[start : start + A_PAGE])
            ]
            try:
                self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
            except self._sqs.exceptions.ClientError:
                note(HIDDEN, "yellow")
                raise
        self._hidden.clear()

    def _receive(self) -> list[Letter]:
        """The next letters; once SQS has hidden them, they are known as hidden."""
        with uninterrupted():
            until = self._clock() + SECONDS_HIDDEN
            letters = self._ask()
            self._hidden.update((letter.sqs_message_id, Hidden(letter.receipt, until)) for letter in letters)
        return letters

    def _ask(self) -> list[Letter]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=A_PAGE,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp", SOURCE],
            VisibilityTimeout=SECONDS_HIDDEN,
            WaitTimeSeconds=SECONDS_TO_WAIT,
        )
        return [read_letter(record, self.name) for record in answer.get("Messages", [])]

    def _was_there(self, letter: Letter) -> bool:
        return letter.sent_at < self.started_at + 1  # SQS told that time in whole seconds


def read(queues: Mapping[str, DeadLetterQueue]) -> list[Letter]:
    """Every letter of these queues."""
    return [letter for queue in queues.values() for page in queue.pages() for letter in page]


def each_queue(place: Place) -> Iterator[DeadLetterQueue]:
    """A stack's queues of dead letters, each when its turn comes."""
    sqs, there = place.client("sqs"), place.outputs
    for output, name in QUEUES.items():
        if output in there:
            yield DeadLetterQueue(sqs, there[output], name)


@contextmanager
def every_queue(place: Place) -> Iterator[dict[str, DeadLetterQueue]]:
    """All of them by their names; at the end, whatever brings it, all that is left shows again."""
    with ExitStack() as ending:
        queues = {queue.name: queue for queue in each_queue(place)}
        for queue in queues.values():
            ending.callback(queue.show_again)
        yield queues
