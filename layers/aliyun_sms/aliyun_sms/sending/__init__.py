"""The core behind every door: claim, submit, write results. It knows nothing of trigger events, AWS or settling."""
