"""What the files hold, in numbers; a kind that they lack would make every comparison of it empty."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tools.interop.differs import Differs
from tools.interop.writing import Written


def told(written: Written) -> Iterator[str]:
    """Sentences about the release and the freeze. Raises Differs where a kind is missing."""
    release, freeze = written.expected["release"], written.expected["freeze"]
    contigs = Counter(row["contig"] for row in release)
    kinds = kinds_of(release)
    missing = [name for name, n in kinds.items() if not n]
    if missing or not {"chrX", "chrY", "chrM"} <= contigs.keys() or len(contigs) < 5:
        raise Differs(f"the files lack {', '.join(missing) or 'contigs'}")
    yield f"Release: {len(release):,} variants, {', '.join(f'{name} {n:,}' for name, n in contigs.items())};"
    yield f"of them {', '.join(f'{n:,} {name}' for name, n in kinds.items())}."
    yield f"Store: {len(written.expected['sites']):,} variants. Freeze: {len(freeze['names'])} people by " + (
        f"{len(freeze['variants']):,} variants."
    )


def kinds_of(release: list[dict[str, Any]]) -> dict[str, int]:
    """How many of the release's variants are of each kind that a reader may take differently."""
    places = Counter((row["contig"], row["pos"]) for row in release)
    return {
        "insertions": sum(len(row["ref"]) < len(row["alt"]) for row in release),
        "deletions": sum(len(row["ref"]) > len(row["alt"]) for row in release),
        "at places with several ALTs": sum(places[row["contig"], row["pos"]] > 1 for row in release),
        "hidden as too few carry them": sum(row["status"] == "suppressed" for row in release),
        "with hemizygous people": sum(bool(row["nhemi"]) for row in release),
    }
