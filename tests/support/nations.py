"""Hypothesis strategies for small nations: few places, many ways to say something there."""

from hypothesis import strategies as st

from embla.genome import GRCH38, copies
from embla.genotypes.model import codes
from tests.support.packs import Call, Person

KARYOTYPES = ("XX", "XY", "X0", "XXY", "XYY", "unknown")
LONG = "ACGTACGTACGTACGT"
# Places on both sides of window borders, of the PAR, and at the ends of contigs.
PLACES = {
    "chr1": (1, 65_537, 1_048_576, 1_048_577, 8_388_608, 16_777_217, 248_956_422),
    "chrX": (20_000, 2_781_479, 2_781_480, 5_000_000, 155_800_000),
    "chrY": (20_000, 5_000_000),
    "chrM": (1, 3_243, 16_569),
}
ALLELES = (("A", "G"), ("A", "T"), ("A", LONG), ("A", LONG + "G"), ("A", LONG + "T"), ("A", "AN"))
ALL_KEYS = [(contig, pos, ref, alt) for contig, places in PLACES.items() for pos in places for ref, alt in ALLELES]
STATES = tuple(codes.make_state(raw, adj) for raw, adj in ((0, 0), (1, 0), (1, 1), (2, 0), (2, 2)))


@st.composite
def calls(draw: st.DrawFn, karyotype: str, callability: str, key: tuple[str, int, str, str]) -> Call | None:
    n = copies(karyotype, GRCH38.piece_at(key[0], key[1]).kind) or 0
    if n == 0:
        return None
    if key[0] == "chrM":
        kinds = (codes.NONE, codes.MT_HET, codes.MT_HOM)
    else:
        kinds = (codes.NONE, codes.HALF, codes.HEMI) if n == 1 else (codes.NONE, codes.HET, codes.HOM, codes.HALF)
    kind = draw(st.sampled_from(kinds))
    adj = draw(st.booleans()) and callability != "assumed"
    own = draw(st.integers(0, n)) if kind == codes.NONE else None
    share = draw(st.integers(0, 10_000)) if key[0] == "chrM" else 0
    return Call(*key, kind, adj, draw(st.booleans()), own, None, share)


@st.composite
def runs(draw: st.DrawFn, contig: str) -> tuple[tuple[int, int, int], ...]:
    length = GRCH38.contig(contig).length
    if draw(st.integers(0, 3)) == 0:
        return ((0, length, draw(st.sampled_from(STATES))),)
    near = [max(0, min(length, pos + d)) for pos in PLACES[contig] for d in (-70_000, -1, 0, 1, 5, 70_000)]
    cuts = sorted(set(draw(st.lists(st.sampled_from(near), max_size=6))))
    states = draw(st.lists(st.sampled_from(STATES), min_size=len(cuts), max_size=len(cuts)))
    return tuple(
        (a, b, state)
        for a, b, state in zip(cuts, cuts[1:], states, strict=False)
        if state != codes.STATE_FULL and a < b
    )


@st.composite
def persons(draw: st.DrawFn) -> Person:
    karyotype = draw(st.sampled_from(KARYOTYPES))
    callability = draw(st.sampled_from(("gvcf", "gvcf", "bed", "assumed")))
    chosen = draw(st.lists(st.sampled_from(ALL_KEYS), max_size=7, unique=True))
    said = [draw(calls(karyotype, callability, key)) for key in chosen]
    spoken = draw(st.lists(st.sampled_from(sorted(PLACES)), max_size=3, unique=True))
    return Person(
        karyotype, callability, tuple(c for c in said if c), {contig: draw(runs(contig)) for contig in spoken}
    )
