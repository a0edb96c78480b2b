"""The access key: what the secret holds, what each sandbox read of it, and what the provider takes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from aliyun_sms.errors import NoCredentials
from aliyun_sms.provider.credentials import Credentials

if TYPE_CHECKING:
    from tests.simulation.provider import Provider
    from tests.simulation.world import World

# Seconds until the provider refuses the old key, and until the secret holds the new one.
WAYS_TO_CHANGE = ((0, 0), (0, 300), (300, 0))


class Secret:
    """What it holds changes at some times. Every second change is of the key alone, under the same id."""

    def __init__(self, world: World, provider: Provider) -> None:
        self.stored = _key(0)
        self.good_since = world.now  # the provider takes what it holds
        self._world = world
        self._provider = provider
        self._made = 0
        provider.keys = {self.stored}

    def change(self) -> None:
        """A new key, which the provider takes at once."""
        self._made += 1
        new = _key(self._made)
        self._provider.keys.add(new)
        refused, stored = self._world.random.choice(WAYS_TO_CHANGE)
        self.good_since = max(self.good_since, self._world.now + max(refused, stored))
        self._world.after(refused, partial(self._refuse_all_but, self._made))
        self._world.after(stored, partial(self._store, self._made))

    def _refuse_all_but(self, made: int) -> None:
        if made == self._made:
            self._provider.keys = {_key(made)}

    def _store(self, made: int) -> None:
        if made == self._made:
            self.stored = _key(made)


class Sandbox:
    """A function's own copy of the secret, as it was when it was read. The source of its client's key."""

    def __init__(self, world: World, secret: Secret) -> None:
        self.failed_at = world.now
        self._world = world
        self._secret = secret
        self._held = secret.stored

    def current(self) -> Credentials:
        return self._held

    def renew(self, refused: Credentials) -> bool:
        if self._held == refused:
            self._held = self._read()
        return self._held != refused

    def _read(self) -> Credentials:
        self._world.counts["secret: read again"] += 1
        self._world.takes(0.05)
        if self._world.happens("secret: not read", self._world.chances.queue):
            self.failed_at = self._world.now
            raise NoCredentials("client:credentials-unavailable", "")
        return self._secret.stored


def _key(number: int) -> Credentials:
    return Credentials(f"key {number // 2}", f"secret {number}")
