"""Callers' files as they are written: Manta, DELLY, Sniffles, GRIDSS; DRAGEN, gCNV, CNVnator; ExpansionHunter, GangSTR.

The lines are short forms of what the programs write; hostile ones are refused with a line and a reason.
"""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pysam
import pytest

from embla.errors import BadInput
from embla.structural import CallerSet, Type, read_caller_file
from embla.structural.model.values import Alleles, State
from embla.structural.reading import lines as bounds
from embla.structural.reading import structural as limits

HEAD = (
    "##fileformat=VCFv4.3\n##source={source}\n##contig=<ID=chr1,length=248956422>\n"
    "##contig=<ID=chr2,length=242193529>\n##contig=<ID=chrX,length=156040895>\n"
)


def write(
    path: Path, records: list[str], *, samples: tuple[str, ...] = ("S1",), source: str = "test", version: str = "4.3"
) -> Path:  # fmt: skip
    """Records as words parted by spaces."""
    columns = [*"CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".split(), *samples]
    head = HEAD.format(source=source).replace("v4.3", f"v{version}") + "#" + "\t".join(columns)
    path.write_text("\n".join([head, *("\t".join(record.split()) for record in records)]) + "\n")
    return path


def read(tmp_path: Path, records: list[str], kind: Any = "sv", karyotype: str = "XX", **more: Any) -> CallerSet:
    return read_caller_file(write(tmp_path / "calls.vcf", records, **more), "S1", kind, karyotype)


def told(found: CallerSet) -> list[tuple[str, int, int, int]]:
    return [(Type(int(row["type"])).name, int(row["start"]), int(row["end"]), int(row["length"])) for row in found.rows]


def test_manta__a_deletion_by_symbol_and_one_in_bases_have_the_same_places(tmp_path: Path) -> None:
    bases = "A" + "C" * 1000

    one = read(tmp_path, ["chr1 1000 M1 A <DEL> . PASS SVTYPE=DEL;END=2000;SVLEN=-1000;CIPOS=-5,7 GT 0/1"])
    other = read(tmp_path, [f"chr1 1000 M1 {bases} A . PASS SVTYPE=DEL;END=2000 GT 1/1"])

    assert told(one) == told(other) == [("DEL", 1000, 2000, 0)]
    assert one.rows["ci"][0].tolist() == [-5, 7, 0, 0]
    assert (one.rows["alleles"][0], other.rows["alleles"][0]) == (Alleles.ONE_OF_TWO, Alleles.TWO_OF_TWO)


def test_gridss__a_pair_of_breakends_is_the_deletion_that_manta_writes_once(tmp_path: Path) -> None:
    found = read(tmp_path, [
        "chr1 1000 g1o A A[chr1:2001[ . PASS SVTYPE=BND;MATEID=g1h GT .",
        "chr1 2001 g1h C ]chr1:1000]C . PASS SVTYPE=BND;MATEID=g1o GT .",
    ])  # fmt: skip

    assert told(found) == [("DEL", 1000, 2000, 0)]
    assert (found.rows["state"][0], found.rows["alleles"][0]) == (State.CARRIES, Alleles.NOT_SAID)


def test_gridss__a_duplication_and_an_insertion_written_as_breakends(tmp_path: Path) -> None:
    found = read(tmp_path, [
        "chr1 1001 a A ]chr1:2000]A . PASS SVTYPE=BND GT .",
        f"chr1 5000 b A A{'C' * 80}[chr1:5001[ . PASS SVTYPE=BND GT .",
    ])  # fmt: skip

    assert told(found) == [("DUP", 1000, 2000, 0), ("INS", 5000, 5000, 80)]


