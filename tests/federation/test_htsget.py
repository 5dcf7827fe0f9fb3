"""htsget 1.3.1: tickets, errors, regions; every answer against the official schema, every slice against htslib's."""

import random
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path

import httpx
import jsonschema
import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import Broken, Unavailable
from embla.federation.delivery.binary import bcf_of
from embla.federation.htsget.model.request import NotAnswered, from_body, from_query
from embla.federation.slicing.regions import Stretch, merged
from embla.federation.slicing.source import END_OF_FILE
from tests.federation.delivered import LENGTH, START, Delivered
from tests.federation.tickets import FORMATS, posted, schema, ticket


def reads_in(data: bytes, folder: Path, name: str = "got.bam") -> list[tuple[str, int]]:
    (folder / name).write_bytes(data)
    with pysam.AlignmentFile(str(folder / name), check_sq=False) as file:
        return [(read.query_name, read.reference_start) for read in file.fetch(until_eof=True)]


def lines_in(data: bytes, folder: Path, name: str) -> list[str]:
    (folder / name).write_bytes(data)
    with pysam.VariantFile(str(folder / name)) as file:
        return [str(record) for record in file]


def expected_reads(file: pysam.AlignmentFile, contig: str, start: int, end: int) -> list[tuple[str, int]]:
    return [(read.query_name, read.reference_start) for read in file.fetch(contig, start, end)]


def regions_of(seed: int, count: int, contigs: tuple[str, ...], low: int, high: int) -> Iterator[tuple[str, int, int]]:
    rng = random.Random(seed)
    for _ in range(count):
        start = rng.randrange(low, high)
        yield rng.choice(contigs), start, start + rng.choice([1, 2, 40, 700, 9_000])


def test_ticket__mutants_are_refused_by_the_schema(delivered: Delivered) -> None:
    good = ticket(delivered, f"reads/{delivered.files['r.bam']}", referenceName="chr20")
    inner = good["htsget"]

    for bad in (
        {}, {"htsget": {}}, {"htsget": inner, "more": 1}, {"htsget": inner | {"format": "FASTQ"}},
        {"htsget": inner | {"urls": [{}]}}, {"htsget": inner | {"urls": [{"url": "x", "class": "tail"}]}},
        {"htsget": inner | {"md5": "no"}}, {"htsget": inner | {"more": 1}}, {"htsget": inner | {"urls": {}}},
    ):  # fmt: skip
        with pytest.raises(jsonschema.ValidationError):
            schema().validate(bad)


def test_reads__whole_files_come_byte_for_byte(delivered: Delivered) -> None:
    for name in ("r.bam", "r.cram"):
        told = ticket(delivered, f"reads/{delivered.files[name]}")

        assert delivered.body(told) == (delivered.folder / name).read_bytes()
        assert not any("class" in one for one in told["htsget"]["urls"])


def test_reads__of_a_region_are_those_that_htslib_finds(delivered: Delivered, tmp_path: Path) -> None:
    with pysam.AlignmentFile(str(delivered.folder / "r.bam")) as file:
        for contig, start, end in regions_of(1, 6, ("chr20", "chr21"), 0, LENGTH - 100):
            told = ticket(delivered, f"reads/{delivered.files['r.bam']}", referenceName=contig, start=start, end=end)
            data = delivered.body(told)

            assert reads_in(data, tmp_path) == expected_reads(file, contig, start, end)
            assert data.endswith(END_OF_FILE) and [one["class"] for one in told["htsget"]["urls"]][0] == "header"


def test_cram__of_a_region_has_every_read_that_htslib_finds(delivered: Delivered, tmp_path: Path) -> None:
    whole = len(reads_in((delivered.folder / "r.cram").read_bytes(), tmp_path))
    with pysam.AlignmentFile(str(delivered.folder / "r.bam")) as file:
        for contig, start, end in regions_of(2, 3, ("chr20", "chr21"), 0, LENGTH - 100):
            told = ticket(delivered, f"reads/{delivered.files['r.cram']}", referenceName=contig, start=start, end=end)

            got = reads_in(delivered.body(told), tmp_path, "got.cram")
            # Containers come whole: their other reads are the client's to leave out.
            assert set(expected_reads(file, contig, start, end)) <= set(got) and len(got) < whole


