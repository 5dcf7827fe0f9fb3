"""samples.tsv: a row per sample, errors with the table and its line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from embla.errors import BadInput
from embla.genotypes.reading import read_samples_tsv

from .conftest import vcf

Write = Callable[..., Path]
HEAD = "sample\tpath\tkaryotype\tcallability\tregion\trelated\n"


@pytest.fixture
def table(write: Write) -> Callable[[str], Path]:
    write(vcf([]), "a.vcf")
    write("chr1\t0\t9\n", "kit.bed")
    return lambda text: write(text, "samples.tsv")


def test_rows__become_specs_with_paths_beside_the_table(table: Callable[[str], Path]) -> None:
    path = table(
        f"{HEAD}A\ta.vcf\tXY\tbed:kit.bed\t1081\ttrue\r\nB\t{table('').parent}/a.vcf\tunknown\tassumed\t\tfalse\r\n\r\n"
    )

    one, two = read_samples_tsv(path)

    assert (one.name, one.path, one.karyotype, one.callability, one.bed) == (
        "A",
        path.parent / "a.vcf",
        "XY",
        "bed",
        path.parent / "kit.bed",
    )
    assert one.attributes == {"region": "1081", "related": True}
    assert (two.path, two.callability, two.bed, two.attributes) == (
        path.parent / "a.vcf",
        "assumed",
        None,
        {"related": False},
    )


def test_karyotype_and_callability__may_be_left_out(table: Callable[[str], Path]) -> None:
    (spec,) = read_samples_tsv(table("path\tsample\na.vcf\tA\n"))

    assert (spec.karyotype, spec.callability, spec.column) == ("unknown", None, None)


def test_other_words_than_true_and_false__stay_text(table: Callable[[str], Path]) -> None:
    (spec,) = read_samples_tsv(table("sample\tpath\tone\ttwo\tthree\nA\ta.vcf\tTrue\t1\tyes\n"))

    assert spec.attributes == {"one": "True", "two": "1", "three": "yes"}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 0, "empty"),
        ("sample\tpath\n", 0, "no sample"),
        ("name\tpath\nA\ta.vcf\n", 1, "'sample'"),
        ("sample\tkaryotype\nA\tXX\n", 1, "'path'"),
        ("sample\tpath\tpath\nA\ta.vcf\ta.vcf\n", 1, "two columns"),
        ("sample\tpath\tmy attribute\nA\ta.vcf\tx\n", 1, "my attribute"),
        ("sample\tpath\t\nA\ta.vcf\tx\n", 1, "attribute"),
        ("sample\tpath\nA\n", 2, "1 columns"),
        ("sample\tpath\nA\ta.vcf\tx\n", 2, "3 columns"),
        ("sample\tpath\n\ta.vcf\n", 2, "no sample name"),
        ("sample\tpath\nA\t\n", 2, "no path"),
        ("sample\tpath\nA\tnowhere.vcf\n", 2, "nowhere.vcf"),
        (f"{HEAD}A\ta.vcf\tXZ\tgvcf\t\t\n", 2, "'XZ'"),
        (f"{HEAD}A\ta.vcf\txx\tgvcf\t\t\n", 2, "'xx'"),
        (f"{HEAD}A\ta.vcf\t\tgvcf\t\t\n", 2, "XX, XY, X0, XXY, XYY, unknown"),
        (f"{HEAD}A\ta.vcf\tXX\tmaybe\t\t\n", 2, "'maybe'"),
        (f"{HEAD}A\ta.vcf\tXX\tbed:\t\t\n", 2, "'bed:'"),
        (f"{HEAD}A\ta.vcf\tXX\tbed:nowhere.bed\t\t\n", 2, "nowhere.bed"),
        (f"{HEAD}A\ta.vcf\tXX\tgvcf\t\t\n\nA\ta.vcf\tXX\tgvcf\t\t\n", 4, "line 2"),
        ("##fileformat=VCFv4.2\n", 0, "VCF"),
        ("sample\tpath\n\0\n", 0, "not text"),
    ],
)
def test_tables_that_cannot_be__are_refused_with_their_line(
    table: Callable[[str], Path], text: str, line: int, says: str
) -> None:
    path = table(text)

    with pytest.raises(BadInput) as caught:
        read_samples_tsv(path)

    assert (caught.value.path, caught.value.line) == (str(path), line)
    assert says in str(caught.value) and caught.value.mend


def test_a_table_that_is_not_utf8__names_the_line(write: Write) -> None:
    with pytest.raises(BadInput) as caught:
        read_samples_tsv(write(b"sample\tpath\nA\ta\nB\xff\tb\n", "samples.tsv"))

    assert caught.value.line == 3


def test_a_byte_order_mark_and_a_hash__are_allowed(table: Callable[[str], Path]) -> None:
    assert read_samples_tsv(table("\ufeff#sample\tpath\nA\ta.vcf\n"))[0].name == "A"
