"""A release's structural events and repeats as VCF 4.4, its numbers those that the open doors show.

DEL, DUP and INV begin at the base before (POS) and end at END, and SVCLAIM says whether reads or depth found them;
junctions are two records that name each other; a repeat is one record with an allele <CNV:TR> for each bar of its
histogram, RUC and CIRUC giving its sizes. Hidden events have their place and AN, and EMBLA_STATUS=suppressed.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from embla.frequency.releases import Release
from embla.frequency.structural import Event, Loaded, Repeat, open_events
from embla.genome import GRCH38
from embla.genotypes import Output
from embla.structural import Bar, Type

if TYPE_CHECKING:
    from embla.platform import House

_ORDER: Final = {contig.name: number for number, contig in enumerate(GRCH38.contigs)}
_ALTS: Final = (
    ("DEL", "Deletion, or loss of copies"), ("DUP", "Duplication, or gain of copies"), ("INV", "Inversion"),
    ("INS", "Insertion"), ("CNV:TR", "Repeat, by how many times its motif is there"),
)  # fmt: skip
_INFO: Final = (
    ("SVTYPE", "1", "String", "Type"),
    ("SVLEN", "A", "Integer", "Bases that are removed, repeated, turned or put in; of a repeat, in the reference"),
    ("END", "1", "Integer", "Last base that is changed"),
    ("SVCLAIM", "A", "String", "J: found by reads across the breakpoints; D: by depth"),
    ("CIPOS", ".", "Integer", "How far the starts of the calls lie from POS"),
    ("CIEND", ".", "Integer", "How far their ends lie from END"),
    ("MATEID", "A", "String", "The other end of a junction"),
    ("RN", "A", "Integer", "Repeats in the allele"),
    ("RUS", ".", "String", "Motif of each"),
    ("RUC", ".", "Float", "How many times it is there; missing where no size of the bar may be told"),
    ("CIRUC", ".", "Float", "How far the sizes of the bar lie from RUC; missing: or fewer, or more"),
    ("AC", "A", "Integer", "Alleles seen; missing where 1 to k-1 people carry it"),
    ("AN", "1", "Integer", "Copies of those who were looked at there"),
    ("AF", "A", "Float", "AC / AN"),
    ("EMBLA_CARRIERS", "1", "Integer", "People who carry it"),
    ("EMBLA_PEOPLE", "1", "Integer", "People who were looked at there"),
    ("EMBLA_STATUS", "1", "String", "observed, or suppressed (1 to k-1 people)"),
)  # fmt: skip
_Line = tuple[int, int, str]


def _header(release: Release, about: dict[str, str], kinds: Iterable[Loaded]) -> list[str]:
    """The lines of the header, without their ends; of each kind, for how many people it was called."""
    lines = ["##fileformat=VCFv4.4", f"##source=Embla release {release.info.number}", f"##reference={GRCH38.name}"]
    lines += [f"##{name}={value}" for name, value in about.items()]
    for one in kinds:
        people, source = one.people or "not_loaded", one.source or "none"
        lines.append(f"##embla_{one.kind}=called for {people}, numbers from {source}")
    lines.append('##FILTER=<ID=PASS,Description="All filters passed">')
    lines += [f"##contig=<ID={c.name},length={c.length},assembly={GRCH38.name}>" for c in GRCH38.contigs]
    lines += [f'##ALT=<ID={name},Description="{text}">' for name, text in _ALTS]
    lines += [f'##INFO=<ID={n},Number={k},Type={t},Description="{text}">' for n, k, t, text in _INFO]
    return [*lines, "#" + "\t".join("CHROM POS ID REF ALT QUAL FILTER INFO".split())]


def write_structural(house: "House", release: Release, out: Path, about: dict[str, str]) -> int:
    """Write it as bgzipped VCF, in order, its header with `about`; returns how many events and repeats."""
    found = open_events(house, release)
    lines = [line for number, one in enumerate(found.events) for line in _event(house, number, one)]
    lines += [_repeat(house, one) for one in found.repeats]
    with Output(out, level=6) as file:
        file.write(
            ("\n".join([*_header(release, about, found.kinds), *(text for _, _, text in sorted(lines)), ""])).encode()
        )
    return len(found.events) + len(found.repeats)


def _event(house: "House", number: int, one: Event) -> Iterator[_Line]:
    cluster, shown = one.cluster, one.count.status != "suppressed"
    info = [f"SVTYPE={cluster.type.name}"]
    if cluster.type is Type.BND:
        yield from _junction(house, number, one, info)
        return
    if cluster.type is Type.INS:
        info.append(f"SVLEN={cluster.length or '.'}")
    else:
        info += [f"SVLEN={cluster.end - cluster.start}", f"END={cluster.end}"]
        if cluster.type is not Type.INV:
            info.append("SVCLAIM=" + ("D" if one.kind == "cnv" else "J"))
    if shown:
        info.append(_around("CIPOS", cluster.starts, cluster.start))
        if cluster.type is not Type.INS:
            info.append(_around("CIEND", cluster.ends, cluster.end))
    yield _line(house, cluster.contig, max(1, cluster.start), f"{one.kind}{number}", f"<{cluster.type.name}>",
                [*info, *_numbers(one)])  # fmt: skip


def _junction(house: "House", number: int, one: Event, info: list[str]) -> Iterator[_Line]:
    """Both ends. An end that keeps what is left of it stands at the last base kept, the other at the first."""
    cluster = one.cluster
    ends = [(cluster.contig, cluster.start, bool(cluster.strands & 1)),
            (cluster.mate, cluster.end, bool(cluster.strands & 2))]  # fmt: skip
    for which, mate in ((0, 1), (1, 0)):
        contig, boundary, left = ends[which]
        other, there, mate_left = ends[mate]
        pos, mate_pos = max(1, boundary if left else boundary + 1), max(1, there if mate_left else there + 1)
        bracket = "]" if mate_left else "["
        base = _base(house, contig, pos)
        place = f"{bracket}{other}:{mate_pos}{bracket}"
        alt = base + place if left else place + base
        own = [*info, f"MATEID=bnd{number}_{mate}", *_numbers(one)]
        yield _line(house, contig, pos, f"bnd{number}_{which}", alt, own)


def _repeat(house: "House", one: Repeat) -> _Line:
    locus, bars = one.locus, one.bars or ()
    info = [f"END={locus.end}", f"AN={one.an}", f"EMBLA_PEOPLE={one.people}"]
    if not bars:
        info += [f"SVLEN={locus.end - locus.start}", "EMBLA_STATUS=suppressed"]
        return _line(house, locus.contig, max(1, locus.start), one.name, "<CNV:TR>", info)
    info += [
        "SVLEN=" + ",".join([str(locus.end - locus.start)] * len(bars)), "RN=" + ",".join("1" * len(bars)),
        "RUS=" + ",".join([locus.motif] * len(bars)),
        "RUC=" + ",".join(_text(bar.high if bar.low is None else bar.low) for bar in bars),
        "CIRUC=" + ",".join(_reach(bar) for bar in bars),
        "AC=" + ",".join(str(bar.count.ac) for bar in bars),
        "AF=" + ",".join("." if bar.count.af is None else f"{bar.count.af:.6g}" for bar in bars),
        "EMBLA_STATUS=observed",
    ]  # fmt: skip
    return _line(house, locus.contig, max(1, locus.start), one.name, ",".join(["<CNV:TR>"] * len(bars)), info)


def _reach(bar: Bar) -> str:
    """CIRUC of a bar: down and up from RUC, an open end missing."""
    if bar.low is None:
        return ".,." if bar.high is None else ".,0"
    return "0," + _text(None if bar.high is None else bar.high - bar.low)


def _text(number: int | None) -> str:
    return "." if number is None else str(number)


def _numbers(one: Event) -> list[str]:
    count = one.count
    told = [f"AN={count.an}", f"EMBLA_PEOPLE={one.people}", f"EMBLA_STATUS={count.status}"]
    if count.status != "suppressed":
        told += [f"AC={count.ac}", "AF=" + ("." if count.af is None else f"{count.af:.6g}")]
        told += [f"EMBLA_CARRIERS={one.carriers}"] if one.carriers is not None else []
    return told


def _around(name: str, span: tuple[int, int], centre: int) -> str:
    return f"{name}={min(0, span[0] - centre)},{max(0, span[1] - centre)}"


def _line(house: "House", contig: str, pos: int, ident: str, alt: str, info: list[str]) -> _Line:
    text = f"{contig}\t{pos}\t{ident}\t{_base(house, contig, pos)}\t{alt}\t.\t.\t{';'.join(info)}"
    return _ORDER[contig], pos, text


def _base(house: "House", contig: str, pos: int) -> str:
    """The base of the reference; N where it is not loaded."""
    reference = house.reference
    base = reference.fetch(contig, pos - 1, pos).upper() if reference is not None and reference.has(contig) else "N"
    return base if base in ("A", "C", "G", "T") else "N"