def test_unplaced__reads_are_those_that_lie_nowhere(delivered: Delivered, tmp_path: Path) -> None:
    told = ticket(delivered, f"reads/{delivered.files['r.bam']}", referenceName="*")

    assert reads_in(delivered.body(told), tmp_path) == [(f"u{n}", -1) for n in range(20)]


@pytest.mark.parametrize("name", ["v.vcf.gz", "w.bcf"])
def test_variants__of_a_region_are_those_that_htslib_finds(delivered: Delivered, tmp_path: Path, name: str) -> None:
    with pysam.VariantFile(str(delivered.folder / name)) as file:
        for contig, start, end in regions_of(3, 4, ("chr20", "chr21"), START - 100, START + 12_000):
            query = {"referenceName": contig, "start": start, "end": end}
            data = delivered.body(ticket(delivered, f"variants/{delivered.files[name]}", **query))

            assert lines_in(data, tmp_path, name) == [str(record) for record in file.fetch(contig, start, end)]


def test_calls__of_the_store_are_those_of_the_file_that_was_reported(delivered: Delivered, tmp_path: Path) -> None:
    """Alleles and genotypes as the laboratory's own file has them, by htslib; blocks are cut to the region."""
    sent = tmp_path / "sent.vcf.gz"
    pysam.tabix_compress(str(delivered.folder / "R1-B.g.vcf"), str(sent), force=True)
    pysam.tabix_index(str(sent), preset="vcf", force=True)
    with pysam.VariantFile(str(sent)) as file:
        for start, end in ((START - 1, START + 1_000), (START + 400, START + 600), (START + 99, START + 100), (0, 10)):
            query = {"referenceName": "chr21", "start": start, "end": end}
            data = delivered.body(ticket(delivered, f"variants/{delivered.genome}", **query))

            (tmp_path / "got.vcf.gz").write_bytes(data)
            with pysam.VariantFile(str(tmp_path / "got.vcf.gz")) as got:
                found = [one for one in got if one.alts and one.alts[0] != "<NON_REF>"]
            wanted = [one for one in file.fetch("chr21", start, end) if one.alts[0] != "<NON_REF>"]
            assert [(r.pos, r.ref, r.alts[0], r.samples[0]["GT"]) for r in found] == [
                (r.pos, r.ref, r.alts[0], r.samples[0]["GT"]) for r in wanted
            ]
            assert data.endswith(END_OF_FILE)
    assert found == []  # the last region has nobody's


SEVERAL = [(START + 9, START + 60), (START + 99, START + 700)]


@pytest.mark.parametrize("regions", [None, [(START - 1, START + 1_000)], SEVERAL, [(0, 10)]])
def test_calls__as_bcf_are_the_records_of_the_text(
    delivered: Delivered, tmp_path: Path, regions: list[tuple[int, int]] | None
) -> None:
    asked = None if regions is None else [
        {"referenceName": "chr21", "start": start, "end": end} for start, end in regions
    ]  # fmt: skip
    body = {} if asked is None else {"regions": asked}
    told = posted(delivered, f"variants/{delivered.genome}", format="BCF", **body)
    text = posted(delivered, f"variants/{delivered.genome}", format="VCFTEXT", **body)
    (tmp_path / "a.bcf").write_bytes(told)
    (tmp_path / "a.vcf").write_bytes(text)

    with pysam.VariantFile(str(tmp_path / "a.bcf")) as binary, pysam.VariantFile(str(tmp_path / "a.vcf")) as plain:
        assert binary.format == "BCF"
        # pysam writes the END of a record with <NON_REF>, where the text has none: the same place, so it is left out.
        records = [re.sub(r"END=\d+\t", ".\t", str(one)) if one.stop == one.pos else str(one) for one in plain]
        found = [re.sub(r"END=\d+\t", ".\t", str(one)) if one.stop == one.pos else str(one) for one in binary]
        assert found == records
    assert bool(records) is (regions != [(0, 10)]) and told.endswith(END_OF_FILE)


