"""A run of messages through a deployed stack while provider and functions fail.

What is sent (messages), how it comes in (senders), what breaks (trouble), what is seen from outside (sight), and what
is counted in the end (count); run puts them together.
"""
