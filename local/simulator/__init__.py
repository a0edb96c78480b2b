"""A simulator of Alibaba Cloud SMS (Dysmsapi 2017-05-25): `python -m local.simulator`.

It sends nothing: it verifies, decides and remembers, as the provider's documents say, and it can be told to fail in the
ways a network and a gateway fail. It shares no code with the layer that talks to it.
"""