def test_bcf__that_fails_on_the_way_is_a_fault_and_no_short_file(delivered: Delivered) -> None:
    text = posted(delivered, f"variants/{delivered.genome}", format="VCFTEXT")
    head = text[: text.index(b"\n", text.index(b"#CHROM")) + 1]

    def broken() -> Iterator[bytes]:
        yield text
        raise Unavailable("The store is away.")

    with pytest.raises(Unavailable):
        list(bcf_of(broken()))
    with pytest.raises((OSError, ValueError, Broken)):
        list(bcf_of(iter([b"nothing of a VCF\n"])))
    only_head = b"".join(bcf_of(iter([head])))
    assert only_head.startswith(b"BCF\x02\x02") and b"".join(bcf_of(iter([text]), body=False)) == only_head


def test_bcf__whose_reader_hangs_up_reads_no_further(delivered: Delivered) -> None:
    text = posted(delivered, f"variants/{delivered.genome}", format="VCFTEXT")
    head = text[: text.index(b"\n", text.index(b"#CHROM")) + 1]
    source = chain([head], repeat(text[len(head) :], 10_000))
    pieces = bcf_of(source)

    assert next(pieces) and next(pieces)
    pieces.close()  # type: ignore[attr-defined]

    assert len(list(source)) > 5_000


# Of every size, as what a pipe holds decides; whoever reads the first piece waits, as a slow line does.
_SLOW_READER = """
import sys, time
from embla.federation.delivery.binary import bcf_of
head = b"##fileformat=VCFv4.2\\n##contig=<ID=chr21>\\n#CHROM\\tPOS\\tID\\tREF\\tALT\\tQUAL\\tFILTER\\tINFO\\n"
for size in (2_000, 4_000, 6_000, 60_000):
    pieces = bcf_of(iter([head, *(b"chr21\\t%d\\t.\\tA\\tC\\t.\\t.\\t.\\n" % (at + 1) for at in range(size))]))
    told = len(next(pieces))
    time.sleep(0.1)
    told += sum(map(len, pieces))
    print(size, told)
"""


