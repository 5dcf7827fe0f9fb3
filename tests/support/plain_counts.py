"""The oracle of counting: people in a list, one after another. What the store must equal, number by number."""

from collections.abc import Iterable

from embla.genotypes.model import codes
from tests.support.packs import Person

Key = tuple[str, int, str, str]


def plain_count(people: Iterable[Person], key: Key) -> dict[str, int]:
    """Every number of one variant."""
    total = dict.fromkeys(
        "ac an nhet nhomalt nhemi raw_ac raw_an raw_nhet raw_nhomalt raw_nhemi nfail carriers".split(), 0
    )
    for person in people:
        call = next((c for c in person.calls if c.key == key), None)
        n, state = person.copies_at(key[0], key[1]), person.state_at(key[0], key[1])
        raw, adj = person.own(call) if call else (codes.an_of(state // 3, n), codes.an_of(state % 3, n))
        total["raw_an"] += raw
        total["an"] += 0 if person.callability == "assumed" else adj
        if call:
            counts = {"ac": codes.AC_OF, "nhet": codes.IS_HET, "nhomalt": codes.IS_HOM, "nhemi": codes.IS_HEMI}
            for name, table in counts.items():
                total["raw_" + name] += table[call.kind]
                total[name] += table[call.kind] if call.adj and person.callability != "assumed" else 0
            total["nfail"] += call.failed
            total["carriers"] += call.kind != codes.NONE
    return total


def plain_an(people: Iterable[Person], contig: str, pos: int) -> tuple[int, int]:
    """(adj, raw) an at a place."""
    states = [(p, p.copies_at(contig, pos), p.state_at(contig, pos)) for p in people]
    adj = sum(codes.an_of(s % 3, n) for p, n, s in states if p.callability != "assumed")
    return adj, sum(codes.an_of(s // 3, n) for _, n, s in states)


def as_plain(count) -> dict[str, int]:  # type: ignore[no-untyped-def]
    """A Count in the oracle's words."""
    adj = {name: getattr(count, name) for name in ("ac", "an", "nhet", "nhomalt", "nhemi")}
    raw = {"raw_" + name: getattr(count.raw, name) for name in ("ac", "an", "nhet", "nhomalt", "nhemi")}
    return {**adj, **raw, "nfail": count.nfail}