@pytest.mark.parametrize("order", [0, 1])
def test_t31__mates_of_a_translocation_are_one_call_whichever_comes_first(tmp_path: Path, order: int) -> None:
    mates = [
        "chr1 1000 a A A[chr2:5000[ . PASS SVTYPE=BND GT 0/1",
        "chr2 5000 b C ]chr1:1000]C . PASS SVTYPE=BND GT 0/1",
    ]

    found = read(tmp_path, mates if order else mates[::-1])

    (row,) = found.rows
    assert (row["contig"], row["mate"], row["start"], row["end"], row["strands"]) == (0, 1, 1000, 4999, 1)


def test_delly__bnd_by_ct_is_the_same_junction_as_by_brackets(tmp_path: Path) -> None:
    one = read(tmp_path, ["chr2 5000 D C <BND> . PASS SVTYPE=BND;CHR2=chr1;POS2=1000;CT=5to3 GT 0/1"])
    other = read(tmp_path, ["chr1 1000 a A A[chr2:5000[ . PASS SVTYPE=BND GT 0/1"])

    assert (one.rows == other.rows).all()


def test_delly__a_column_without_genotype_among_others_is_missing_and_0_0_is_nothing(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        [
            "chr1 1000 D C <DEL> . PASS END=3000 GT ./. 0/1",
            "chr1 9000 D C <DEL> . PASS END=12000 GT 0/0 0/1",
            "chr1 20000 D C <DEL> . LowQual END=22000 GT 0/1 0/1",
        ],
        samples=("S1", "S2"),
    )

    assert [State(int(one)) for one in found.rows["state"]] == [State.MISSING, State.FAILED]


def test_sniffles__insertion_length_from_bases_and_from_svlen_and_unknown(tmp_path: Path) -> None:
    found = read(tmp_path, [
        f"chr1 1000 s A A{'G' * 300} . PASS SVTYPE=INS;END=1000 GT 0/1",
        "chr1 5000 s N <INS> . PASS SVTYPE=INS;SVLEN=410;END=5000 GT 0/1",
        "chr1 9000 s N <INS> . PASS SVTYPE=INS;SVLEN=0;END=9000 GT 0/1",
    ])  # fmt: skip

    assert told(found) == [("INS", 1000, 1000, 300), ("INS", 5000, 5000, 410), ("INS", 9000, 9000, 0)]


def test_structural__what_is_short_or_half_known_is_left_out_and_told(tmp_path: Path) -> None:
    found = read(tmp_path, [
        "chr1 1000 s AAAA A . PASS SVTYPE=DEL GT 0/1",
        "chr1 5000 s A A. . PASS SVTYPE=BND GT 0/1",
        "chr1_KI270706v1_random 5000 s A <DEL> . PASS END=9000 GT 0/1",
    ])  # fmt: skip

    assert not len(found.rows)
    assert sum(found.skipped.values()) == 3


def test_gcnv__segments_at_the_normal_number_say_where_it_was_looked(tmp_path: Path) -> None:
    found = read(tmp_path, [
        "chr1 10000 CNV_1 N . . PASS END=20000 GT:CN 0:2",
        "chr1 20001 CNV_2 N <DEL> . PASS END=30000 GT:CN 1:1",
        "chrX 50000000 CNV_3 N <DUP> . PASS END=50010000 GT:CN 2:3",
    ], "cnv")  # fmt: skip

    assert told(found) == [("DEL", 20001, 30000, 0), ("DUP", 50000000, 50010000, 0)]
    assert found.rows["copies"].tolist() == [1, 3]
    assert [tuple(run) for run in found.callable.tolist()] == [(0, 10000, 30000), (22, 50000000, 50010000)]


def test_dragen__one_x_of_xy_is_normal_and_two_are_a_gain(tmp_path: Path) -> None:
    found = read(tmp_path, [
        "chrX 50000000 a N <CNV> . PASS END=50010000 GT:CN 1:1",
        "chrX 60000000 b N <DUP> . PASS END=60010000 GT:CN 1:2",
    ], "cnv", "XY")  # fmt: skip

    assert told(found) == [("DUP", 60000000, 60010000, 0)]
    assert found.rows["alleles"][0] == Alleles.ONE_COPY


