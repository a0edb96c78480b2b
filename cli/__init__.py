"""The command `sms`: what a person runs against a deployed stack; it imports nothing of the layer nor of local/."""
