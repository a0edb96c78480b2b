"""Dead letters: what they hold, their queues, and how they are moved back under the keys that they had."""
