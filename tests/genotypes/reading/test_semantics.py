"""What one record says, by the rules of docs/decisions/0001: literal records, literal entries and states."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embla.genotypes import Policy
from embla.genotypes.model import codes, keys
from embla.genotypes.reading import ReadPack
from embla.reference import Reference
from tests.support.packs import check_pack

from .conftest import LENGTHS, read, vcf

Write = Callable[..., Path]
KIND = {
    codes.HET: "het",
    codes.HOM: "hom",
    codes.HEMI: "hemi",
    codes.HALF: "half",
    codes.MT_HET: "mt-het",
    codes.MT_HOM: "mt-hom",
    codes.NONE: "none",
}
X, Y, PAR = 50_000_000, 10_000_000, 20_000


def entries(found: ReadPack, contig: str = "chr1") -> dict[str, tuple[Any, ...]]:
    """ "1000AG" -> (kind, words): adj, failed, derived, and differences in AN where they are not 0."""
    said: dict[str, tuple[Any, ...]] = {}
    calls = found.pack.contigs.get(contig)
    for key, entry in zip(calls.key.tolist(), calls.entry.tolist(), strict=True) if calls else ():
        ref, alt = calls.long_alleles[key] if keys.is_hashed(key) else keys.key_alleles(key)
        words = [
            word
            for bit, word in ((codes.ADJ, "adj"), (codes.FAILED, "failed"), (codes.DERIVED, "derived"))
            if entry & bit
        ]
        words += [f"raw{d:+}" for d in (codes.d_raw(entry),) if d] + [f"adj{d:+}" for d in (codes.d_adj(entry),) if d]
        said[f"{keys.key_pos(key)}{ref}>{alt}"] = (KIND[entry & codes.CLASS_MASK], *words)
    return said


def states(found: ReadPack, contig: str = "chr1") -> list[tuple[int, int, str]]:
    """Runs as (first, last, "raw adj"), 1-based with both ends, without those at the ends where nothing is called."""
    calls = found.pack.contigs[contig]
    level = "nof"
    runs = zip(calls.run_start.tolist(), calls.run_end.tolist(), calls.run_state.tolist(), strict=True)
    return [(a + 1, b, level[s // 3] + level[s % 3]) for a, b, s in runs if a != 0 and b != LENGTHS[contig]]


def covered(found: ReadPack, contig: str = "chr1") -> tuple[int, int]:
    """First and last 1-based base of a gVCF genome that is not "nothing" at the contig's ends."""
    calls = found.pack.contigs[contig]
    return int(calls.run_end[0]) + 1, int(calls.run_start[-1])


@pytest.fixture
def one(write: Write) -> Callable[..., ReadPack]:
    """Read records of one sample; `facts` go to the spec."""

    def reader(
        *records: str, policy: Policy | None = None, reference: Reference | None = None, **facts: Any
    ) -> ReadPack:
        facts.setdefault("karyotype", "XX")
        facts.setdefault("callability", "gvcf")
        return read(write(vcf(records)), reference, policy, **facts)[0]

    return reader


CALLS = {
    "0/1:30:60:15,15": {"1000A>G": ("het", "adj")},
    "1|0:30:60:15,15": {"1000A>G": ("het", "adj")},
    "1/1:30:60:0,30": {"1000A>G": ("hom", "adj")},
    "1/1/1:30:60:0,30": {"1000A>G": ("hom", "adj")},
    "/0/1:30:60:15,15": {"1000A>G": ("het", "adj")},
    "./1:30:60:0,30": {"1000A>G": ("half", "adj")},
    "1:30:60:0,30": {"1000A>G": ("half", "adj")},
    "1/.:30:60:0,30": {"1000A>G": ("half", "adj")},
    "0/0:30:60:30,0": {},
    "./.:30:60:30,0": {},
    "0/.:30:60:30,0": {},
    "0/1:30:19:15,15": {"1000A>G": ("het",)},
    "0/1:30:19.99:15,15": {"1000A>G": ("het",)},
    "0/1:30:20.0:15,15": {"1000A>G": ("het", "adj")},
    "0/1:9:60:5,4": {"1000A>G": ("het",)},
    "0/1:10:60:5,5": {"1000A>G": ("het", "adj")},
    "0/1:.:60:15,15": {"1000A>G": ("het",)},
    "0/1:30:.:15,15": {"1000A>G": ("het",)},
    "0/1:30:60:25,5": {"1000A>G": ("het",)},
    "0/1:30:60:24,6": {"1000A>G": ("het", "adj")},
    "0/1:30:60:.": {"1000A>G": ("het", "adj")},
    "0/1:30:60:24,.": {"1000A>G": ("het", "adj")},
    "0/1:30:60": {"1000A>G": ("het", "adj")},
    "0/1": {"1000A>G": ("het",)},
    "1/1:30:60:30,0": {"1000A>G": ("hom", "adj")},
    "0/1/1:30:60:15,15": {},
}