def test_cnvnator__symbols_without_cn_count_by_genotype_over_the_contigs_of_the_header(tmp_path: Path) -> None:
    found = read(tmp_path, ["chr1 10000 a N <DEL> . PASS END=20000;SVTYPE=DEL GT 1/1"], "cnv")

    assert (told(found), found.rows["alleles"][0]) == ([("DEL", 10000, 20000, 0)], Alleles.TWO_OF_TWO)
    assert found.callable["contig"].tolist() == [0, 1, 22]


EH = "chr1 {pos} . C {alt} . {filt} END={end};REF=11;RL=33;RU=CGG;VARID=CBL;REPID=CBL GT:REPCN:REPCI {own}"


def sizes(found: CallerSet) -> list[list[int]]:
    return [row["size"][: row["n"]].tolist() for row in found.rows]


def test_t32__expansion_hunter_and_gangstr_name_the_same_locus(tmp_path: Path) -> None:
    one = read(tmp_path, [EH.format(pos=999, alt="<STR16>", filt="PASS", end=1032, own="0/1:11/16:11-11/15-18")], "str")
    ref = "cgg" * 11
    other = read(tmp_path, [f"chr1 1000 . {ref} {'cgg' * 16} . . END=1032;RU=ggc;PERIOD=3;REF=11 GT:REPCN:REPCI "
                            "0/1:11,16:11-11,15-18"], "str")  # fmt: skip

    for name in ("contig", "start", "end", "motif", "size", "low", "high", "n"):
        assert (one.rows[name] == other.rows[name]).all(), name
    assert sizes(one) == [[11, 16]]
    assert one.rows["name"][0] == b"CBL"


def test_t32__hemizygous_x_gives_one_allele_however_it_is_written(tmp_path: Path) -> None:
    line = "chrX 50000000 . C <STR30> . PASS END=50000033;RU=CGG GT:REPCN {}"

    found = [read(tmp_path, [line.format(own)], "str", "XY") for own in ("1:30", "1/1:30/30", "0/1:11/30")]

    assert [sizes(one) for one in found] == [[[30]], [[30]], [[]]]


def test_t32__records_split_by_allele_count_once_and_contradictions_are_missing(tmp_path: Path) -> None:
    twice = EH.format(pos=999, alt="<STR16>", filt="PASS", end=1032, own="0/1:11/16:.")
    none = EH.format(pos=999, alt=".", filt="PASS", end=1032, own="./.:.:.")
    other = EH.format(pos=999, alt="<STR16>", filt="PASS", end=1032, own="0/1:11/17:.")

    assert sizes(read(tmp_path, [twice, twice, none], "str")) == [[11, 16]]
    assert read(tmp_path, [twice, other], "str").rows["state"].tolist() == [State.MISSING]


def test_str__a_genotype_of_dots_is_none_and_a_file_of_nothing_else_was_not_called(tmp_path: Path) -> None:
    dots = [EH.format(pos=pos, alt=".", filt="PASS", end=1032, own=own) for pos, own in
            ((999, "./.:./.:./."), (989, "./.:11/16:."), (979, ".:.:."))]  # fmt: skip
    some = EH.format(pos=969, alt=".", filt="LowDepth", end=1032, own="0/0:11/11:.")

    alone, beside, empty = read(tmp_path, dots, "str"), read(tmp_path, [*dots, some], "str"), read(tmp_path, [], "str")

    assert set(alone.rows["state"].tolist()) == {State.MISSING}
    assert (alone.was_called, beside.was_called, empty.was_called) == (False, True, False)
    assert list(alone.skipped.values()) == [3] and "without a genotype" in next(iter(alone.skipped))
    assert beside.skipped == {}


