"""What was measured, and whether it reaches its aims."""

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple


class Answer(NamedTuple):
    """What a command says of itself: seconds its work took, how much it did, the most memory it held (MB), seconds of
    processor time; 0 where it does not say."""

    seconds: float
    done: int = 0
    peak: float = 0.0
    processor: float = 0.0


@dataclass(frozen=True)
class Runner:
    """One contender: `run` gives its Answer, or None where only the whole command can be timed.

    `aim` is for rivals: the largest share of its time that we want to take; 0 is no aim.
    """

    name: str
    run: Callable[[], Answer | None]
    before: Callable[[], object] = lambda: None
    aim: float = 0.0


@dataclass(frozen=True)
class Measured:
    """Median seconds over `records` records: `seconds` of the call or loop alone, `whole` of the command around it,
    `processor` of the time that a core worked for the call; 0 where that is not known."""

    name: str
    seconds: float
    records: int
    whole: float | None = None
    aim: float = 0.0
    peak: float = 0.0
    processor: float = 0.0

    @property
    def rate(self) -> float:
        """Records per second."""
        return self.records / self.seconds


@dataclass(frozen=True)
class Outcome:
    """Ours first, then the rivals, each with its aim. `least_rate` and `most_memory` (MB) are ours; 0 is no aim."""

    what: str
    measured: tuple[Measured, ...]
    least_rate: float = 0.0
    most_memory: float = 0.0
    left_out: str = ""

    def verdicts(self) -> list[tuple[str, bool | None]]:
        """One sentence for each rival and each aim of ours, and whether the aim is met; None where there is none."""
        ours = self.measured[0]
        said: list[tuple[str, bool | None]] = []
        for rival in self.measured[1:]:
            share = ours.seconds / rival.seconds
            times = _times(share)
            if not rival.aim:
                said.append((f"{times} the time of {rival.name}", None))
                continue
            if ours.processor and rival.processor:
                times = f"{times} (by processor time {_times(ours.processor / rival.processor)})"
            aim = f"{rival.aim:.1f} x" if rival.aim > 1 else f"1/{1 / rival.aim:.1f}"
            said.append((f"{times} the time of {rival.name} (at most {aim})", share <= rival.aim))
        if self.least_rate:
            said.append(
                (f"{ours.rate:,.0f}/s (at least {self.least_rate:,.0f})", ours.rate >= self.least_rate),
            )
        if self.most_memory and ours.peak:
            said.append((f"{ours.peak:,.0f} MB (at most {self.most_memory:,.0f})", ours.peak <= self.most_memory))
        return said

    def to_json(self) -> dict[str, object]:
        """Plain values."""
        return asdict(self) | {"verdicts": [{"says": says, "met": met} for says, met in self.verdicts()]}


def _times(share: float) -> str:
    return f"{share:.2f} x" if share > 1 else f"1/{1 / share:.1f} of"


def compare(contenders: Sequence[Runner], records: int, runs: int) -> tuple[Measured, ...]:
    """Median seconds of each; they take turns. Processor time is what the contender says, or that of its commands."""
    seconds: list[list[float]] = [[] for _ in contenders]
    processor: list[list[float]] = [[] for _ in contenders]
    peaks = [0.0] * len(contenders)
    for _ in range(runs):
        for i, contender in enumerate(contenders):
            contender.before()
            start, worked = time.perf_counter(), _of_children()
            answer = contender.run()
            seconds[i].append(time.perf_counter() - start if answer is None else answer.seconds)
            processor[i].append(_of_children() - worked if answer is None else answer.processor)
            peaks[i] = max(peaks[i], answer.peak if answer is not None else 0.0)
    return tuple(
        Measured(
            contender.name,
            statistics.median(seconds[i]),
            records,
            aim=contender.aim,
            peak=peaks[i],
            processor=statistics.median(processor[i]),
        )
        for i, contender in enumerate(contenders)
    )


def _of_children() -> float:
    """Seconds that cores worked for the commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