@pytest.mark.parametrize("cell", CALLS)
def test_one_call__is_of_one_class_and_passes_or_not(one: Callable[..., ReadPack], cell: str) -> None:
    assert entries(one(f"chr1 1000 A G PASS . GT:DP:GQ:AD {cell}")) == CALLS[cell]


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("0/1:30:60", "ff"),
        ("0/0:30:60", "ff"),
        ("0/0:30:10", "fn"),
        ("./1:30:60", "oo"),
        ("0:30:60", "oo"),
        ("./.:30:60", "nn"),
        (".:30:60", "nn"),
        ("0/1/1:30:60", "nn"),
        ("0/0:3:60", "fn"),
    ],
)
def test_one_call__sets_the_state_of_its_ref(one: Callable[..., ReadPack], cell: str, wanted: str) -> None:
    found = one(
        "chr1 990 A . PASS END=1100 GT:DP:GQ ./1:30:60".replace("./1", "./0"), f"chr1 1000 ACG A PASS . GT:DP:GQ {cell}"
    )

    rest = (1003, 1100, "oo")
    if wanted == "oo":
        assert states(found) == [(990, 1100, "oo")]
    elif wanted == "ff":
        assert states(found) == [(990, 999, "oo"), rest]
    else:
        assert states(found) == [(990, 999, "oo"), (1000, 1002, wanted), rest]


@pytest.mark.parametrize(
    ("flt", "ft", "wanted"),
    [
        ("PASS", "PASS", ("het", "adj")),
        (".", ".", ("het", "adj")),
        ("LowQual", "PASS", ("het", "failed")),
        ("PASS", "LowGQ", ("het", "failed")),
        ("PASS;q10", "", ("het", "failed")),
        ("PASS", "", ("het", "adj")),
    ],
)
def test_filter_and_ft__take_a_call_out_of_adj_and_mark_it(
    one: Callable[..., ReadPack], flt: str, ft: str, wanted: tuple[str, ...]
) -> None:
    assert entries(one(f"chr1 1000 A G {flt} . GT:DP:GQ:FT 0/1:30:60:{ft}")) == {"1000A>G": wanted}


