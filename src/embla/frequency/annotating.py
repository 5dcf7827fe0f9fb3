"""Annotate a whole VCF: against a release as everybody sees it, or live for a case, exact and logged."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from embla.disclosure import Level
from embla.errors import UsageError
from embla.frequency.leaving import overdue, refuse_withheld
from embla.frequency.live import live_cohort
from embla.frequency.model.answers import LeaveOut
from embla.frequency.model.cohorts import TOTAL
from embla.frequency.releases import Release, Releases, threshold
from embla.frequency.sites import shown_levels
from embla.genotypes import Sites, annotate

if TYPE_CHECKING:
    from collections.abc import Callable

    from embla.genotypes import AnnotateReport
    from embla.platform import Actor, House
    from embla.reference import Reference


def annotate_file(
    house: "House", in_path: Path | str, out_path: Path | str, *, release: str | None = None,
    actor: "Actor | None" = None, case: str | None = None, leave_out: LeaveOut | None = None, level: int = 1,
    threads: int = 1, progress: "Callable[[str, int, int], None] | None" = None,
) -> "AnnotateReport":  # fmt: skip
    """Write `in_path` to `out_path` with EMBLA_... in INFO, see `embla.genotypes.annotate`.

    With `case` and `actor`: counts of now, decided and logged before the file is read, `leave_out` as in `live_answer`.
    Without: from a release (the newest for None), small counts `suppressed`. Raises what these and `annotate` raise.
    """
    if (case is None) != (actor is None):
        raise UsageError("A live annotation needs a case and an account.", mend="Give both, or neither for a release.")
    more: dict[str, Any] = {"level": level, "threads": threads, "progress": progress}
    if actor is not None and case is not None:
        if release is not None:
            raise UsageError("Annotate from a release or live for a case, not both.")
        cohort = live_cohort(house, actor, case, leave_out or LeaveOut())
        return annotate(cohort.view, in_path, out_path, cohort=cohort.everybody, **more)
    if leave_out is not None and leave_out != LeaveOut():
        raise UsageError("Nobody can be left out of a release.", mend="Annotate live, with --case and --actor.")
    chosen = Releases(house).get(release)
    refuse_withheld(overdue(house), chosen.source(TOTAL).info.number)
    return annotate(ReleaseSource(house, chosen), in_path, out_path, **more)


class ReleaseSource:
    """A release as a source of annotation. Every number passes `disclosure.levels` here, the twin of `suppress`."""

    def __init__(self, house: "House", release: Release) -> None:
        self.house, self.release = house, release
        self.below = threshold(house, release)

    @property
    def reference(self) -> "Reference | None":
        """The home's."""
        return self.house.reference

    @property
    def genomes(self) -> int:
        """People in the release."""
        return self.release.info.people

    @property
    def about(self) -> dict[str, str]:
        """For the header of the file."""
        info = self.release.info
        return {
            "Release": info.number,
            "NumbersFrom": self.release.source(TOTAL).info.number,
            "Manifest": self.release.files.manifest,
            "Policy": info.policy,
            "Genomes": str(info.people),
            "HiddenBelow": str(self.below),
        }

    def sites(self, contig: str, start: int, end: int) -> Sites:
        """Counts of every variant with POS in start..end (0-based half-open), and AN over that stretch.

        -1 stands for genotypes that are not shown beside alleles that are. `failed` is where a page has the note of
        docs/decisions/0003, rule 12: `threshold` people or more, or AN 0; of fewer nothing but `suppressed` is told.
        """
        file = self.release.files.contig(contig)
        swept = file.totals(start, end)
        level = shown_levels(self.release, swept, self.below)
        columns = (swept.ac, swept.an, swept.nhomalt, swept.nhemi)
        numbers = np.stack([column[0] for column in columns], axis=1).astype(np.int32)
        numbers[level == int(Level.ALLELES), 2:] = -1
        # Where nobody is covered, AN says already that nobody carries it.
        hidden = (level == int(Level.HIDDEN)) & (swept.an[0] > 0)
        numbers[hidden] = 0
        runs = list(file.runs(0, start, end))
        step_at = np.array([a for a, _, _ in runs], dtype=np.int64)
        step_an = np.array([an for _, _, an in runs], dtype=np.int32)
        return Sites(
            swept.key, swept.texts, np.ascontiguousarray(numbers), step_at, step_an, hidden,
            np.zeros(len(step_at), dtype=np.bool_), (swept.ac[0] == 0) & (swept.raw_ac[0] > 0) & ~hidden,
        )  # fmt: skip
