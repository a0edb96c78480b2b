"""What was claimed, sent and settled: rows, what may become of them, and the promises of the table that keeps them.

It knows nothing of calls to the provider, nor of queues.

    a message                                         a submission, by its flags
    sending ──> accepted, expired                     void ── its last row is written ──> (none)
            ──> rejected, for good or released        (none) ── attempted, answered ────> (none) or refused
            ──> queued ──> released, in the queue     (none) or refused ── voided ──────> void: its messages move on
            ──> unknown ──> any of these, or held     (none) ── resent, once ───────────> resent
    released ──> sending, when it is claimed anew     any but void ── found ────────────> found
    sending, unknown ──> sending, when it moves on    any but void ── given up, once ───> given_up, else as if new

`message_row.py` and `submission_row.py` have them as data. Whoever writes has read the row before: what that row cannot
become is an error, and what has changed since is a conflict. What the provider accepted is written over either.
"""
