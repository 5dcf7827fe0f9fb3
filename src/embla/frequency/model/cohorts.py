"""Who is counted: named cohorts, and how a release's people are split into groups that may be shown. Pure.

A group of fewer than `threshold` people would single them out by its AN alone, so such groups are pooled as
`remaining`; if that is still fewer, the smallest other group joins it under a name that says so. Every table then still
splits all of the people (docs/decisions/0003-suppression.md, 9).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embla.errors import Refused, UsageError

if TYPE_CHECKING:
    from embla.registry import CountedGenome

TOTAL: Final = "total"
RELATEDNESS: Final = "relatedness"
UNRELATED: Final = "unrelated"
REMAINING: Final = "remaining"
MISSING: Final = "unknown"
GROUPS: Final = ("karyotype", "region", "patient_group")


@dataclass(frozen=True)
class Stratum:
    """One cohort of a release: `by`/`value` name it, `members` are places in the release's list of people."""

    by: str
    value: str
    members: tuple[int, ...]

    @property
    def people(self) -> int:
        """How many are in it."""
        return len(self.members)


def plan(
    people: Sequence["CountedGenome"], groups: Sequence[str], threshold: int,
    pinned: Mapping[str, Mapping[str, str]] | None = None,
) -> list[Stratum]:  # fmt: skip
    """The cohorts of a release: everybody first, then the unrelated, then the groups of each table in name order.

    `pinned`: table -> genome -> the group it is published in, where that is not the one it is in now.
    Raises Refused for fewer than `threshold` people, UsageError for a grouping that is not known.
    """
    unknown = [by for by in groups if by not in GROUPS]
    if unknown:
        raise UsageError(f"A release cannot be grouped by '{unknown[0]}'.", mend=f"Known: {', '.join(GROUPS)}.")
    if not people or len(people) < threshold:
        raise Refused(
            f"A release needs {max(threshold, 1)} people or more; {len(people)} would be in this one.",
            mend="Cut it when more genomes are counted.",
        )
    everybody = tuple(range(len(people)))
    strata = [Stratum(TOTAL, "", everybody)]
    unrelated = tuple(i for i in everybody if not people[i].related)
    related = len(people) - len(unrelated)
    if len(unrelated) >= threshold and (related == 0 or related >= threshold):
        strata.append(Stratum(RELATEDNESS, UNRELATED, unrelated))
    for by in groups:
        strata += _table(people, by, threshold, (pinned or {}).get(by, {}))
    return strata


def value_of(person: "CountedGenome", by: str) -> str:
    """The group a person is in."""
    return getattr(person, by) or MISSING


def _table(people: Sequence["CountedGenome"], by: str, threshold: int, pinned: Mapping[str, str]) -> list[Stratum]:
    members: dict[str, list[int]] = defaultdict(list)
    for i, person in enumerate(people):
        own = pinned.get(person.accession) if pinned else None
        members[own or value_of(person, by)].append(i)
    pooled = pool({value: len(found) for value, found in members.items()}, threshold)
    joined: dict[str, list[int]] = defaultdict(list)
    for value, found in members.items():
        joined[pooled[value]] += found
    if len(joined) < 2:
        return []
    return [Stratum(by, value, tuple(sorted(joined[value]))) for value in sorted(joined, key=_last_remaining)]


def pool(sizes: Mapping[str, int], threshold: int) -> dict[str, str]:
    """Value -> name of the group it is shown in, each of `threshold` people or more (or one group of all)."""
    shown = {value: value for value in sizes}
    small = [value for value, size in sizes.items() if size < threshold]
    large = sorted((value for value in sizes if value not in small), key=lambda value: (sizes[value], value))
    for value in small:
        shown[value] = REMAINING
    if small and sum(sizes[value] for value in small) < threshold and large:
        name = f"{large[0]} or other"
        for value in [*small, large[0]]:
            shown[value] = name
    return shown


def _last_remaining(value: str) -> tuple[bool, str]:
    return (value == REMAINING, value)


def cohort_words(*, live: bool) -> str:
    """The cohort of a release or a live count in words."""
    if live:
        return "every counted person, one genome each, of those who opted out only the patient"
    return "every counted person, one genome each, without persons who opted out"
