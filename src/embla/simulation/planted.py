"""Variants that the caller wants in the nation: read from a VCF, carried by about as many people as its AF says."""

import gzip
from dataclasses import dataclass
from pathlib import Path

from embla.errors import BadInput, NotFound
from embla.genome import GRCH38
from embla.simulation.loci import Planted
from embla.simulation.sequence import Window

_MOST_SITES = 100_000
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class PlantedSites:
    """Planted variants by contig, in order of position."""

    by_contig: dict[str, tuple[Planted, ...]]

    @classmethod
    def read(cls, path: Path) -> "PlantedSites":
        """Sites of a VCF (plain or gzip): CHROM POS REF ALT, and AF in INFO where there is one."""
        try:
            opened = gzip.open(path, "rt") if path.read_bytes()[:2] == b"\x1f\x8b" else path.open("r")
        except FileNotFoundError:
            raise NotFound(f"there is no file {path}.", mend="Give a VCF of sites to --sites.") from None
        found: dict[str, dict[tuple[int, str], Planted]] = {}
        with opened as file:
            try:
                for number, line in enumerate(file, start=1):
                    if line.startswith("#") or not line.strip():
                        continue
                    contig, site = _site(line, str(path), number)
                    if contig is not None and site is not None:
                        found.setdefault(contig, {}).setdefault((site.pos, site.ref), site)
                    if number > _MOST_SITES:
                        raise BadInput(f"more than {_MOST_SITES:,} lines.", path=str(path), mend="Plant fewer sites.")
            except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
                raise BadInput(
                    f"is not a readable VCF ({error}).", path=str(path), mend="Give a plain or gzip VCF."
                ) from None
        return cls({contig: tuple(sites[key] for key in sorted(sites)) for contig, sites in found.items()})

    def inside(self, window: Window) -> list[Planted]:
        """Those of one window; BadInput where REF is not what the sequence has (N is no contradiction)."""
        some = [
            site
            for site in self.by_contig.get(window.contig, ())
            if window.start < site.pos <= window.end - len(site.ref)
        ]
        for site in some:
            here = window.text(site.pos - 1 - window.start, site.pos - 1 - window.start + len(site.ref))
            if window.real and "N" not in here and here != site.ref:
                raise BadInput(
                    f"the site to plant has REF {site.ref[:20]}, the reference has {here[:20]}.",
                    place=f"{window.contig}:{site.pos}",
                    mend="Check the build of --sites.",
                )
        return [site for site in some if window.real]


def _site(line: str, path: str, number: int) -> tuple[str | None, Planted | None]:
    fields = line.rstrip("\r\n").split("\t")
    if len(fields) < 5 or not fields[1].isdigit():
        raise BadInput("a site needs CHROM POS ID REF ALT between tabs.", path=path, line=number, mend="Give a VCF.")
    contig = GRCH38.find(fields[0])
    ref = fields[3].upper()
    alts = tuple(alt for alt in fields[4].upper().split(",") if alt and not set(alt) - set("ACGT") and alt != ref)
    if contig is None or not alts or set(ref) - set("ACGT"):
        return None, None
    frequency = -1
    for entry in fields[7].split(";") if len(fields) > 7 else []:
        if entry.startswith("AF="):
            try:
                frequency = max(0, min(_MILLION, round(float(entry[3:].split(",")[0]) * _MILLION)))
            except ValueError:
                frequency = -1
    return contig.name, Planted(int(fields[1]), ref, alts[:4], frequency)