def test_a_failed_reference_call__is_marked_for_each_alt(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 A G,T LowQual . GT:DP:GQ 0/0:30:60")

    assert entries(found) == {"1000A>G": ("none", "failed"), "1000A>T": ("none", "failed")}
    assert len(found.pack.contigs["chr1"].records.pos) == 1


def test_two_alts__are_each_het_and_share_one_gate(one: Callable[..., ReadPack]) -> None:
    assert entries(one("chr1 1000 A G,T PASS . GT:DP:GQ:AD 1/2:30:60:0,15,15")) == {
        "1000A>G": ("het", "adj"),
        "1000A>T": ("het", "adj"),
    }
    assert entries(one("chr1 1000 A G,T PASS . GT:DP:GQ:AD 1/2:30:60:0,2,28")) == {
        "1000A>G": ("het",),
        "1000A>T": ("het",),
    }


@pytest.mark.parametrize("symbol", ["<NON_REF>", "<*>", "<X>", "*", "<DEL>", "A[chr2:5[", "]chr2:5]A", "A."])
def test_alleles_without_bases__count_in_an_and_are_never_listed(one: Callable[..., ReadPack], symbol: str) -> None:
    found = one(f"chr1 1000 A T,{symbol} PASS . GT:DP:GQ:AD 1/2:30:60:0,15,15")

    assert entries(found) == {"1000A>T": ("het", "adj")}
    assert covered(found) == (1000, 1000) and states(found) == []


def test_a_star__is_missing_where_the_policy_says_so(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 A T,* PASS . GT:DP:GQ 1/2:30:60", policy=Policy(spanning_deletion_in_an=False))

    assert entries(found) == {"1000A>T": ("half", "adj")}


def test_a_record_with_only_a_star__is_a_record_and_wins_over_blocks(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 990 A <NON_REF> PASS END=1100 GT:DP:GQ 0/0:30:60", "chr1 1000 A * PASS . GT:DP:GQ ./.:30:60")

    assert entries(found) == {} and states(found) == [(1000, 1000, "nn")]


def test_structural_records__are_skipped_and_said(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 A <DEL> PASS END=2000 GT:DP:GQ 0/1:30:60", "chr1 1500 N N[chr2:7[ PASS SVTYPE=BND DP:GQ 3:4")

    assert found.pack.contigs == {}
    assert "2 records have a symbolic" in " ".join(found.report.lines())


def test_of_overlapping_records__the_latest_start_wins_and_at_one_pos_the_lower(one: Callable[..., ReadPack]) -> None:
    found = one(
        "chr1 1000 ACGTACGTAC A PASS . GT:DP:GQ 0/1:30:60",
        "chr1 1003 T G PASS . GT:DP:GQ ./.:30:60",
        "chr1 1005 C G PASS . GT:DP:GQ 0/1:30:10",
        "chr1 1005 CG C LowQual . GT:DP:GQ ./0:30:60",
    )

    assert covered(found) == (1000, 1009)
    assert states(found) == [(1003, 1003, "nn"), (1005, 1006, "on")]
    # The SNV at 1005 has an AN of its own: 2 in raw where the place says 1.
    assert entries(found) == {
        "1000ACGTACGTAC>A": ("het", "adj"),
        "1005C>G": ("het", "raw+1"),
        "1005CG>C": ("none", "failed"),
    }


def test_records_win_over_blocks__and_gaps_are_nothing(one: Callable[..., ReadPack]) -> None:
    found = one(
        "chr1 900 A <NON_REF> . END=1100 GT:DP:GQ:MIN_DP 0/0:30:60:5",
        "chr1 1000 AC A PASS . GT:DP:GQ 0/1:30:60",
        "chr1 1201 A <NON_REF> . END=1210 GT:DP:GQ:MIN_DP 0/0:9:60:10",
    )

    assert states(found) == [(900, 999, "fn"), (1002, 1100, "fn"), (1101, 1200, "nn")]


@pytest.mark.parametrize(
    ("info", "fmt", "cell", "wanted"),
    [
        ("END=1100", "GT:DP:GQ:MIN_DP", "0/0:40:60:9", "fn"),
        ("END=1100", "GT:DP:GQ:MIN_DP", "0/0:9:60:10", "ff"),
        ("END=1100", "GT:DP:GQ", "0/0:9:60", "fn"),
        ("END=1100;MIN_DP=10", "GT:GQ", "0/0:60", "ff"),
        ("MinDP=9;END=1100", "GT:GQ", "0/0:60", "fn"),
        ("END=1100", "GT:GQ", "0/0:60", "fn"),
        ("END=1100", "GT:GQX:DPI", "0/0:60:30", "ff"),
        ("END=1100", "GT:GQX:DP", "0/0:19:30", "fn"),
        ("END=1100;MIN_DP=40", "GT:DP:GQ", "0/0:.:60", "ff"),
        ("END=1100;MIN_DP=40", "GT:DP:GQ", "0/0:9:60", "fn"),
    ],
)
def test_the_depth_of_a_block__is_min_dp_else_dp_else_info(
    one: Callable[..., ReadPack], info: str, fmt: str, cell: str, wanted: str
) -> None:
    found = one("chr1 500 A . . END=500 GT:DP:GQ 0/0:30:60", f"chr1 1000 A <*> . {info} {fmt} {cell}")

    assert covered(found) == (500, 1100)
    assert states(found) == [(501, 999, "nn")] + ([(1000, 1100, wanted)] if wanted != "ff" else [])


@pytest.mark.parametrize(
    ("karyotype", "cell", "wanted"),
    [
        ("XX", "0/1", ("het", "adj")),
        ("XX", "1/1", ("hom", "adj")),
        ("XX", "1", ("half", "adj")),
        ("XY", "1/1", ("hemi", "adj")),
        ("XY", "1", ("hemi", "adj")),
        ("XY", "0/1", None),
        ("XY", "1/2", None),
        ("XY", "./1", ("half", "adj")),
        ("X0", "1", ("hemi", "adj")),
        ("X0", "0/1", None),
        ("XXY", "0/1", ("het", "adj")),
        ("XYY", "1", ("hemi", "adj")),
        ("unknown", "1/1", None),
        ("unknown", "0/1", None),
    ],
)
def test_x_outside_par__goes_by_karyotype(
    one: Callable[..., ReadPack], karyotype: str, cell: str, wanted: tuple[str, ...] | None
) -> None:
    found = one(
        f"chrX {X} A G,T PASS . GT:DP:GQ {cell}:6:60"
        if karyotype in ("XY", "X0", "XYY")
        else f"chrX {X} A G,T PASS . GT:DP:GQ {cell}:30:60",
        karyotype=karyotype,
    )

    assert entries(found, "chrX") == ({f"{X}A>G": wanted} if wanted else {})
    assert found.pack.contigs["chrX"].records.counted.tolist() == [wanted is not None]


@pytest.mark.parametrize(
    ("karyotype", "cell", "wanted"),
    [
        ("XY", "1", ("hemi", "adj")),
        ("XY", "0/1", None),
        ("XX", "1/1", None),
        ("X0", "1", None),
        ("XXY", "1", ("hemi", "adj")),
        ("XYY", "1", ("half", "adj")),
        ("XYY", "1/1", ("hom", "adj")),
        ("unknown", "1", None),
    ],
)
def test_y_outside_par__goes_by_karyotype(
    one: Callable[..., ReadPack], karyotype: str, cell: str, wanted: tuple[str, ...] | None
) -> None:
    found = one(f"chrY {Y} A G PASS . GT:DP:GQ {cell}:30:60", karyotype=karyotype)

    assert entries(found, "chrY") == ({f"{Y}A>G": wanted} if wanted else {})


@pytest.mark.parametrize(("karyotype", "wanted"), [("XX", "het"), ("XY", "het"), ("unknown", "het"), ("X0", None)])
def test_par_of_x__is_two_copies_for_all_but_x0(
    one: Callable[..., ReadPack], karyotype: str, wanted: str | None
) -> None:
    found = one(f"chrX {PAR} A G PASS . GT:DP:GQ 0/1:30:60", karyotype=karyotype)

    assert entries(found, "chrX") == ({f"{PAR}A>G": (wanted, "adj")} if wanted else {})


def test_par_of_y__is_kept_dropped_and_counted(one: Callable[..., ReadPack]) -> None:
    found = one(
        f"chrY {PAR} A G PASS . GT:DP:GQ 0/1:30:60",
        f"chrY {PAR + 5} A G PASS . GT:DP:GQ 1:30:60",
        f"chrY {PAR + 9} A <*> PASS END={PAR + 99} GT:DP:GQ 0:30:60",
        karyotype="XY",
    )

    calls = found.pack.contigs["chrY"]
    assert entries(found, "chrY") == {} and calls.records.counted.tolist() == [False, False]
    assert any("2 calls in the PAR of chrY" in line for line in found.report.lines())
    assert calls.run_end.tolist() == [LENGTHS["chrY"]]


def test_a_block_across_the_edge_of_par__is_judged_on_each_side(one: Callable[..., ReadPack]) -> None:
    edge = 2_781_479
    found = one(f"chrX {edge - 9} A <*> . END={edge + 10} GT:DP:GQ 0/0:7:60", karyotype="XY")

    assert states(found, "chrX") == [(edge - 9, edge, "fn")]
    assert covered(found, "chrX") == (edge - 9, edge + 10)


BORDER = 2_781_479  # the last base of PAR1


@pytest.mark.parametrize("border", [BORDER, 10_000])
def test_overlapping_blocks_across_a_border_of_par__the_latest_start_wins_behind_it_too(
    one: Callable[..., ReadPack], border: int
) -> None:
    found = one(
        f"chrX {border - 9} A <*> . END={border + 10} GT:DP:GQ 0/0:30:10",
        f"chrX {border - 5} A <*> . END={border + 6} GT:DP:GQ 0/0:30:60",
        f"chrX {border - 5} A <*> . END={border + 3} GT:DP:GQ ./.:30:60",
        karyotype="XY",
    )

    assert states(found, "chrX") == [
        (border - 9, border - 6, "fn"),
        (border - 5, border + 3, "nn"),
        (border + 7, border + 10, "fn"),
    ]


def usable(found: ReadPack) -> ReadPack:
    check_pack(found.pack, Policy().digest())
    return found


@pytest.fixture(scope="session")
def at_par(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """chrX and chrY with ten A on each side of where the PAR begins, at 10,001."""
    bases = "CG" * 4995 + "A" * 20 + "CG" * 50
    path = tmp_path_factory.mktemp("reference") / "par.fa"
    path.write_text("".join(f">{name}\n{bases}\n" for name in ("chrX", "chrY")))
    return Reference.open(path, any_length=True)


@pytest.mark.parametrize(
    ("karyotype", "cell", "wanted", "counted"),
    [
        ("XY", "0/1", {}, False),
        ("XY", "1/1", {"9990GA>G": ("hemi", "adj", "raw+1", "adj+1")}, True),
        ("XY", "1", {"9990GA>G": ("hemi", "adj", "raw+1", "adj+1")}, True),
        ("XX", "0/1", {"9990GA>G": ("het", "adj", "raw+2", "adj+2")}, True),
        ("X0", "1", {"9990GA>G": ("hemi", "adj", "raw+1", "adj+1")}, True),
        ("unknown", "0/1", {}, False),
    ],
)
def test_an_indel_in_par__whose_normal_form_lies_before_it_has_the_copies_there(
    one: Callable[..., ReadPack], at_par: Reference, karyotype: str, cell: str, wanted: object, counted: bool
) -> None:
    found = usable(one(f"chrX 10005 AA A PASS . GT:DP:GQ {cell}:30:60", karyotype=karyotype, reference=at_par))

    assert entries(found, "chrX") == wanted
    assert found.pack.contigs["chrX"].records.counted.tolist() == [counted]


@pytest.mark.parametrize(
    ("karyotype", "cell", "wanted"),
    [
        ("XY", "0/1", ("het", "adj", "raw+2", "adj+2")),
        ("XY", "0|1", ("het", "adj", "raw+2", "adj+2")),
        ("XY", "1", ("half", "adj", "raw-1", "adj-1")),
        ("unknown", "0/1", ("het", "adj", "raw+2", "adj+2")),
        ("X0", "0/1", None),
    ],
)
def test_an_allele_before_par__whose_normal_form_lies_in_it_has_the_copies_there(
    one: Callable[..., ReadPack], karyotype: str, cell: str, wanted: tuple[str, ...] | None
) -> None:
    found = usable(one(f"chrX 9999 ACGT ACGA PASS . GT:DP:GQ {cell}:30:60", karyotype=karyotype))

    assert entries(found, "chrX") == ({"10002T>A": wanted} if wanted else {})


def test_the_alts_of_one_record_on_both_sides_of_a_border__each_have_their_own_copies(
    one: Callable[..., ReadPack],
) -> None:
    found = usable(one("chrX 9999 ACGT CCGT,ACGA PASS . GT:DP:GQ:AD 1/2:30:60:0,15,15", karyotype="XY"))

    assert entries(found, "chrX") == {"10002T>A": ("het", "adj", "raw+2", "adj+2")}
    assert found.report.het_on_one_copy == 1


def test_a_key_in_the_par_of_y__is_not_counted_and_one_before_it_is(
    one: Callable[..., ReadPack], at_par: Reference
) -> None:
    into = usable(one("chrY 9999 ACGT ACGA PASS . GT:DP:GQ 1:30:60", karyotype="XY"))
    out = usable(one("chrY 10005 AA A PASS . GT:DP:GQ 1:30:60", karyotype="XY", reference=at_par))

    assert entries(into, "chrY") == {} and into.report.y_par == 1
    assert entries(out, "chrY") == {"9990GA>G": ("hemi", "adj", "raw+1", "adj+1")} and out.report.y_par == 0


def test_an_mnp_across_a_border__gives_each_base_the_copies_of_its_place(one: Callable[..., ReadPack]) -> None:
    hom = usable(one("chrX 9999 ACGT CGTA PASS . GT:DP:GQ 1/1:30:60", karyotype="XY"))
    het = usable(one(f"chrX {BORDER - 1} ACGT CGTA PASS . GT:DP:GQ 0/1:30:60", karyotype="XY"))

    kinds = {place: said[0] for place, said in entries(hom, "chrX").items()}
    assert kinds == {
        "9999ACGT>CGTA": "hemi",
        "9999A>C": "hemi",
        "10000C>G": "hemi",
        "10001G>T": "hom",
        "10002T>A": "hom",
    }
    kinds = {place: said[0] for place, said in entries(het, "chrX").items()}
    assert kinds == {
        f"{BORDER - 1}ACGT>CGTA": "het",
        f"{BORDER - 1}A>C": "het",
        f"{BORDER}C>G": "het",
        f"{BORDER + 1}G>T": "none",
        f"{BORDER + 2}T>A": "none",
    }


def test_a_missing_end__leaves_the_span_to_ref(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 ACG <*> . END=. GT:DP:GQ 0/0:30:60", "chr1 2000 A G PASS END=.;DP=3 GT:DP:GQ 0/1:30:60")

    assert states(found) == [(1003, 1999, "nn")]


MITO = {
    "0/1:900:60:0.07": ((), 700),
    "0/1:900:60:0.0999999999999999999999": ((), 999),
    "0/1:900:60:0.1": (("mt-het", "adj"), 1000),
    "0/1:900:60:1e-1": (("mt-het", "adj"), 1000),
    "1/1:900:60:0.94999999999999999999": (("mt-het", "adj"), 9499),
    "0/1:900:60:0.95": (("mt-hom", "adj"), 9500),
    "1:900:60:1.0": (("mt-hom", "adj"), 10_000),
    "0/0:900:60:0.5": (("mt-het", "adj"), 5000),
    "./.:900:60:0.5": ((), 0),
    "./1:900:60:0.5": (("mt-het", "adj"), 5000),
    "0/1:4:60:0.5": (("mt-het",), 5000),
    "0/1:5:60:0.5": (("mt-het", "adj"), 5000),
    "0/1:900:.:0.5": (("mt-het",), 5000),
    "0/1:900:60:.": (("mt-het", "adj"), 5000),
    "1/1:900:60:": (("mt-hom", "adj"), 10_000),
    "./.:900:60:nan": ((), 0),
}


@pytest.mark.parametrize("cell", MITO)
def test_mitochondria__go_by_heteroplasmy_decided_on_the_digits(one: Callable[..., ReadPack], cell: str) -> None:
    found = one(f"chrM 3000 A G PASS . GT:DP:GQ:AF {cell}")
    wanted, share = MITO[cell]

    said = entries(found, "chrM")
    assert said == ({"3000A>G": wanted or ("none",)} if share else {})
    assert found.pack.contigs["chrM"].heteroplasmy.tolist() == ([share] if share else [])


def test_mitochondria__without_af_go_by_ad_then_by_gt_and_take_more_than_two_alleles(
    one: Callable[..., ReadPack],
) -> None:
    found = one(
        "chrM 3000 A G PASS . GT:DP:GQ:AD 0/1:900:60:91,9",
        "chrM 3001 A G PASS . GT:DP:GQ:AD 0/1:900:60:5,95",
        "chrM 3002 A G PASS . GT:DP:GQ 0/1:900:60",
        "chrM 3003 A G,T PASS . GT:DP:GQ:AF 0/1/2:900:60:0.2,0.96",
    )

    assert entries(found, "chrM") == {
        "3000A>G": ("none",),
        "3001A>G": ("mt-hom", "adj"),
        "3002A>G": ("mt-het", "adj"),
        "3003A>G": ("mt-het", "adj"),
        "3003A>T": ("mt-hom", "adj"),
    }
    assert found.report.low_heteroplasmy == 1 and found.report.many_alleles == 0


def test_an_mnp__is_a_key_and_its_differing_bases_are_derived(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 ACG GCT PASS . GT:DP:GQ 0/1:30:60")

    assert entries(found) == {
        "1000ACG>GCT": ("het", "adj"),
        "1000A>G": ("het", "adj", "derived"),
        "1002G>T": ("het", "adj", "derived"),
    }
    assert "1 MNP is also counted" in " ".join(found.report.lines())
    assert entries(one("chr1 1000 ACG GCT PASS . GT:DP:GQ 0/1:30:60", policy=Policy(mnp_components=False))) == {
        "1000ACG>GCT": ("het", "adj")
    }


def test_an_own_record__wins_over_the_base_of_an_mnp(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 AC GT PASS . GT:DP:GQ 0/1:30:60", "chr1 1001 C T PASS . GT:DP:GQ 1/1:30:60")

    assert entries(found) == {
        "1000AC>GT": ("het", "adj"),
        "1000A>G": ("het", "adj", "derived"),
        "1001C>T": ("hom", "adj"),
    }


def test_two_mnps_of_one_record__that_share_a_base_are_two_copies_of_it(one: Callable[..., ReadPack]) -> None:
    found = one("chr1 1000 AC GT,GA PASS . GT:DP:GQ:AD 1/2:30:60:0,15,15")

    assert entries(found)["1000A>G"] == ("hom", "adj", "derived")


SHARED = {  # heteroplasmies of GT and GA for AC: what the base that both have is, and its heteroplasmy
    "0.05,0.05": (("mt-het", "adj", "derived"), 1_000),
    "0.05,0.049": (None, 0),
    "0.06,0.9": (("mt-hom", "adj", "derived"), 9_600),
    "0.05,0.6": (("mt-het", "adj", "derived"), 6_500),
    "0.2,0": (("mt-het", "adj", "derived"), 2_000),
    "0.6,0.6": (("mt-hom", "adj", "derived"), 10_000),
}


@pytest.mark.parametrize("shares", SHARED)
def test_mitochondrial_mnps_of_one_record__add_up_at_a_base_that_they_share(
    one: Callable[..., ReadPack], shares: str
) -> None:
    found = one(f"chrM 3000 AC GT,GA PASS . GT:DP:GQ:AF 0/1:900:60:{shares}")
    wanted, share = SHARED[shares]

    said = entries(found, "chrM")
    assert said.get("3000A>G") == wanted
    both = dict(zip(said, found.pack.contigs["chrM"].heteroplasmy.tolist(), strict=True))
    assert both.get("3000A>G", 0) == share
    # The others are one MNP's alone, and are there where that one counts.
    assert ("3001C>T" in said, "3001C>A" in said) == tuple(float(part) >= 0.1 for part in shares.split(","))


def test_mitochondrial_mnps__in_conflict_add_nothing_up(one: Callable[..., ReadPack]) -> None:
    found = one(
        "chrM 3000 AC GT,GA PASS . GT:DP:GQ:AF 0/1:900:60:0.05,0.05",
        "chrM 3000 AC GT PASS . GT:DP:GQ:AF 0/1:900:60:0.5",
    )

    assert "3000A>G" not in entries(found, "chrM") and found.report.conflicts == 2


def test_the_same_key_twice__equal_is_one_and_different_is_a_conflict(one: Callable[..., ReadPack]) -> None:
    equal = one("chr1 1000 A G PASS . GT:DP:GQ 0/1:30:60", "chr1 1000 A G PASS . GT:DP:GQ 0/1:30:10")
    other = one("chr1 1000 A G PASS . GT:DP:GQ 0/1:30:60", "chr1 1000 A G PASS . GT:DP:GQ 1/1:30:60")

    assert entries(equal) == {"1000A>G": ("het",)} and equal.report.duplicates == 1
    assert entries(other) == {} and other.report.conflicts == 2
    assert other.pack.contigs["chr1"].run_end.tolist() == [LENGTHS["chr1"]]
    assert other.pack.contigs["chr1"].records.counted.tolist() == [False, False]
    assert "conflict" in " ".join(other.report.lines())


def test_the_same_key_twice__also_where_it_is_spelled_otherwise(
    one: Callable[..., ReadPack], repeated: tuple[Reference, dict[str, str]]
) -> None:
    reference, bases = repeated
    at = next(
        i
        for i in range(5, 2900)
        if len(set(bases["chr1"][i : i + 4])) == 1
        and bases["chr1"][i] in "ACGT"
        and bases["chr1"][i - 1] in "ACGT"
        and bases["chr1"][i - 1] != bases["chr1"][i]
    )
    base, before = bases["chr1"][at], bases["chr1"][at - 1]
    written = [f"chr1 {at} {before}{base} {before}", f"chr1 {at + 2} {base}{base} {base}"]

    same = one(*(f"{text} PASS . GT:DP:GQ 0/1:30:60" for text in written), reference=reference)
    against = one(
        f"{written[0]} PASS . GT:DP:GQ 0/1:30:60", f"{written[1]} PASS . GT:DP:GQ 0/0:30:60", reference=reference
    )

    assert entries(same) == {f"{at}{before}{base}>{before}": ("het", "adj")}
    assert entries(against) == {} and against.report.conflicts == 2


def test_a_missing_record__takes_the_person_out_of_its_key_where_it_moved_to(
    one: Callable[..., ReadPack], repeated: tuple[Reference, dict[str, str]]
) -> None:
    reference, bases = repeated
    at = next(
        i
        for i in range(5, 2900)
        if len(set(bases["chr1"][i : i + 6])) == 1
        and bases["chr1"][i] in "ACGT"
        and bases["chr1"][i - 1] in "ACGT"
        and bases["chr1"][i - 1] != bases["chr1"][i]
    )
    base, before = bases["chr1"][at], bases["chr1"][at - 1]
    found = one(
        f"chr1 {at - 3} {bases['chr1'][at - 4]} . . END={at + 1} GT:DP:GQ 0/0:30:60",
        f"chr1 {at + 3} {base}{base} {base} PASS . GT:DP:GQ ./.:30:60",
        reference=reference,
    )

    assert entries(found) == {f"{at}{before}{base}>{before}": ("none", "raw-2", "adj-2")}


def test_an_assumed_genome__has_no_adj_anywhere(one: Callable[..., ReadPack]) -> None:
    found = one(
        "chr1 1000 A G PASS . GT:DP:GQ 0/1:30:60",
        "chr1 1005 A G LowQual . GT:DP:GQ 0/1:30:60",
        "chr1 1010 A G PASS . GT:DP:GQ ./.:30:60",
        callability="assumed",
    )

    assert entries(found) == {"1000A>G": ("het",), "1005A>G": ("het", "failed")}
    assert states(found) == [(1010, 1010, "nn")]
    assert found.report.lines()[0].startswith("1 sample has assumed callability")


def test_records__are_kept_as_written_for_what_is_carried_failed_missing_or_half(one: Callable[..., ReadPack]) -> None:
    found = one(
        "chr1 1000 a g,<NON_REF> PASS . GT:AD:DP:GQ:PGT:PID:PS 0/1:15,15,0:30:60:1|0:1000_A_G:7",
        "chr1 1001 A G PASS . GT:DP:GQ 0/0:30:60",
        "chr1 1002 A G q10;s50 . GT:DP:GQ 0/0:30:60",
        "chr1 1003 A G PASS . GT:DPI:GQX ./.:7:8",
        "chr1 1004 ACT A . . GT:DP:GQ 1:30:99999",
        "chr1 1008 A <NON_REF> PASS . GT:DP:GQ ./.:30:60",
        "chr1 1009 A G PASS . GT:DP:GQ:PID 0|1:.:.:55_A",
    )

    records = found.pack.contigs["chr1"].records
    assert records.pos.tolist() == [1000, 1002, 1003, 1004, 1009]
    assert records.text == b"A\tG,<NON_REF>A\tGA\tGACT\tAA\tG" and records.text_end.tolist() == [13, 16, 19, 24, 27]
    assert records.gt.tolist() == [[1, 0], [0, 0], [-1, -1], [1, -2], [0, 1]]
    assert records.phased.tolist() == [True, False, False, False, True]
    assert records.phase_set.tolist() == [7, -1, -1, -1, 55]
    assert [found.pack.filters[i] for i in records.filter] == ["PASS", "q10;s50", "PASS", ".", "PASS"]
    assert records.dp.tolist() == [30, 30, 7, 30, -1] and records.gq.tolist() == [60, 60, 8, 32767, -1]
    assert records.ad.tolist() == [15, 15, 0] and records.ad_end.tolist() == [3, 3, 3, 3, 3]


def test_auto__is_gvcf_with_blocks_or_their_alleles_and_else_assumed(one: Callable[..., ReadPack]) -> None:
    call = "PASS . GT:DP:GQ 0/1:30:60"

    assert one(f"chr1 1000 A G {call}", callability=None).pack.callability == "assumed"
    assert one(f"chr1 1000 A G,<*> {call}", callability=None).pack.callability == "gvcf"
    late = one(
        f"chr1 1000 A G {call}", f"chr2 1000 A G {call}", "chr3 5 A . . END=9 GT:DP:GQ 0/0:30:60", callability=None
    )
    assert late.pack.callability == "gvcf"
    assert entries(late) == {"1000A>G": ("het", "adj")} and covered(late) == (1000, 1000)


def test_contigs_that_say_nothing_of_their_own__are_left_out(one: Callable[..., ReadPack]) -> None:
    found = one(
        "chr1 1000 A G PASS . GT:DP:GQ 0/0:30:60",
        "chr2 1000 A G PASS . GT:DP:GQ ./.:30:60",
        "chr3 5 A . . END=9 GT:DP:GQ ./.:0:0",
        callability="assumed",
    )

    assert list(found.pack.contigs) == ["chr2", "chr3"]
