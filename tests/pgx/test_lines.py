"""Lines at defining sites: what is remembered of one genome never changes what is said of another."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import BadInput
from embla.pgx import release
from embla.pgx.kept_advice import other_drugs, parts_of, read_told, write_told
from embla.pgx.model import lines
from embla.pgx.model.definition import Gene
from embla.pgx.model.lines import Places, SampleLines, end_of, keep
from embla.pgx.reading import read_kept
from embla.pgx.service import call_lines
from tests.pgx.files import gene, line, rows_of

GENES = [gene("CYP2C19"), gene("CYP2C9")]
NEAR = sorted({site.pos + way for known in GENES for site in known.sites for way in (-1, 0, 1)})
VALUES = ("0/0:34:99", "0|1:34:99", "1/1:9:99", "0/1:34:19", "./.:.:.", "0/1:34", "1:20:20", "0/2:34:99", "x/y:1:1")
ALTS = ("G", "A,T", "<DEL>", "<NON_REF>", "A,<NON_REF>", ".", "GAT", "")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(NEAR), st.sampled_from(["A", "C", "CTG"]), st.sampled_from(ALTS), st.sampled_from(VALUES),
        st.sampled_from(["PASS", ".", "q10"]), st.sampled_from([".", "DP=3", "END=94942300"]),
    ),
    max_size=12,
)  # fmt: skip


def text(rows: list[tuple[int, str, str, str, str, str]]) -> bytes:
    return "".join(
        f"chr10\t{pos}\t.\t{ref}\t{alt}\t.\t{passed}\t{info}\tGT:DP:GQ\t{value}\n"
        for pos, ref, alt, value, passed, info in rows
    ).encode()


def read(kept: bytes, places: Places) -> SampleLines | str:
    try:
        return read_kept({"chr10": kept}, "S1", places)[0]
    except BadInput as error:
        return str(error)


def touched(known: Gene, pos: int, end: int) -> set[tuple[str, int]]:
    return {(known.name, at) for at, site in enumerate(known.sites) if site.pos <= end and site.last >= pos}


@given(st.lists(ROWS, min_size=1, max_size=4))
def test_read_kept__many_genomes_through_one_memory_are_told_as_each_alone(genomes) -> None:
    shared = Places(GENES)
    for rows in genomes:
        warm = read(text(rows), shared)
        lines._TOLD.clear()
        alone = read(text(rows), Places(GENES))
        assert warm == alone
        if isinstance(alone, SampleLines):
            said = {(name, at) for name, sites in alone.lines.items() for at in sites}
            spans = [(pos, end_of(pos, ref.encode(), alt.encode(), info.encode())) for pos, ref, alt, *_, info in rows]
            assert said == {one for known in GENES for span in spans for one in touched(known, *span)}


def test_keep__a_line_that_is_refused_is_refused_again() -> None:
    places = Places(GENES)
    bad = text([(GENES[0].sites[0].pos, "A", "", "0/0:34:99", "PASS", ".")]).rstrip()
    few = line("chr10", GENES[0].sites[0].pos, "A", "G", "0/0").encode() + b"\t0/1"
    for raw, told in ((bad, "not spelled in bases"), (few, "11 columns, where the #CHROM line has 10")) * 2:
        with pytest.raises(BadInput, match=told):
            keep(raw, "chr10", places, [SampleLines("S1", None, {one.name: {} for one in GENES})], "f.vcf", 7)


def test_memories__are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_MOST", 5)
    known = gene("NUDT15")
    places = Places([known])
    rows = rows_of("NUDT15")
    for depth in range(10, 40):
        kept = "".join(row.replace("\tGT\t0/0", f"\tGT:DP\t0/0:{depth}") + "\n" for row in rows).encode()
        sample, listed = read_kept({known.contig: kept}, "S1", places)
        assert call_lines(release(), known, sample, None, listed).status == "called"
    assert len(lines._TOLD) <= 5 and len(places.heads) <= 5 and len(places.dull[known.contig]) <= 5


def test_memories__keep_nothing_that_a_file_makes_long() -> None:
    known = gene("NUDT15")
    places, rows = Places([known]), rows_of("NUDT15")
    long = line(known.contig, known.sites[0].pos, "A", "A" + "ACGT" * 500, "0/0")
    known.observed.clear()
    for last in ([], [long]):
        kept = "\n".join([*rows, *last, ""]).encode()
        sample, listed = read_kept({known.contig: kept}, "S1", places)
        call_lines(release(), known, sample, None, listed)
        assert len(known.observed) == len(known.sites) and len(places.heads) == len(rows)


PARTS = st.dictionaries(
    st.sampled_from(["a|CPIC", "b|DPWG", 'c",\n"|CPIC']),
    st.lists(
        st.tuples(st.sampled_from([None, "general", "\u2028,\n"]), st.sampled_from(["advice", "not_assessed"])).map(
            list
        )
    ),
)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(["CPIC-1", 'DPWG "2",\n', ""]), PARTS), PARTS, PARTS)
def test_what_is_told_comes_back__and_only_what_differs_is_another(told, before, after) -> None:
    texts = {name: json.dumps(part) for name, part in told.items()}
    kept = write_told(texts)

    assert json.loads(kept) == told and read_told(kept) == texts
    assert list(parts_of(kept)) == list(told.values()) == list(parts_of(json.dumps(told)))
    differs = {drug for drug in {*before, *after} if before.get(drug) != after.get(drug)}
    assert other_drugs(json.dumps(before), json.dumps(after)) == sorted(differs)
