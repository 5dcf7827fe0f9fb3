"""By what evidence a genome is judged, plainly: contigs on which it counts in raw alone, and why."""

from collections.abc import Collection

from embla.genotypes.model import codes
from embla.genotypes.model.policy import Policy
from embla.genotypes.model.raw_alone import Lack
from embla.genotypes.reading.header import Header
from tests.support.plain_rows import Person, Seen

SPELLED = {"GQ": ("GQ", "GQX"), "DP": ("DP", "DPI", "MIN_DP")}


def lacks(
    person: Person, contigs: Collection[str], callability: str, header: Header, policy: Policy
) -> dict[str, Lack]:
    """Contigs on which adj is nowhere."""
    if callability == "assumed" or policy.version < 2:
        return {}
    everywhere = [seen for contig, some in person.seen.items() if contig != "chrM" for seen in some]
    found = {}
    for contig in contigs:
        own = person.seen[contig]
        if header.raw_alone is not None:
            if contig in header.raw_alone:
                found[contig] = Lack("file", ())
            continue
        judged_by = own if carries(own) else everywhere
        lack = lack_of(judged_by, contig) if carries(judged_by) else undeclared(everywhere, contig, header)
        if lack is not None:
            found[contig] = lack
    return found


def carries(seen: list[Seen]) -> bool:
    return any(kind == "calls" for kind, _ in seen)


def lack_of(seen: list[Seen], contig: str) -> Lack | None:
    asked = ["DP"] if contig == "chrM" else ["GQ", "DP"]
    calls = [has for kind, has in seen if kind == "calls"]
    reference = [has for kind, has in seen if kind == "blocks"] or [has for kind, has in seen if kind == "plain"]
    for of, some in (("calls", calls), ("reference", reference)):
        missing = tuple(name for name in asked if some and not any(name in has for has in some))
        if missing:
            return Lack(of, missing)  # type: ignore[arg-type]
    return None


def undeclared(seen: list[Seen], contig: str, header: Header) -> Lack | None:
    had = {name for _, has in seen for name in has}
    missing = tuple(
        name
        for name in (["DP"] if contig == "chrM" else ["GQ", "DP"])
        if name not in had and not any(key in header.formats for key in SPELLED[name])
    )
    return Lack("header", missing) if missing and "GT" in header.formats else None


def leave_raw_alone(person: Person, contig: str) -> None:
    """No record and no block of the contig passes the gates."""
    for row in person.rows[contig]:
        row.adj = codes.NOTHING
        row.own = {a: (n, raw, codes.NOTHING) for a, (n, raw, _) in row.own.items()}
        row.bases = {at: (n, raw, codes.NOTHING, kind) for at, (n, raw, _, kind) in row.bases.items()}
    person.blocks[contig] = [
        (start, end, raw, codes.NOTHING, since) for start, end, raw, _, since in person.blocks[contig]
    ]
