"""How those who follow the simulator learn that something has changed."""

from __future__ import annotations

import asyncio


class Bell:
    """Rung at each change. Who takes `rung` before a look, and waits for it after that, misses none."""

    def __init__(self) -> None:
        """Nothing has changed yet."""
        self.rung = asyncio.Event()

    def ring(self) -> None:
        """Wake all who wait."""
        self.rung.set()
        self.rung = asyncio.Event()
