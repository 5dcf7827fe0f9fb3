"""Lines that cannot be: the file is refused with its path, its line and what to do; no name, no genotype."""

from collections.abc import Callable
from pathlib import Path

import pytest

from embla.errors import BadInput
from embla.genotypes.reading import ReadReport

from .conftest import read, vcf

Write = Callable[..., Path]
OK = "chr1 500 A G PASS . GT:DP:GQ 0/1:30:60"
CELL = "GT:DP:GQ 0/1:30:60"

LINES = {
    f"chr1 10x0 A G PASS . {CELL}": "POS '10x0'",
    f"chr1  A G PASS . {CELL}": "POS ''",
    f"chr1 0 A G PASS . {CELL}": "POS '0'",
    f"chr1 -5 A G PASS . {CELL}": "POS '-5'",
    f"chr1 300000000 A G PASS . {CELL}": "248,956,422",
    f"chr1 99999999999999999999 A G PASS . {CELL}": "POS",
    f"chr1 248956422 AC A PASS . {CELL}": "end of chr1",
    f"chr1 400 A G PASS . {CELL}": "not sorted",
    f"chr1 1000 5 G PASS . {CELL}": "REF '5'",
    f"chr1 1000  G PASS . {CELL}": "REF ''",
    f"chr1 1000 . G PASS . {CELL}": "REF '.'",
    f"chr1 1000 A Q PASS . {CELL}": "ALT 'Q'",
    f"chr1 1000 A  PASS . {CELL}": "ALT ''",
    f"chr1 1000 A G, PASS . {CELL}": "ALT 'G,'",
    f"chr1 1000 A G,. PASS . {CELL}": "ALT 'G,.'",
    f"chr1 1000 A <DEL PASS . {CELL}": "ALT '<DEL'",
    f"chr1 1000 A a PASS . {CELL}": "repeats",
    f"chr1 1000 A G,g PASS . {CELL}": "repeats",
    f"chr1 1000 A <*> . END=999 {CELL}": "INFO/END",
    f"chr1 1000 A <*> . END=248956423 {CELL}": "INFO/END",
    f"chr1 1000 A <*> . DP=3;END=x {CELL}": "INFO/END",
    f"chr1 1000 A <*> . END= {CELL}": "INFO/END",
    f"chr1 1000 A G PASS DP=3;END=7 {CELL}": "INFO/END",
    f"chr1 1000 A <DEL> PASS END=7 {CELL}": "INFO/END",
    f"chr1 1000 A <*> . END {CELL}": "INFO/END",
    f"chr1 1000 A <*> . DP=3;END {CELL}": "INFO/END",
    f"chr1 1000 A G . END;DP=3 {CELL}": "INFO/END",
    "chr1 1000 A G PASS . GT:DP:GT 0/1:30:1/1": "read twice",
    "chr1 1000 A <*> . . GT:DP:DP 0/0:30:1": "read twice",
    "chr1 1000 A G PASS . GT:DP:GQ 0/1:30:60:7": "sample column 10 has more values",
    "chr1 1000 A G PASS . GT:DP:GQ 0/1:30:60:": "sample column 10 has more values",
    "chr1 1000 A <*> . . GT 0/0:30": "sample column 10 has more values",
    "chr1 1000 A G PASS . GT:XX:PL 0/1:.:0,1,2:3": "sample column 10 has more values",
    "chrM 1000 A G PASS . GT:DP:GQ:AF 0/1:30:60:x": "AF of sample column 10 is no share",
    "chrM 1000 A G PASS . GT:DP:GQ:AF 0/1:30:60:nan": "AF of sample column 10 is no share",
    "chrM 1000 A G PASS . GT:DP:GQ:AF 0/1:30:60:1.5": "AF of sample column 10 is no share",
    "chrM 1000 A G PASS . GT:DP:GQ:AF 0/1:30:60:-0.1": "AF of sample column 10 is no share",
    "chrM 1000 A G,T PASS . GT:AF:AD 1/2:0.5,1e:0,3,3": "AF of sample column 10 is no share",
    "chr1 1000 A G PASS . DP:GQ 30:60": "no GT",
    "chr1 1000 A G PASS . GTX:DP 0/1:30": "no GT",
    "chr1 1000 A G PASS . GT:DP:GQ 0/2:30:60": "beyond the 1 ALT",
    "chr1 1000 A . PASS . GT:DP:GQ 0/1:30:60": "beyond the 0 ALT",
    "chr1 1000 A G PASS . GT:DP:GQ 0/x:30:60": "not made of allele numbers",
    "chr1 1000 A G PASS . GT:DP:GQ 0//1:30:60": "not made of allele numbers",
    "chr1 1000 A G PASS . GT:DP:GQ 0/:30:60": "not made of allele numbers",
    "chr1 1000 A G PASS . GT:DP:GQ -1/1:30:60": "not made of allele numbers",
    "chr1 1000 A G PASS . GT:DP:GQ 0/1000000:30:60": "not made of allele numbers",
    "chr1 1000 A G PASS . DP:GT 30": "has no GT",
    "chr1 1000 A G PASS . GT:DP:GQ": "9 columns",
    f"chr1 1000 A G PASS . {CELL} 0/1:30:60": "11 columns",
    "chr1": "columns",
    f"chr23 1000 A G PASS . {CELL}": "chr23",
    f"NC_000001.10 1000 A G PASS . {CELL}": "GRCh37",
    f"#CHROM 1000 A G PASS . {CELL}": "#CHROM",
    "chr1 1000 A G PASS . " + ":".join(["GT", *(f"K{i}" for i in range(600))]) + " 0/1": "more than 512 keys",
}


