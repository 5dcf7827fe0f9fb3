"""Annotation equals its plain twin, byte for byte, and touches nothing but INFO."""

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import BadInput, EmblaError, UnknownContig, UsageError
from embla.genome import GRCH38, Region
from embla.genotypes import CohortStore, View, annotate
from embla.genotypes import annotate as face_name
from embla.genotypes.adding import add_files
from embla.genotypes.annotating.sites import Sites, StoreSource
from embla.simulation import Nation, simulate
from tests.support.plain_annotate import plain_annotate

HEAD = "##fileformat=VCFv4.2\n##contig=<ID=chr21,length=46709983>\n"
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
START = 25_800_000


@dataclass(frozen=True)
class Made:
    nation: Nation
    store: CohortStore
    view: View
    bases: str  # of chr21 from START on


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("annotate")
    regions = (
        Region("chr21", START, START + 12_000),
        Region("chrX", 2_775_000, 2_785_000),
        Region("chrM", 0, 16_569),
    )
    nation = simulate(folder / "nation", seed=11, people=12, regions=regions, density=5_000)
    store = CohortStore.create(folder / "store", reference=nation.reference)
    add_files(store, [], nation.samples)
    assert store.reference is not None
    return Made(nation, store, store.view(), store.reference.fetch("chr21", START, START + 12_000))


def body(path: Path) -> str:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("latin-1")
    return text[text.index("\n", text.index("#CHROM")) + 1 :]


def written(folder: Path, *lines: str, head: str = HEAD, columns: str = COLUMNS, ending: str = "\n") -> Path:
    path = folder / "in.vcf"
    path.write_bytes((head + columns + "\n" + "".join(line + ending for line in lines)).encode("latin-1"))
    return path


def test_face__annotate_is_the_function() -> None:
    assert face_name is annotate
    assert callable(annotate)


def test_annotate__every_file_of_a_nation_equals_the_plain_twin(made: Made, tmp_path: Path) -> None:
    for path in made.nation.genomes[::2]:
        annotate(made.view, path, tmp_path / "out.vcf.gz")

        assert body(tmp_path / "out.vcf.gz") == plain_annotate(made.view, path)


def test_annotate__a_cohort_is_counted_alone(made: Made, tmp_path: Path) -> None:
    path = made.nation.genomes[1]
    few = made.view.cohort('karyotype == "XX"')

    report = annotate(made.view, path, tmp_path / "out.vcf", cohort=few)

    assert body(tmp_path / "out.vcf") == plain_annotate(made.view, path, few)
    assert report.statuses["absent"] > 0


def test_annotate__a_joint_file_with_many_samples_is_the_same_to_it(made: Made, tmp_path: Path) -> None:
    joint = simulate(
        tmp_path / "joint", seed=11, people=9, format="joint", density=5_000, reference=made.nation.reference,
        regions=(Region("chr21", START, START + 12_000),),
    ).genomes[0]  # fmt: skip

    annotate(made.view, joint, tmp_path / "out.vcf.gz")

    assert body(tmp_path / "out.vcf.gz") == plain_annotate(made.view, joint)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("chunk", [1, 300, 5_000, 300_000])
