"""The local cloud: an AWS emulator and a provider simulator, and the stack deployed to them."""
