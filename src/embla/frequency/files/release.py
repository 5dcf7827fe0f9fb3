"""A release, opened: its people in numbers, and exact counts of one variant, place or region. Nothing here is open yet:
`service.py` passes every count through `embla.disclosure` before it leaves."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, get_args

from embla.errors import Broken, NotFound, WrongFormat
from embla.frequency.files.contig import ContigFile
from embla.frequency.files.layout import FORMAT
from embla.genome import GRCH38, Karyotype, PieceKind, Place, Variant, copies
from embla.genotypes import Count, Numbers, SweptWindow, make_count
from embla.storage import Folder

ABOUT: Final = "release.json"


@dataclass(frozen=True)
class StratumInfo:
    """A stratum as `release.json` has it: people by karyotype."""

    by: str
    value: str
    karyotypes: Mapping[str, int]

    @property
    def people(self) -> int:
        """How many people."""
        return sum(self.karyotypes.values())

    def full_an(self, contig: str, pos: int) -> int:
        """AN if everybody were covered at a 1-based place."""
        return self._full[GRCH38.piece_at(contig, pos).kind]

    @cached_property
    def _full(self) -> dict[str, int]:
        """AN if everybody were covered, by kind of piece."""
        return {
            kind: sum(n * (copies(Karyotype(k), kind) or 0) for k, n in self.karyotypes.items())
            for kind in get_args(PieceKind)
        }


@dataclass(frozen=True)
class Found:
    """One variant or place as counted: the total, and each further stratum in the order of `strata`."""

    total: Count
    strata: tuple[Count, ...]


class ReleaseFiles:
    """The files of one release. `digest` is what the database says that `release.json` hashes to."""

    def __init__(self, folder: Folder, number: str, digest: str) -> None:
        self.folder, self.number = folder, number
        try:
            raw = folder.get(f"{number}/{ABOUT}")
        except NotFound:
            raise Broken(f"The files of release {number} are missing.", mend="Restore them from a backup.") from None
        if sha256(raw).hexdigest() != digest:
            raise Broken(f"Release {number} was changed after it was cut.", mend="Restore it from a backup.")
        self.about: dict[str, Any] = json.loads(raw)
        if self.about.get("format") != FORMAT:
            raise WrongFormat(
                f"Release {number} has format {self.about.get('format')}; this program reads {FORMAT}.",
                mend="Install the Embla that made it, or a newer one.",
            )
        self.strata = tuple(StratumInfo(s["by"], s["value"], s["karyotypes"]) for s in self.about["strata"])
        self.policy: str = self.about["policy"]
        self.manifest: str = self.about["manifest"]["short"]
        self._open: dict[str, ContigFile] = {}

    @property
    def total(self) -> StratumInfo:
        """Everybody in the release."""
        return self.strata[0]

    def contig(self, name: str) -> ContigFile:
        """The file of one contig."""
        found = self._open.get(name)
        if found is None:
            entry = self.about["files"][name]
            data = self.folder.open(f"{self.number}/{entry['name']}")
            if len(data) != entry["bytes"]:
                raise Broken(f"{entry['name']} of release {self.number} has another length than when it was cut.")
            found = self._open.setdefault(name, ContigFile(data, f"{self.number}/{entry['name']}"))
        return found

    def verify(self) -> None:
        """Read every file again and compare its hash; raises Broken for the first that differs."""
        for entry in self.about["files"].values():
            hasher = sha256()
            data = self.folder.open(f"{self.number}/{entry['name']}")
            for at in range(0, len(data), 1 << 20):
                hasher.update(data[at : at + (1 << 20)])
            if hasher.hexdigest() != entry["sha256"]:
                raise Broken(
                    f"{entry['name']} of release {self.number} does not match its hash.",
                    mend="Restore it from a backup.",
                )

    def find(self, asked: Variant | Place) -> Found:
        """Counts of one variant in normal form, or AN of a place, for every stratum."""
        file = self.contig(asked.contig)
        callability = file.an_at(asked.pos - 1)
        if isinstance(asked, Variant):
            hit = file.find(asked.pos, asked.ref, asked.alt)
            if hit is not None:
                swept, i, groups = hit
                rows = [(Numbers(int(g[0]), int(g[1]), int(g[2]), int(g[3]), int(g[4]))) for g in groups]
                return Found(self.count(swept, i), tuple(self._cell(asked, adj) for adj in rows))
        n = file.strata
        raw = Numbers(an=int(callability[n]))
        total = self._count(asked, Numbers(an=int(callability[0])), raw, self._more(asked.contig, asked.pos))
        return Found(total, tuple(self._cell(asked, Numbers(an=int(an))) for an in callability[1:n]))

    def count(self, swept: SweptWindow, i: int) -> Count:
        """Variant i of a window of this release, total."""
        ref, alt = swept.alleles(i)
        asked = Variant(swept.contig, int(swept.pos[i]), ref, alt)
        numbers = (swept.ac, swept.an, swept.nhet, swept.nhomalt, swept.nhemi)
        raw_numbers = (swept.raw_ac, swept.raw_an, swept.raw_nhet, swept.raw_nhomalt, swept.raw_nhemi)
        adj = Numbers(*(int(column[0, i]) for column in numbers))
        raw = Numbers(*(int(column[0, i]) for column in raw_numbers))
        more = self._more(swept.contig, asked.pos)
        if swept.max_heteroplasmy is not None:
            more["max_heteroplasmy"] = int(swept.max_heteroplasmy[0, i]) / 10_000
        return self._count(asked, adj, raw, more, int(swept.nfail[0, i]))

    def covered(self, contig: str, pos: int) -> int:
        """People well covered at a 1-based place: they give adj AN. Two half-called people count as one."""
        file = self.contig(contig)
        an = file.an_at(pos - 1)
        kind = GRCH38.piece_at(contig, pos).kind
        if not file.karyotypes:
            return -(-int(an[0]) // (1 if kind == "m" else 2))
        people = 0
        for track, karyotype in enumerate(file.karyotypes, file.strata + 1):
            own = copies(Karyotype(karyotype), kind)
            people += -(-int(an[track]) // own) if own else 0
        return people

    def _more(self, contig: str, pos: int) -> dict[str, Any]:
        more: dict[str, Any] = {}
        if contig in ("chrX", "chrY") and GRCH38.piece_at(contig, pos).kind in ("x", "y"):
            more["unknown_sex"] = self.total.karyotypes.get("unknown", 0)
        return more

    def _count(
        self,
        asked: Variant | Place,
        adj: Numbers,
        raw: Numbers | None,
        more: Mapping[str, Any],
        nfail: int | None = 0,
    ) -> Count:
        ref, alt = (asked.ref, asked.alt) if isinstance(asked, Variant) else (None, None)
        return make_count(
            asked.contig, asked.pos, ref, alt, adj, raw, nfail, policy=self.policy, manifest=self.manifest, **more
        )

    def _cell(self, asked: Variant | Place, adj: Numbers) -> Count:
        return self._count(asked, adj, None, {}, None)
