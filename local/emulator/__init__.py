"""The AWS emulator: MiniStack as a program to start, what fills its gaps for functions, and the keys to it.

It must not know what launches it, what is shown on it, or which provider is sent to.
"""