def test_str__a_failed_or_empty_record_is_not_genotyped(tmp_path: Path) -> None:
    low = EH.format(pos=999, alt=".", filt="LowDepth", end=1032, own="0/0:11/11:.")

    assert read(tmp_path, [low], "str").rows["state"].tolist() == [State.FAILED]


HOSTILE = {
    "no vcf": "hello\n",
    "END before POS": "chr1 1000 a N <DEL> . PASS END=900 GT 0/1",
    "END is no number": "chr1 1000 a N <DEL> . PASS END=9e9 GT 0/1",
    "past the contig": "chr1 248956423 a N <DEL> . PASS END=248956500 GT 0/1",
    "three alleles": "chr1 1000 a N <DEL> . PASS END=2000 GT 0/1/1",
    "no breakend": "chr1 1000 a N N[chr1:2000] . PASS . GT 0/1",
    "mate nowhere": "chr1 1000 a N N[chr77:2000[ . PASS . GT 0/1",
    "unknown contig": "chr77 1000 a N <DEL> . PASS END=2000 GT 0/1",
    "too few columns": "chr1 1000 a N <DEL> . PASS END=2000",
    "bases before the contig": f"chr1 0 a {'A' * 80} T . PASS . GT 0/1",
    "bases past the contig": f"chr1 248956420 a {'A' * 80} T . PASS . GT 0/1",
    "long GT": "chr1 1000 a N <DEL> . PASS END=2000 GT 99999999999999999999/1",
}


@pytest.mark.parametrize("why", HOSTILE)
def test_hostile__is_refused_with_its_line(tmp_path: Path, why: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, [HOSTILE[why]])

    assert refused.value.line == 7


def test_hostile__what_unpacks_to_more_than_the_bound_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_BYTES", 1 << 20)
    path = write(tmp_path / "calls.vcf", ["chr1 1000 a N <DEL> . PASS END=2000 GT 0/1"] * 40_000)
    packed = tmp_path / "bomb.vcf.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))

    with pytest.raises(BadInput, match="unpacks"):
        read_caller_file(packed, "S1", "sv", "XX")


def test_hostile__a_line_without_end_a_cut_archive_and_other_bytes(tmp_path: Path) -> None:
    made = {
        "long": b"##x" * (bounds.MAX_LINE // 2),
        "cut": gzip.compress(HEAD.encode() * 50)[:90],
        "bcf": b"BCF\x02\x02\xff\xfe\x80",
    }
    for name, content in made.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadInput):
            read_caller_file(path, "S1", "sv", "XX")


def test_hostile__a_repeat_is_within_its_contig_and_no_longer_than_a_question_looks_back(tmp_path: Path) -> None:
    for pos, ref, info in ((0, "CAGCAG", "RU=CAG"), (248956420, "CAG" * 4, "RU=CAG"), (100, "C", "RU=CAG;END=200000")):
        with pytest.raises(BadInput) as refused:
            read(tmp_path, [f"chr1 {pos} a {ref} . . PASS {info} GT:REPCN 0/0:2/2"], "str")
        assert refused.value.line == 7


def test_cut__a_bgzip_that_ends_between_two_blocks_is_no_whole_file(tmp_path: Path) -> None:
    path = write(tmp_path / "calls.vcf", ["chr1 1000 a N <DEL> . PASS END=2000 GT 0/1"])
    packed = tmp_path / "calls.vcf.gz"
    pysam.tabix_compress(str(path), str(packed), force=True)
    assert len(read_caller_file(packed, "S1", "sv", "XX").rows) == 1

    packed.write_bytes(packed.read_bytes()[:-28])

    with pytest.raises(BadInput, match="truncated"):
        read_caller_file(packed, "S1", "sv", "XX")


@pytest.mark.parametrize("content", [b"\xff\xfe\n", gzip.compress(b"chr1\t1\t100\n", mtime=0)[:-9], b"chr1\t1\tmany\n"])
def test_bed__that_cannot_be_read_is_refused_under_its_own_path(tmp_path: Path, content: bytes) -> None:
    bed = tmp_path / "kit.bed"
    bed.write_bytes(content)

    with pytest.raises(BadInput) as refused:
        read_caller_file(write(tmp_path / "calls.vcf", []), "S1", "sv", "XX", bed)

    assert refused.value.path == str(bed)


