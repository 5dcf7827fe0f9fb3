"""A waiting room: so many requests at once, a bounded line behind them, and nobody waits longer than makes sense."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class TooMany(Exception):
    """No turn: the line is full, or it did not move in time."""


class WaitingRoom:
    """`at_once` have a turn; `line` more wait for one, in order, for at most `patience` seconds. For one event loop."""

    def __init__(self, at_once: int, line: int, patience: float) -> None:
        self.line, self.patience = line, patience
        self.waiting = 0
        self._free = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A turn, given back at the end. TooMany before anything was done."""
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self) -> None:
        if self.waiting >= self.line:
            raise TooMany
        self.waiting += 1
        try:
            async with asyncio.timeout(self.patience):
                await self._free.acquire()
        except TimeoutError:
            raise TooMany from None
        finally:
            self.waiting -= 1