def test_annotate__where_pieces_end_makes_no_difference(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, packed: bool
) -> None:
    import sys

    module = sys.modules["embla.genotypes.annotate"]
    monkeypatch.setattr(module, "_CHUNK", chunk)
    monkeypatch.setattr("embla.genotypes.reading.source._PIECE", max(chunk // 3, 1))
    lines = body(made.nation.genomes[0]).splitlines()[:120]
    if packed:  # lines longer than a block of bgzip, and than a piece
        lines[40:42] = [line.replace("PASS\t", f"PASS\tLONG={'x' * 200_000};") for line in lines[40:42]]
    path = written(tmp_path, *lines, columns=COLUMNS + "\tFORMAT\tP")
    path.write_bytes(path.read_bytes()[:-1])
    if packed:
        pysam.tabix_compress(str(path), str(path) + ".gz")
        path = path.with_name("in.vcf.gz")

    annotate(made.view, path, tmp_path / "out.vcf")

    assert body(tmp_path / "out.vcf") == plain_annotate(made.view, path)


@st.composite
def messy_lines(draw: st.DrawFn, bases: str) -> list[str]:
    """Lines around places where the nation varies, spelled in every way that is legal and some that are odd."""
    lines = []
    for _ in range(draw(st.integers(1, 12))):
        at = draw(st.integers(700, 11_000))
        length = draw(st.sampled_from([1, 1, 1, 2, 3, 5, 20]))
        ref = bases[at : at + length]
        real = st.text("ACGT", min_size=1, max_size=4)
        alts = draw(
            st.lists(
                st.one_of(
                    real, real.map(lambda tail, ref=ref: ref + tail), st.just(ref[:1]),
                    st.just(ref[:1] + bases[at + 1]),
                    st.just("*"), st.sampled_from(["<NON_REF>", "<*>", "<DEL>", "N", "G]chr1:5]", ".", "", "acgt"]),
                    real.map(lambda tail, ref=ref: ref[0] + tail + ref[1:]),
                    st.just("ACGTACGTACGTACGTTTT"),
                ),
                min_size=1, max_size=3,
            )
        )  # fmt: skip
        info = draw(
            st.sampled_from(
                [".", "", "DP=3", "EMBLA_AC=1", "DP=3;EMBLA_AN=2,3;XX", "EMBLA_AF=.;EMBLA_STATUS=x",
                 "EMBLA_ACX=1;A=EMBLA_AC",
                 "EMBLA_AC;END=5", "FLAG;EMBLA_FAF95=0.5", "EMBLA_GRPMAX=1"]
            )
        )  # fmt: skip
        chrom = draw(st.sampled_from(["chr21", "21", "NC_000021.9", "chr21", "chrUn_KI270742v1"]))
        spelled = ref.lower() if draw(st.integers(0, 9)) == 0 else ref
        fields = [chrom, str(START + at + 1), "rs1", spelled, ",".join(alts), "5", "PASS", info]
        lines.append("\t".join(fields + draw(st.sampled_from([[], ["GT", "0/1"]]))))
    return lines


@settings(max_examples=60)
@given(data=st.data(), ending=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_annotate__messy_lines_equal_the_plain_twin(
    made: Made, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, ending: str, last: bool
) -> None:
    folder = tmp_path_factory.mktemp("messy")
    lines = data.draw(messy_lines(made.bases))
    path = written(folder, *lines, ending=ending)
    if last:
        path.write_bytes(path.read_bytes()[: -len(ending)])

    annotate(made.view, path, folder / "out.vcf")

    assert body(folder / "out.vcf") == plain_annotate(made.view, path)


def test_annotate__a_repeat_longer_than_what_is_fetched_is_followed_to_its_start(tmp_path: Path) -> None:
    sequence = "ACGTTGCA" + "CAG" * 400 + "TTGACC" * 50
    (tmp_path / "ref.fa").write_text(">chr21\n" + sequence + "\n")
    store = CohortStore.create(tmp_path / "store", reference=tmp_path / "ref.fa")
    one = "chr21\t{}\t.\t{}\t{}\t.\tPASS\t.\tGT:DP:GQ\t0/1:30:99"
    add_files(store, [written(tmp_path, one.format(8, "ACAG", "A"), columns=COLUMNS + "\tFORMAT\tP")], None)
    path = written(tmp_path, one.format(1_199, sequence[1_198:1_202], sequence[1_198]), columns=COLUMNS + "\tFORMAT\tP")

    report = annotate(store.view(), path, tmp_path / "out.vcf")

    # An `assumed` genome counts in raw only, so here it is known, and nobody is callable.
    assert "EMBLA_STATUS=not_callable" in body(tmp_path / "out.vcf")
    assert report.moved == 1
    assert body(tmp_path / "out.vcf") == plain_annotate(store.view(), path)


@pytest.mark.parametrize("spoiled", [False, True])
@pytest.mark.parametrize("copied", [False, True])
def test_annotate__bases_of_several_contigs_are_had_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied: bool, spoiled: bool
) -> None:
    # Repeats that go beyond what is fetched, alleles too long for a key, and a contig that ends early; from the FASTA
    # and from the copy at two bits, which does not know an N.
    monkeypatch.setattr("embla.reference.fasta._WORTH", 0 if copied else 1 << 60)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rng = np.random.default_rng(3)
    repeats = {"chr1": "CAG" * 400, "chr21": "CTTA" * 300}
    made_up = {name: "".join(rng.choice(list("ACGT"), 3_000)) + text + "GGT" * 40 for name, text in repeats.items()}
    if spoiled:
        made_up["chr21"] = made_up["chr21"][:2_990] + "NNRN" + made_up["chr21"][2_994:]
    (tmp_path / "ref.fa").write_text("".join(f">{name}\n{text}\n" for name, text in made_up.items()))
    store = CohortStore.create(tmp_path / "store", reference=tmp_path / "ref.fa")
    asked = []
    for name, text in made_up.items():
        unit, end = len(repeats[name]) // (400 if name == "chr1" else 300), 3_000 + len(repeats[name])
        one = name + "\t{}\t.\t{}\t{}\t.\tPASS\t.\tGT:DP:GQ\t0/1:30:99"
        asked += [
            one.format(701, text[700:740], text[700]),
            one.format(1_201, text[1_200], "ACGT"["ACGT".index(text[1_200]) - 1]),
            one.format(end - 8 * unit, text[end - 8 * unit - 1 : end], text[end - 8 * unit - 1]),
            one.format(end - unit, text[end - unit - 1 : end], text[end - unit - 1]),
        ]
    written(tmp_path, *asked, columns=COLUMNS + "\tFORMAT\tP", head="##fileformat=VCFv4.2\n")
    sheet = "sample\tpath\tkaryotype\tcallability\nP\tin.vcf\tXX\tgvcf\n"
    (tmp_path / "samples.tsv").write_text(sheet)
    add_files(store, [], tmp_path / "samples.tsv")
    view = CohortStore.open(tmp_path / "store").view()
    path = written(tmp_path, *asked[::-1], *asked, columns=COLUMNS + "\tFORMAT\tP", head="##fileformat=VCFv4.2\n")

    report = annotate(view, path, tmp_path / "out.vcf")

    assert report.moved >= 8  # and what moves by chance
    assert body(tmp_path / "out.vcf") == plain_annotate(view, path)
    assert body(tmp_path / "out.vcf").count("EMBLA_STATUS=observed") == 16
    there = view.store.reference
    assert there is not None
    assert (there.packed("chr21", 0, 3_000) is not None) == (copied and not spoiled)


def test_sites__are_what_a_sweep_counts(made: Made) -> None:
    few = made.view.cohort('karyotype == "XX"')
    for contig, start, end in (("chr21", START, START + 12_000), ("chrX", 2_775_000, 2_785_000), ("chrM", 0, 16_569)):
        for cohort in (made.view.cohort(), few):
            sites = StoreSource(made.view, cohort).sites(contig, start, end)
            swept = made.view.sweep(contig, start, end, [cohort], carried_only=False)

            assert len(sites.key) > 5 and sites.key.tolist() == swept.key.tolist()
            columns = (swept.ac, swept.an, swept.nhomalt, swept.nhemi)
            assert sites.numbers.tolist() == np.stack([column[0] for column in columns], axis=1).tolist()
            step = np.searchsorted(sites.step_at, np.arange(start, end), side="right") - 1
            assert swept.per_base_an is not None
            assert sites.step_an[step].tolist() == swept.per_base_an[0].tolist()


def test_annotate__without_a_reference_alleles_are_only_trimmed(made: Made, tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "store")
    path = made.nation.genomes[2]
    add_files(store, [path], None)

    annotate(store.view(), path, tmp_path / "out.vcf.gz")

    assert body(tmp_path / "out.vcf.gz") == plain_annotate(store.view(), path)


def test_annotate__again_gives_the_same_bytes_and_the_header_once(made: Made, tmp_path: Path) -> None:
    annotate(made.view, made.nation.genomes[3], tmp_path / "once.vcf")

    report = annotate(made.view, tmp_path / "once.vcf", tmp_path / "twice.vcf")

    once = (tmp_path / "once.vcf").read_text()
    assert (tmp_path / "twice.vcf").read_text() == once
    assert once.count("##INFO=<ID=EMBLA_AC,Number=A,Type=Integer") == 1
    assert once.count("##emblaAnnotation=<Manifest=") == 1
    assert report.replaced > 0


def test_annotate__keeps_every_header_line_and_byte_that_is_not_ours(made: Made, tmp_path: Path) -> None:
    head = HEAD + '##INFO=<ID=X,Number=1,Type=String,Description="caf\xe9, \\"quoted\\""> \n\n##odd line\n'
    path = written(tmp_path, f"21\t{START + 1}\t.\tN\t<DEL>\t.\t.\tX=\xe9\xff", head=head)

    annotate(made.view, path, tmp_path / "out.vcf")

    text = (tmp_path / "out.vcf").read_bytes().decode("latin-1")
    assert text.startswith(head)
    assert "\tX=\xe9\xff;EMBLA_AC=.;" in text


def test_annotate__output_is_bgzip_that_htslib_reads_at_every_level_and_with_threads(
    made: Made, tmp_path: Path
) -> None:
    texts, sizes = set(), []
    for level, threads in ((0, 1), (1, 1), (1, 3), (6, 2), (12, 1)):
        out = tmp_path / f"{level}-{threads}.vcf.gz"
        annotate(made.view, made.nation.genomes[0], out, level=level, threads=threads)
        pysam.tabix_index(str(out), preset="vcf", force=True)
        with pysam.VariantFile(str(out)) as file:
            values = [record.info["EMBLA_STATUS"] for record in file.fetch("chr21")]
        assert ("observed", "not_loaded") in values
        texts.add(body(out))
        sizes.append(out.stat().st_size)
    assert len(texts) == 1
    assert sizes[0] > sizes[1] > sizes[3] >= sizes[4]


def test_annotate__unsorted_lines_are_found_all_the_same(made: Made, tmp_path: Path) -> None:
    lines = body(made.nation.genomes[5]).splitlines()
    path = written(tmp_path, *lines[::-1], *lines[::3], columns=COLUMNS + "\tFORMAT\tP")

    annotate(made.view, path, tmp_path / "out.vcf")

    assert body(tmp_path / "out.vcf") == plain_annotate(made.view, path)


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("", BadInput, "empty"),
        ("hello\tworld\n", BadInput, "not VCF"),
        ("\0\1\2\3", BadInput, "binary data"),
        (HEAD, BadInput, "without a #CHROM line"),
        (HEAD + COLUMNS.replace("\t", " ") + "\n", BadInput, "separated by spaces"),
        (HEAD + "chr21\t5\t.\tA\tG\t.\t.\t.\n", BadInput, "line 3"),
        (HEAD.replace("46709983", "48129895") + COLUMNS + "\n", BadInput, "GRCh37"),
        (
            HEAD.replace(",length=46709983", "") + "##reference=/data/hs37d5.fa\n" + COLUMNS + "\n",
            BadInput,
            "names GRCh37",
        ),
        (HEAD + COLUMNS + "\nchr21\t5\t.\tA\tG\t.\t.\n", BadInput, "line 4: a record needs at least 8 columns"),
        (HEAD + COLUMNS + "\nchr21\t5\t.\tN\tG\t.\t.\t.\nchr21\tx\t.\tA\tG\t.\t.\t.\n", BadInput, "line 5: POS"),
        (HEAD + COLUMNS + "\nchr21\t-5\t.\tN\tG\t.\t.\t.\n", BadInput, "line 4: POS"),
        (HEAD + COLUMNS + "\nchr21\t5\t.\t1\tG\t.\t.\t.\n", BadInput, "line 4: REF must be bases"),
        (HEAD + COLUMNS + "\nchr21\t46709984\t.\tA\tG\t.\t.\t.\n", BadInput, "line 4: chr21 of GRCh38 has"),
        (HEAD + COLUMNS + "\nchr77\t5\t.\tA\tG\t.\t.\t.\n", UnknownContig, "line 4: no contig 'chr77'"),
        (
            HEAD + COLUMNS + f"\nchr21\t{START + 301}\t.\t@\tG\t.\t.\t.\n",
            BadInput,
            r"line 4 \(chr21:25800301\): the reference",
        ),
    ],
)
def test_annotate__a_file_that_cannot_be_right_is_refused_and_leaves_nothing(
    made: Made, tmp_path: Path, text: str, error: type[EmblaError], says: str
) -> None:
    wrong = "A" if made.bases[300] != "A" else "C"
    path = tmp_path / "in.vcf"
    path.write_bytes(text.replace("@", wrong).encode())
    out = tmp_path / "out.vcf.gz"
    out.write_text("what was there before")

    with pytest.raises(error, match=says):
        annotate(made.view, path, out)

    assert out.read_text() == "what was there before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.vcf", "out.vcf.gz"]


