"""The demo: messages through every door of a local cloud of its own, and what became of them.

It uses the stack as an operator does: it must know neither the emulator's keys nor the simulator's code.
"""
