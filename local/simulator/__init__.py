"""A simulator of Alibaba Cloud SMS (Dysmsapi 2017-05-25), which sends nothing: `python -m local.simulator`.

It goes by the provider's documents alone: it must know neither the layer that talks to it nor the rest of `local/`.
"""