@pytest.mark.parametrize("record", LINES)
def test_a_line_that_cannot_be__refuses_the_file(write: Write, record: str) -> None:
    start = vcf([OK], samples=("ANNA",))
    contig, *rest = record.split(" ")
    fields = [contig, *rest[:1], ".", *rest[1:3], "50", *rest[3:]] if len(rest) > 3 else [record]
    path = write(start + "\t".join(fields) + "\n")

    with pytest.raises(BadInput) as caught:
        read(path)

    error = caught.value
    assert (error.path, error.line) == (str(path), 5)
    assert LINES[record] in str(error) and error.mend
    assert "ANNA" not in str(error) and len(str(error)) < 400


def test_a_contig_that_comes_again__is_not_sorted(write: Write) -> None:
    path = write(vcf([OK, OK.replace("chr1", "chr2"), OK.replace("500", "900")]))

    with pytest.raises(BadInput, match="chr1 comes a second time") as caught:
        read(path)
    assert caught.value.line == 6


def test_contigs_by_several_names__are_one_and_other_contigs_are_skipped_named_and_counted(write: Write) -> None:
    other = "chr1_KI270706v1_random"
    path = write(
        vcf(
            [
                OK,
                OK.replace("chr1 500", "1 600"),
                OK.replace("chr1", other),
                OK.replace("chr1", other),
                OK.replace("chr1", "HLA-A*01:01:01:01"),
                OK.replace("chr1 500", "NC_000001.11 700"),
            ]
        )
    )

    (found,) = read(path)

    assert found.pack.contigs["chr1"].records.pos.tolist() == [500, 600, 700]
    assert f"3 records outside 1-22, X, Y, M skipped: HLA-A*01:01:01:01 (1), {other} (2)." in found.report.lines()


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("##contig=<ID=chr2,length=243199373>", "GRCh37"),
        ("##contig=<ID=2,length=243199373,assembly=b37>", "GRCh37"),
        ("##contig=<ID=chr1,length=248956422>\n##contig=<ID=chr1,length=249250621>", "second time"),
        ("##contig=<ID=chr23,length=1000>", "chr23"),
        ("##contig=<ID=chr2,length=1000>", "1,000"),
        ("##contig=<ID=chr2,length=x>", "'x'"),
    ],
)
def test_a_header_of_another_build__is_refused(write: Write, header: str, says: str) -> None:
    path = write(vcf([OK]).replace("##contig=<ID=chr1,length=248956422>", header))

    with pytest.raises(BadInput, match=says) as caught:
        read(path)
    assert caught.value.path == str(path)


NO_LENGTH = "##contig=<ID=chr1>"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("##reference=/data/hs37d5.fa", "names GRCh37"),
        ("##contig=<ID=1,assembly=b37>", "names GRCh37"),
        ("##reference=file:///refs/b37/genome.fa", "names GRCh37"),
        ("##reference=human_g1k_v37.fasta", "names GRCh37"),
        ('##reference="ucsc.hg19.fasta"', "names GRCh37"),
        ("##reference=GCF_000001405.25_GRCh37.p13_genomic.fna", "names GRCh37"),
        ("##assembly=NCBI36", "names NCBI36"),
        ("##reference=/x/chm13v2.0.fa", "names T2T-CHM13"),
        ("##reference=https://hgdownload/hs1.fa.gz", "names T2T-CHM13"),
        ("##reference=GRCh38.fa\n##contig=<ID=2,assembly=b37>", "names both GRCh38 and GRCh37"),
        ("##reference=/x/hg38_from_hg19.fa", "names both GRCh38 and GRCh37"),
    ],
)
def test_a_header_that_names_another_build__is_refused_where_no_length_shows_this_one(
    write: Write, lines: str, says: str
) -> None:
    text = vcf([OK])
    assert "##contig=<ID=chr1,length=248956422>" in text
    bare = write(text.replace("##contig=<ID=chr1,length=248956422>", f"{lines}\n{NO_LENGTH}"))
    with pytest.raises(BadInput, match=says) as caught:
        read(bare)
    assert caught.value.path == str(bare) and "Lift it over to GRCh38 at the laboratory" in caught.value.mend
    # Lengths are of the file that was aligned to; a word in a path is not.
    (found,) = read(write(text.replace("##contig=", f"{lines}\n##contig=", 1)))
    assert found.report.calls == 1


