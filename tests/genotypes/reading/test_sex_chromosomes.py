"""Calls on X and Y, by the rules of docs/decisions/0001: copies by karyotype, and the borders of the PAR."""

from collections.abc import Callable

import pytest

from embla.genotypes import Policy
from embla.genotypes.reading import ReadPack
from embla.reference import Reference
from tests.support.packs import check_pack

from .conftest import LENGTHS
from .said import covered, entries, states

X, Y, PAR = 50_000_000, 10_000_000, 20_000


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