def test_bcf__that_is_read_slowly_stops_no_thread_of_the_process() -> None:
    # In a process of its own: what stood still here would take this one with it.
    said = subprocess.run([sys.executable, "-c", _SLOW_READER], check=True, capture_output=True, timeout=60, text=True)

    sizes = {int(size): int(told) for size, told in (line.split() for line in said.stdout.splitlines())}
    assert list(sizes) == [2_000, 4_000, 6_000, 60_000]
    # Each record has the same size, so that what is left is the header's.
    assert len({told - size * (sizes[4_000] - sizes[2_000]) // 2_000 for size, told in sizes.items()}) == 1


def test_calls__are_found_by_any_name_of_the_contig(delivered: Delivered) -> None:
    texts = [
        delivered.body(ticket(delivered, f"variants/{delivered.genome}", referenceName=name, format="VCFTEXT"))
        for name in ("chr21", "21", "NC_000021.9")
    ]

    assert texts[0] == texts[1] == texts[2] and b"\tA\tG" in texts[0]


def test_regions__of_a_post_come_once_each_in_the_files_order(delivered: Delivered, tmp_path: Path) -> None:
    rng = random.Random(4)
    asked = []
    for _ in range(110):
        start = rng.randrange(0, LENGTH - 400)
        asked.append({"referenceName": rng.choice(["chr21", "chr20"]), "start": start, "end": start + 30})
    with pysam.AlignmentFile(str(delivered.folder / "r.bam")) as file:
        wanted = [
            (read.query_name, read.reference_start)
            for read in file.fetch(until_eof=True)
            if read.reference_id >= 0
            and any(
                one["referenceName"] == read.reference_name
                and read.reference_start < one["end"]
                and one["start"] < (read.reference_end or read.reference_start + 1)
                for one in asked
            )
        ]

    got = reads_in(posted(delivered, f"reads/{delivered.files['r.bam']}", regions=asked), tmp_path)

    assert got == wanted and len(got) == len(set(got))


def test_regions__of_the_stores_calls_come_once_each(delivered: Delivered) -> None:
    asked = [{"referenceName": "chr21", "start": START + n, "end": START + n + 1} for n in range(95, 520, 9)]

    text = posted(delivered, f"variants/{delivered.genome}", format="VCFTEXT", regions=asked).decode()

    variants = [line.split("\t")[1] for line in text.splitlines() if "\tA\tG" in line]
    assert variants == sorted(set(variants), key=int) and text.count("#CHROM") == 1


def test_header__alone_is_a_whole_file_without_records(delivered: Delivered, tmp_path: Path) -> None:
    for kind, name in (("reads", "r.bam"), ("reads", "r.cram"), ("variants", "v.vcf.gz"), ("variants", "w.bcf")):
        told = ticket(delivered, f"{kind}/{delivered.files[name]}", **{"class": "header"})

        assert {one["class"] for one in told["htsget"]["urls"]} == {"header"}
        read = reads_in if kind == "reads" else lines_in
        assert read(delivered.body(told), tmp_path, f"h-{name}") == []
    told = ticket(delivered, f"variants/{delivered.genome}", **{"class": "header"})
    assert lines_in(delivered.body(told), tmp_path, "h.vcf.gz") == []


@pytest.mark.parametrize(
    "query",
    [
        {"referenceName": "chr20", "start": 100, "end": 100}, {"referenceName": "chr21", "start": 39_990},
        {"referenceName": "chr21", "start": 4_000_000_000},
    ],
)  # fmt: skip
def test_empty_region__is_a_whole_file_without_records(
    delivered: Delivered, tmp_path: Path, query: dict[str, object]
) -> None:
    data = delivered.body(ticket(delivered, f"reads/{delivered.files['r.bam']}", **query))

    assert reads_in(data, tmp_path) == [] and data.endswith(END_OF_FILE)


def test_formats__of_a_variant_file_are_its_own_and_plain_text(delivered: Delivered, tmp_path: Path) -> None:
    packed = ticket(delivered, f"variants/{delivered.files['v.vcf.gz']}", referenceName="chr20", format="VCF")
    plain = ticket(delivered, f"variants/{delivered.files['v.vcf.gz']}", referenceName="chr20", format="VCFTEXT")
    text = ticket(delivered, f"variants/{delivered.files['R1-B.g.vcf']}", format="VCF")

    (tmp_path / "p.vcf.gz").write_bytes(delivered.body(packed))
    with pysam.BGZFile(str(tmp_path / "p.vcf.gz")) as file:
        assert file.read() == delivered.body(plain)
    (tmp_path / "t.vcf.gz").write_bytes(delivered.body(text))
    with pysam.BGZFile(str(tmp_path / "t.vcf.gz")) as file:
        assert file.read() == (delivered.folder / "R1-B.g.vcf").read_bytes()


names = st.sampled_from(["a", "b", "*"])
spans = st.tuples(names, st.integers(0, 40), st.integers(1, 15)).map(lambda t: Stretch(t[0], t[1], t[1] + t[2]))


@given(st.lists(spans, min_size=1, max_size=12))
def test_merged__holds_the_same_bases_each_once_in_order(regions: list[Stretch]) -> None:
    found = merged(regions, ("b", "a"))

    def bases(of: list[Stretch]) -> set[tuple[str, int]]:
        return {(r.contig, at) for r in of for at in range(r.start, r.end)}

    assert bases(found) == bases(regions) and sum(r.end - r.start for r in found) == len(bases(regions))
    order = {"b": 0, "a": 1, "*": 2}
    assert found == sorted(found, key=lambda r: (order[r.contig], r.start))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_body__of_any_bytes_is_read_or_refused_and_nothing_else(body: bytes) -> None:
    try:
        from_body(body, (), FORMATS)
    except NotAnswered as error:
        assert error.status in (400, 404, 413)


@given(
    st.lists(st.tuples(st.sampled_from(["format", "class", "start", "end", "referenceName", "x"]), st.text(max_size=9)))
)
def test_query__of_any_words_is_read_or_refused_and_nothing_else(items: list[tuple[str, str]]) -> None:
    try:
        from_query(items, FORMATS)
    except NotAnswered as error:
        assert error.status in (400, 404)


def test_log__has_the_decision_before_the_first_byte_of_each_address(delivered: Delivered) -> None:
    def granted() -> int:
        return len(delivered.ward.events("access-granted"))

    client, before = delivered.client(), granted()
    told = client.get(f"/htsget/variants/{delivered.genome}?referenceName=chr21").json()
    asked = granted()
    for one in told["htsget"]["urls"][:2]:
        with delivered.client("").stream("GET", one["url"]) as answer:
            assert answer.status_code == 200
    after = delivered.ward.events("access-granted")

    assert (asked - before, len(after) - asked) == (1, 2)
    assert {e.body["action"] for e in after[before:]} == {"read_calls"} and after[-1].actor == "doctor"
    assert after[-1].subject == f"genome:{delivered.genome}" and after[-1].body["purpose"] == "care"


def test_slice__of_a_damaged_file_is_an_error_and_no_broken_stream(delivered: Delivered) -> None:
    from embla.errors import BadInput
    from embla.federation.slicing.indexes import read_index
    from embla.federation.slicing.select import touching
    from embla.federation.slicing.source import Bytes

    good, index = (delivered.folder / "r.bam").read_bytes(), (delivered.folder / "r.bam.bai").read_bytes()
    rng = random.Random(8)
    for number in range(60):
        data, beside = bytearray(good[: rng.randrange(len(good))] if number % 3 == 0 else good), bytearray(index)
        for _ in range(rng.randrange(1, 6)):
            target = data if number % 2 else beside
            if target:
                at = rng.randrange(len(target))
                target[at : at + 4] = struct.pack("<I", rng.choice([0, 1, 0xFFFFFFFF, 0x7FFFFFFF, rng.getrandbits(32)]))
        try:
            found = read_index(Bytes(bytes(beside))) if number % 5 else None
            sum(len(one) for one in touching(Bytes(bytes(data)), [Stretch("chr20", 100, 9_000)], found))
        except BadInput:
            continue
        except ValueError as error:  # a name that a damaged header has no more
            assert "tuple.index" in str(error)


def test_cram__whose_header_is_cut_short_is_refused() -> None:
    from embla.errors import BadInput
    from embla.federation.slicing.cram import read_cram_header
    from embla.federation.slicing.source import Bytes

    block = bytes([0, 0, 0, 2, 2]) + b"ab"
    container = struct.pack("<i", len(block)) + bytes([0, 0, 0, 0, 0, 0, 1, 0]) + bytes(4) + block
    with pytest.raises(BadInput, match="header that cannot be read"):
        read_cram_header(Bytes(b"CRAM\x03\x00" + bytes(20) + container))


def test_retry__of_a_piece_by_range_goes_on_where_it_stopped(delivered: Delivered) -> None:
    url = ticket(delivered, f"reads/{delivered.files['r.bam']}")["htsget"]["urls"][0]["url"]
    whole, client = (delivered.folder / "r.bam").read_bytes(), delivered.client("")

    for start in (0, 1, 65_535, 65_536, 65_537, len(whole) - 1):
        rest: httpx.Response = client.get(url, headers={"Range": f"bytes={start}-"})
        assert rest.status_code == 206 and rest.content == whole[start:]
        assert rest.headers["content-range"] == f"bytes {start}-{len(whole) - 1}/{len(whole)}"
    some = client.get(url, headers={"Range": "bytes=65530-65545"})
    assert some.content == whole[65_530:65_546] and some.headers["content-length"] == "16"
    assert client.get(url, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    assert client.get(url, headers={"Range": "bytes=5-2,7-9"}).content == whole
    assert client.get(url, headers={"Range": "bytes=5-2"}).content == whole