@pytest.mark.parametrize(
    "line",
    [
        "##reference=/x/GRCh38_full_analysis_set_plus_decoy_hla.fa",
        "##reference=GCA_000001405.15_GRCh38_no_alt_plus_hs38d1_analysis_set.fna",
        "##reference=/home/hg19/hg38.fa",
        "##reference=/data/paths1/club37/tubb36/genome.fa",
        "##reference=/runs/hg190/b370/genome.fa",
        "##reference=genome.fa",
        "##source=caller --ref hs37d5",
        "##contig=<ID=chr1,assembly=hg38>",
    ],
)
def test_a_header_that_names_this_build_or_none__is_read(write: Write, line: str) -> None:
    (found,) = read(write(vcf([OK]).replace("##contig=<ID=chr1,length=248956422>", f"{line}\n{NO_LENGTH}")))

    assert found.report.calls == 1


@pytest.mark.parametrize("samples", [("P", "P"), ("P", ""), ("P", " ")])
def test_sample_columns_that_cannot_be__are_refused(write: Write, samples: tuple[str, str]) -> None:
    with pytest.raises(BadInput) as caught:
        read(write(vcf([], samples=samples)))
    assert caught.value.line == 3


def test_a_sample_name_that_is_not_utf_8__is_refused(write: Write) -> None:
    with pytest.raises(BadInput, match="column 10 is not UTF-8"):
        read(write(vcf([OK], samples=("S\xe6",)).encode("latin-1")))


def test_a_header_with_spaces_for_tabs__says_so(write: Write) -> None:
    with pytest.raises(BadInput, match="separated by spaces"):
        read(write("##fileformat=VCFv4.2\n#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT S\n"))


def test_blank_lines__are_no_records(write: Write) -> None:
    path = write(vcf([OK]) + "\n\r\n" + "\t".join(OK.replace("500", "9x").split()) + "\n")

    with pytest.raises(BadInput) as caught:
        read(path)
    assert caught.value.line == 7


def test_filters__of_more_kinds_than_a_byte_holds_are_folded_and_said(write: Write) -> None:
    records = [f"chr1 {1000 + i} A G F{i % 300} . GT:DP:GQ 0/1:30:60" for i in range(600)]

    (found,) = read(write(vcf(records)))

    assert len(found.pack.filters) == 256 and found.pack.filters[255] == "OTHER"
    assert found.report.filters_folded == 90


def test_reports__add_up_and_speak_once_per_file(write: Write) -> None:
    path = write(
        vcf(
            ["chr1 1000 A <DEL> PASS . GT:DP 0/1:30 0/1:30", "chr1 1000 A G PASS . GT:DP ./1:30 0/1:x"],
            samples=("P", "Q"),
        )
    )
    one, two = read(path)

    total = one.report + two.report

    assert (total.samples, total.calls, total.half_calls, total.bad_numbers, total.assumed) == (2, 2, 1, 1, 2)
    said = total.lines()
    assert [line[:23] for line in said if "symbolic" in line] == ["1 record has a symbolic"]
    assert any("1 half-call" in line for line in said) and any("not a number" in line for line in said)
    assert ReadReport().lines() == []


def test_a_header_line_made_to_take_for_ever__is_read_in_one_pass_or_refused(write: Write) -> None:
    fixed = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT"
    refused = {
        vcf([OK], header=["##contig=<" + "a" * 200_000 + ">"]): "longer than 4,096 letters",
        fixed + "\tS" * 1_000_100 + "\n": "more than 1,000,000 samples",
        fixed + "".join(f"\ts{i}" for i in range(100_000)) + "\ts99999\n": "columns 100009 and 100010 have the same",
    }
    for text, says in refused.items():
        with pytest.raises(BadInput, match=says) as caught:
            read(write(text))
        assert caught.value.mend and len(str(caught.value)) < 1_000
    for line in (
        "##DRAGENVersion=<" + "Version=" * 40_000,
        "##DRAGENVersion=<Version=" + "1" * 300_000,
        "##reference=" + "grch" * 100_000,
        "##source=" + "/" * 300_000,
    ):
        (found,) = read(write(vcf([OK], header=[line])))
        assert len(found.pack.contigs) == 1