def test_structural__each_alt_has_its_own_length(tmp_path: Path) -> None:
    found = read(tmp_path, ["chr1 1000 a N <DEL>,<INS> . PASS END=1200;SVLEN=-200,70 GT 1/2"])

    assert told(found) == [("DEL", 1000, 1200, 0), ("INS", 1000, 1000, 70)]


def test_structural__svlen_of_the_alt_says_where_it_ends_and_end_is_the_longest(tmp_path: Path) -> None:
    several = ["chr1 1000 a A <DEL>,<DEL> . PASS SVTYPE=DEL;END=1500;SVLEN=100,500 GT 0/{}"]
    split = ["chr1 1000 a A <DEL> . PASS SVTYPE=DEL;END=1500;SVLEN=100 GT 0/1"]

    for version in ("4.3", "4.4"):
        for number, end in ((1, 1100), (2, 1500)):
            found = read(tmp_path, [several[0].format(number)], version=version)
            assert told(found) == [("DEL", 1000, end, 0)]
    # Split by ALT (bcftools norm) END stays that of the longest; before 4.4 SVLEN is a difference, and END the place.
    assert told(read(tmp_path, split, version="4.4")) == told(read(tmp_path, split, version="4.10"))
    assert told(read(tmp_path, split, version="4.4")) == [("DEL", 1000, 1100, 0)]
    assert told(read(tmp_path, split, version="4.2")) == [("DEL", 1000, 1500, 0)]
    one_length = ["chr1 1000 a A <DEL>,<DUP> . PASS END=1500;SVLEN=. GT 0/2"]
    assert told(read(tmp_path, one_length, version="4.4")) == [("DUP", 1000, 1500, 0)]


REPLACED = {
    "60 by 60": ("A" + "C" * 60, "A" + "G" * 60, "."),
    "1000 by 999": ("A" + "C" * 1000, "A" + "T" * 999, "."),
    "1000 by 1001": ("A" + "C" * 1000, "A" + "G" * 1001, "SVTYPE=INS"),
    "called a deletion": ("A" + "C" * 1000, "A" + "G" * 990, "SVTYPE=DEL"),
    "complex": ("A" + "C" * 1000, "AG", "SVTYPE=CPX"),
}


@pytest.mark.parametrize("why", REPLACED)
def test_structural__bases_replaced_by_as_many_are_neither_deletion_nor_insertion(tmp_path: Path, why: str) -> None:
    ref, alt, info = REPLACED[why]

    found = read(tmp_path, [f"chr1 1000 a {ref} {alt} . PASS {info} GT 0/1"])

    assert not len(found.rows)
    assert list(found.skipped.values()) == [1] and "not counted" in next(iter(found.skipped))


def test_structural__a_junction_with_as_much_put_in_as_it_removes_is_not_counted_either(tmp_path: Path) -> None:
    found = read(tmp_path, [
        f"chr1 1000 a A A{'C' * 999}[chr1:2001[ . PASS SVTYPE=BND GT 0/1",
        f"chr1 5000 b A A{'C' * 10}[chr1:6001[ . PASS SVTYPE=BND GT 0/1",
        f"chr1 7000 b A A{'C' * 90}[chr1:7011[ . PASS SVTYPE=BND GT 0/1",
        "chr1 9000 c A A[chr1:9001[ . PASS SVTYPE=BND GT 0/1",
    ])  # fmt: skip

    assert told(found) == [("DEL", 5000, 6000, 0), ("INS", 7000, 7000, 90)]
    assert sum(found.skipped.values()) == 2