def test_annotate__a_truncated_file_is_refused(made: Made, tmp_path: Path) -> None:
    data = made.nation.genomes[0].read_bytes()
    (tmp_path / "in.vcf.gz").write_bytes(data[:-28])

    with pytest.raises(BadInput, match="truncated"):
        annotate(made.view, tmp_path / "in.vcf.gz", tmp_path / "out.vcf.gz")
    assert not (tmp_path / "out.vcf.gz").exists()


def test_annotate__bcf_the_same_file_and_impossible_outputs_are_refused(made: Made, tmp_path: Path) -> None:
    source = made.nation.genomes[0]
    with (
        pysam.VariantFile(str(source)) as file,
        pysam.VariantFile(str(tmp_path / "in.bcf"), "wb", header=file.header) as out,
    ):
        for record in list(file)[:50]:
            out.write(record)

    for given_in, given_out, more in (
        (tmp_path / "in.bcf", tmp_path / "out.vcf.gz", {}),
        (source, source, {}),
        (source, tmp_path / "out.bcf", {}),
        (source, tmp_path, {}),
        (source, tmp_path / "no" / "out.vcf.gz", {}),
        (source, tmp_path / "out.vcf.gz", {"level": 13}),
    ):
        with pytest.raises(UsageError):
            annotate(made.view, given_in, given_out, **more)  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["in.bcf"]


