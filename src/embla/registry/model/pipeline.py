"""Pipelines: which versions made a set of genomes, and whether their laboratory had validated them. Pure.

A laboratory validates each version of a pipeline for itself (ISO 15189, 7.3.3: before it is used for patients), so what
is known is by laboratory, pipeline and version. Nothing known is "unknown", which is not the same as "not validated".
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from embla.registry.model.values import _Plain

# validating: it is being validated; validated: it may be used for patients; suspended: a fault was found; retired:
# out of use, and what it made stays as good as it was.
STATES: Final = ("validating", "validated", "suspended", "retired")
UNKNOWN: Final = "unknown"
Key = tuple[str, str, str]  # laboratory, pipeline, version


@dataclass(frozen=True)
class Step(_Plain):
    """One step in the life of a version at a laboratory. It holds from `since` on; `reference`: the report that it
    stands on."""

    number: int
    laboratory: str
    pipeline: str
    version: str
    state: str
    since: date
    reference: str
    noted_by: str
    noted_at: datetime

    @property
    def key(self) -> Key:
        """Laboratory, pipeline, version."""
        return self.laboratory, self.pipeline, self.version


def states_on(steps: Iterable[Step], day: date) -> dict[Key, Step]:
    """The step that holds on a day, of each version; of two of one day the one that was noted later."""
    held: dict[Key, Step] = {}
    for step in sorted(steps, key=lambda one: (one.since, one.number)):
        if step.since <= day:
            held[step.key] = step
    return held


@dataclass(frozen=True)
class Version(_Plain):
    """A version that made some genomes, of all laboratories that used it: how many, and what is known of it there.
    `states`: state -> genomes."""

    pipeline: str
    version: str
    genomes: int
    states: Mapping[str, int]

    @property
    def name(self) -> str:
        """Both, for people."""
        return f"{self.pipeline} {self.version}"


@dataclass(frozen=True)
class MadeBy(_Plain):
    """What made a set of genomes: versions by how many each made, most first."""

    genomes: int
    versions: tuple[Version, ...]

    @property
    def mixed(self) -> bool:
        """More than one version of any pipeline."""
        return len(self.versions) > 1

    def count(self, *states: str) -> int:
        """Genomes of versions in these states."""
        return sum(one.states.get(state, 0) for one in self.versions for state in states)

    @property
    def unvalidated(self) -> int:
        """Genomes of versions that are known not to be validated, or to be faulty."""
        return self.count("validating", "suspended")

    def shown(self, below: int) -> "MadeBy":
        """The same with versions of fewer than `below` genomes put together under no name, and no counts of few: which
        version came new with a release would else tell of those who did."""
        large = [one for one in self.versions if one.genomes >= below]
        small = [one for one in self.versions if one.genomes < below]
        if small:
            states = sum((Counter(one.states) for one in small), Counter[str]())
            large.append(Version("", "", sum(states.values()), dict(states)))
        return MadeBy(self.genomes, tuple(large))

    def to_json(self) -> dict[str, Any]:
        """Names and states; and the two things that a reader is warned of."""
        return {
            "versions": [
                {"pipeline": one.pipeline or None, "version": one.version or None, "states": sorted(one.states)}
                for one in self.versions
            ],
            "mixed": self.mixed,
            "unvalidated": self.unvalidated > 0,
            "unknown": self.count(UNKNOWN) > 0,
        }  # fmt: skip


def made_by(genomes: Iterable[tuple[Key, int]], steps: Iterable[Step], day: date) -> MadeBy:
    """From (laboratory, pipeline, version) and how many genomes it made; states as they are on a day."""
    held = states_on(steps, day)
    found: dict[tuple[str, str], Counter[str]] = {}
    for key, number in genomes:
        step = held.get(key)
        found.setdefault(key[1:], Counter())[step.state if step else UNKNOWN] += number
    versions = [Version(name, version, sum(c.values()), dict(c)) for (name, version), c in found.items()]
    versions.sort(key=lambda one: (-one.genomes, one.pipeline, one.version))
    return MadeBy(sum(one.genomes for one in versions), tuple(versions))
