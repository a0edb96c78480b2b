"""What nobody knows: what is due, evidence, policy, whom to tell. No door loads it."""