def test_annotate__analysis_set_contigs_are_not_loaded_and_named(made: Made, tmp_path: Path) -> None:
    path = written(tmp_path, "chrUn_KI270742v1\t5\t.\tA\tG,T\t.\t.\t.", "HLA-A*01:01:01:01\t5\t.\tA\t.\t.\t.\tDP=1")

    report = annotate(made.view, path, tmp_path / "out.vcf")

    assert report.statuses == {"not_loaded": 2, "observed": 0, "absent": 0, "not_callable": 0, "suppressed": 0}
    assert report.other_contigs == {"chrUn_KI270742v1": 1, "HLA-A*01:01:01:01": 1}
    assert "chrUn_KI270742v1 (1)" in report.lines()[-1]
    assert "EMBLA_STATUS=not_loaded,not_loaded\n" in body(tmp_path / "out.vcf")


def test_annotate__a_source_may_hide_numbers(made: Made, tmp_path: Path) -> None:
    whole = StoreSource(made.view, None)

    class Hiding:
        reference, genomes, about = whole.reference, whole.genomes, {"Release": "7"}

        def sites(self, contig: str, start: int, end: int) -> Sites:
            seen = whole.sites(contig, start, end)
            seen.numbers[seen.numbers[:, 0] == 3, 2:] = -1
            return Sites(
                seen.key, seen.texts, seen.numbers, seen.step_at, seen.step_an,
                hidden=seen.numbers[:, 0] < 3, step_hidden=np.zeros(len(seen.step_at), dtype=np.bool_),
            )  # fmt: skip

    report = annotate(Hiding(), made.nation.genomes[0], tmp_path / "out.vcf")  # type: ignore[arg-type]

    text = (tmp_path / "out.vcf").read_text()
    assert report.statuses["suppressed"] > 0
    assert report.statuses["observed"] > 0
    assert '##emblaAnnotation=<Release="7">' in text
    for line in body(tmp_path / "out.vcf").splitlines():
        fields = dict(part.split("=") for part in line.split("\t")[7].split(";") if part.startswith("EMBLA_"))
        for ac, status in zip(fields["EMBLA_AC"].split(","), fields["EMBLA_STATUS"].split(","), strict=True):
            assert (ac == ".") == (status in ("suppressed", "not_loaded"))
        for ac, people in zip(fields["EMBLA_AC"].split(","), fields["EMBLA_NHOMALT"].split(","), strict=True):
            assert (people == ".") == (ac in (".", "3"))