def test_structural__spelled_bases_that_are_mostly_lost_or_gained_and_an_inversion(tmp_path: Path) -> None:
    turned = "ACGTT" * 12
    back = "AACGT" * 12
    found = read(tmp_path, [
        f"chr1 1000 a A{'C' * 10} A{'G' * 60} . PASS . GT 0/1",
        f"chr1 2000 a A{'C' * 600} A{'G' * 60} . PASS . GT 0/1",
        f"chr1 3000 a {turned} {back} . PASS SVTYPE=INV;SVLEN=60 GT 0/1",
        f"chr1 4000 a G{turned} G{back} . PASS SVTYPE=INV GT 0/1",
        f"chr1 5000 a {turned} {back[:30]}T{back[31:]} . PASS SVTYPE=INV GT 0/1",
        f"chr1 6000 a G G{turned} . PASS SVTYPE=DUP;END=6060 GT 0/1",
        f"chr1 7000 a G G{turned} . PASS SVTYPE=DUP;END=7000 GT 0/1",
    ])  # fmt: skip

    assert sorted(told(found), key=lambda one: one[1]) == [
        ("INS", 1000, 1000, 60), ("DEL", 2000, 2600, 0), ("INV", 2999, 3059, 0), ("INV", 4000, 4060, 0),
        ("INV", 5000, 5058, 0), ("DUP", 6000, 6060, 0), ("INS", 7000, 7000, 60),
    ]  # fmt: skip


def test_copies__each_alt_has_its_own_length_and_several_carried_are_several(tmp_path: Path) -> None:
    line = "chr1 1000 a A <DEL>,<DUP> . PASS END=5000;SVLEN=200,4000 {}"

    def found(own: str) -> list[tuple[str, int, int, int]]:
        return told(read(tmp_path, [line.format(own)], "cnv", version="4.4"))

    assert found("GT 0/2") == found("GT:CN 0/2:3") == [("DUP", 1000, 5000, 0)]
    assert found("GT 0/1") == found("GT:CN 1:1") == [("DEL", 1000, 1200, 0)]
    assert found("GT 1/2") == [("DEL", 1000, 1200, 0), ("DUP", 1000, 5000, 0)]
    assert read(tmp_path, [line.format("GT 1/2")], "cnv").rows["alleles"].tolist() == [Alleles.ONE_OF_TWO] * 2
    assert not found("GT 0/0")


def test_hostile__a_crowd_of_calls_at_one_place_is_refused(tmp_path: Path) -> None:
    crowd = [f"chr1 {1000 + n} a N <DEL> . PASS END={9000 + n} GT 0/1" for n in range(limits.MAX_CROWD + 1)]

    with pytest.raises(BadInput, match="within 1,000"):
        read(tmp_path, crowd)


def test_hostile__another_build_and_another_sample(tmp_path: Path) -> None:
    path = write(tmp_path / "calls.vcf", [])
    with pytest.raises(BadInput, match="no column"):
        read_caller_file(path, "S2", "sv", "XX")
    path.write_text(path.read_text().replace("248956422", "249250621").replace("242193529", "243199373"))
    with pytest.raises(BadInput, match="GRCh37"):
        read_caller_file(path, "S1", "sv", "XX")


def test_bed__narrows_where_it_was_looked(tmp_path: Path) -> None:
    bed = tmp_path / "kit.bed"
    bed.write_text("chr1\t100\t200\nchr1\t150\t300\nchr3\t5\t9\n")

    found = read_caller_file(write(tmp_path / "calls.vcf", []), "S1", "sv", "XX", bed)

    assert [tuple(run) for run in found.callable.tolist()] == [(0, 100, 300)]


def test_reading__the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    records = [f"chr1 {n * 5000 + 1} a N <DEL> . PASS END={n * 5000 + 900} GT 0/1" for n in range(50)]

    one, other = read(tmp_path, records), read(tmp_path, records[::-1])

    assert np.array_equal(one.rows, other.rows)
