"""A simple bound on how much one client asks: a bucket of tokens that refills evenly. In this process only."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class _Bucket:
    tokens: float
    at: float


class Rate:
    """`per_minute` requests a client, in bursts of as many. Remembers the `remembered` latest clients, by address, in
    memory; a client pushed out starts with a full bucket, so the bound degrades open, never shut."""

    def __init__(self, per_minute: int, clock: Callable[[], float], remembered: int = 10_000) -> None:
        self.per_minute = per_minute
        self.clock = clock
        self.remembered = remembered
        self.buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def wait(self, client: str, cost: float = 1.0) -> float:
        """Take `cost` tokens; 0 if there were enough, else the seconds until there will be."""
        if self.per_minute <= 0:
            return 0.0
        now = self.clock()
        bucket = self.buckets.pop(client, None) or _Bucket(float(self.per_minute), now)
        refill = (now - bucket.at) * self.per_minute / 60.0
        bucket.tokens = min(float(self.per_minute), bucket.tokens + max(0.0, refill))
        bucket.at = now
        self.buckets[client] = bucket
        if len(self.buckets) > self.remembered:
            self.buckets.popitem(last=False)
        if bucket.tokens >= cost:
            bucket.tokens -= cost
            return 0.0
        return (cost - bucket.tokens) * 60.0 / self.per_minute