def test_contigs__are_known_to_the_tests() -> None:
    assert GRCH38.contig("chr21").length == 46_709_983


def test_annotate__progress_reaches_the_end(made: Made, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []

    annotate(made.view, made.nation.genomes[0], tmp_path / "o.vcf", progress=lambda *told: seen.append(told))

    what, done, total = seen[-1]
    assert (what, done) == ("Annotating", total)


def test_annotate__report_is_plain_values(made: Made, tmp_path: Path) -> None:
    facts: dict[str, Any] = annotate(made.view, made.nation.genomes[0], tmp_path / "o.vcf").to_json()

    assert facts["alleles"] == facts["observed"] + facts["absent"] + facts["not_callable"] + facts["not_loaded"]


@pytest.mark.parametrize("chrom", ["chr21", "chrUn_KI270742v1"])
@pytest.mark.parametrize("alts", [4_095, 4_096, 200_000])
@pytest.mark.parametrize("letter", ["", "A"])
def test_alts__of_one_record_are_bounded_however_they_are_written(
    tmp_path: Path, chrom: str, alts: int, letter: str
) -> None:
    head = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    line = f"{chrom}\t9000000\t.\tN\t{','.join([letter] * alts)}\t.\t.\t.\n"
    (tmp_path / "in.vcf").write_text(head + f"{chrom}\t8999999\t.\tN\tA\t.\t.\t.\n" + line)
    store = CohortStore.create(tmp_path / "store")

    def run() -> Any:
        return annotate(store.view(), tmp_path / "in.vcf", tmp_path / "out.vcf")

    if alts > 4_095:
        with pytest.raises(BadInput, match="more than 4,095 ALTs") as caught:
            run()
        assert caught.value.line == 4 and not (tmp_path / "out.vcf").exists()
    else:
        assert sum(run().statuses.values()) == alts + 1
