"""A stack taken away: what there is, what becomes of it, and its removal."""
