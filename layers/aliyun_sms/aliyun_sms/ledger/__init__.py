"""What was claimed, sent and settled: rows, what may become of them, and the promises of the table that keeps them.

It knows nothing of calls to the provider, nor of queues.

    a message                                        a submission, by its flags
    sending ──> accepted                             (none) ── attempted, answered ──> (none) or refused
            ──> rejected, released or for good       (none) ── resent, once ─────────> resent
            ──> expired                              refused ── voided ──────────────> void: its messages move on
            ──> queued ──> released ──> sending      any but void ── found ──────────> found
            ──> unknown ──> any of these, or held    any but void ── given up, once ─> given_up, as if new

`message_row.py` and `submission_row.py` have them as data; an impossible one is an error.
"""
