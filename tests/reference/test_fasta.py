"""FASTA files as GRCh38 contigs: bases, arrays, digests, and files that cannot be right."""

import gzip
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from embla.errors import BadInput, Broken, NotFound
from embla.reference import Reference, demo_reference_paths
from embla.reference.refget import collection_digest, sequence_digest
from tests.reference.fastas import small_reference, write_fasta

ROOT = Path(__file__).parents[1]
BASES = "".join(random.Random(1).choices("ACGT", k=3217))


@pytest.fixture(scope="module")
def slice21() -> Reference:
    return Reference.open(demo_reference_paths().fasta)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "embla" / "reference"


def test_slice__is_chr21_under_our_name(slice21: Reference) -> None:
    assert slice21.contigs == ("chr21",)
    assert slice21.has("chr21") and not slice21.has("21") and not slice21.has("chr1")
    assert slice21.length("chr21") == 46_709_983
    assert slice21.length("chr1") == 0


def test_slice__has_the_ref_of_132_real_sites(slice21: Reference) -> None:
    whole = slice21.array("chr21")
    assert whole is not None
    sites = 0
    for line in (ROOT / "data/grch38/hg00096_chr21_132sites.vcf").read_text().splitlines():
        if not line.startswith("#"):
            _, pos, _, ref = line.split("\t")[:4]
            assert slice21.fetch("chr21", int(pos) - 1, int(pos) - 1 + len(ref)) == ref
            assert whole[int(pos) - 1] == ord(ref[0])
            sites += 1
    assert sites == 132


@pytest.mark.parametrize("name", ["small.fa", "small.fa.gz"])
@pytest.mark.parametrize("keep_array", [False, True])
def test_fetch__gives_exactly_the_bases_asked_for_and_n_outside(tmp_path: Path, name: str, keep_array: bool) -> None:
    reference = Reference.open(write_fasta(tmp_path / name, {"1": BASES}))
    if keep_array:
        reference.array("chr1")
    padded = "N" * 5000 + BASES + "N" * 5000
    rng = random.Random(2)

    spans = [(0, 0), (5, 3), (-3, 2), (-9, -4), (3210, 3230), (4000, 4003), (-10, 3300), (59, 61), (0, 3217)]
    spans += [(start, start + rng.randrange(200)) for start in (rng.randrange(-50, 3250) for _ in range(300))]
    for start, end in spans:
        assert reference.fetch("chr1", start, end) == padded[5000 + start : max(5000 + end, 5000 + start)]


def test_fetch__of_an_absent_contig_is_n(tmp_path: Path) -> None:
    assert small_reference(tmp_path, {"chr1": "ACGT"}).fetch("chr2", 10, 15) == "NNNNN"


def test_bases__come_in_upper_case_and_strange_letters_as_they_are(tmp_path: Path) -> None:
    reference = small_reference(tmp_path, {"chr1": "acgtnRyM*-"})

    assert reference.fetch("chr1", 0, 10) == "ACGTNRYMNN"


def test_array__is_the_whole_contig_upper_case_and_read_only(tmp_path: Path) -> None:
    reference = small_reference(tmp_path, {"1": BASES.lower(), "2": "ACGT"})

    whole = reference.array("chr1")

    assert whole is not None
    assert whole.dtype == np.uint8
    assert whole.tobytes().decode() == BASES
    with pytest.raises(ValueError):
        whole[0] = 0


def test_array__keeps_one_contig_and_knows_absence(tmp_path: Path) -> None:
    reference = small_reference(tmp_path, {"1": BASES, "2": "ACGT"})

    first = reference.array("chr1")

    assert reference.array("chr1") is first
    assert reference.array("chr3") is None
    assert reference.array("chr1") is first
    assert reference.array("chr2") is not None
    assert reference.array("chr1") is not first


@pytest.mark.parametrize(
    "names", [["1", "X", "MT"], ["chr1", "chrX", "chrM"], ["NC_000001.11", "NC_000023.11", "NC_012920.1"]]
)
def test_contigs__are_found_under_every_naming(tmp_path: Path, names: list[str]) -> None:
    reference = small_reference(
        tmp_path, dict.fromkeys(reversed(names), "ACGT") | {"chr1_KI270706v1_random": "A", "other": "C"}
    )

    assert reference.contigs == ("chr1", "chrX", "chrM")
    assert reference.fetch("chrM", 1, 3) == "CG"


def test_sequence_collection_digest__is_the_published_one() -> None:
    # base.fa of the refget sequence collections standard (v1.0): chrX TTGGGGAA, chr1 GGAA, chr2 GCGC
    digests = [sequence_digest([bases]) for bases in (b"TTGGGGAA", b"GGAA", b"GCGC")]

    assert digests[0] == "SQ.iYtREV555dUFKg2_agSJW6suquUyPpMw"
    assert (
        collection_digest(list(zip(["chrX", "chr1", "chr2"], digests, strict=True)))
        == "XZlrcEGi6mlopZ2uD8ObHkQB1d0oDwKk"
    )


def test_contig_digest__is_the_published_one_of_acgt(tmp_path: Path) -> None:
    # GA4GH refget v2, "ACGT"
    assert small_reference(tmp_path, {"chr1": "acgt"}).contig_digest("chr1") == "SQ.aKF498dAxcJAqme6QYQ7EZ07-fiw8Kw2"


def test_digest__is_of_the_contents_not_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    plain = Reference.open(write_fasta(tmp_path / "a" / "x.fa", {"1": BASES, "2": "ACGT"}))
    packed = Reference.open(write_fasta(tmp_path / "b" / "y.fa.gz", {"chr2": "acgt", "chr1": BASES.lower()}, width=70))
    other = Reference.open(write_fasta(tmp_path / "z.fa", {"1": BASES, "2": "ACGA"}))

    assert plain.digest() == packed.digest()
    assert plain.digest() != other.digest()
    assert len(plain.digest()) == 32


def test_digest__is_computed_once_per_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_fasta(tmp_path / "x.fa", {"1": BASES})
    first = Reference.open(path).digest()
    monkeypatch.setattr(Reference, "contig_digest", lambda *_: pytest.fail("read again"))

    assert Reference.open(path).digest() == first


def test_digest__is_computed_again_when_the_file_changed(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "x.fa", {"1": BASES})
    first = Reference.open(path).digest()

    write_fasta(path, {"1": BASES[:-1] + ("A" if BASES[-1] != "A" else "C")})
    os.utime(path, ns=(1, 1))

    assert Reference.open(path).digest() != first


def test_digest__survives_a_damaged_note(tmp_path: Path, own_cache: Path) -> None:
    path = write_fasta(tmp_path / "x.fa", {"1": BASES})
    first = Reference.open(path).digest()
    for note in own_cache.glob("*.digest"):
        note.write_text("half")

    assert Reference.open(path).digest() == first


@pytest.mark.parametrize("name", ["x.fa", "x.fa.gz"])
def test_open__builds_the_index_beside_the_file(tmp_path: Path, name: str) -> None:
    path = write_fasta(tmp_path / name, {"1": BASES})

    Reference.open(path)

    assert Path(f"{path}.fai").exists()
    assert Path(f"{path}.gzi").exists() is name.endswith("gz")
    assert not list(tmp_path.glob("*.tmp*"))


@pytest.mark.parametrize("name", ["x.fa", "x.fa.gz"])
def test_open__of_a_folder_that_cannot_be_written_uses_the_cache(
    tmp_path: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = write_fasta(tmp_path / name, {"1": BASES})
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere, so say no for it

    for cache in (None, tmp_path / "mine"):
        reference = Reference.open(path, cache=cache)
        assert reference.fetch("chr1", 0, 10) == BASES[:10]
        assert Reference.open(path, cache=cache).digest() == reference.digest()
        assert list((cache or own_cache).glob("*.fai"))
        assert list((cache or own_cache).glob("*.digest"))

    assert not list(tmp_path.glob("*.fai"))


def test_open__of_plain_gzip_says_bgzip(tmp_path: Path) -> None:
    path = tmp_path / "ref.fa.gz"
    path.write_bytes(gzip.compress(b">1\nACGT\n"))

    with pytest.raises(BadInput, match=r"plain gzip.*`bgzip` it: gunzip ref\.fa\.gz && bgzip ref\.fa$"):
        Reference.open(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ACGT\n",
        b"##fileformat=VCFv4.2\n",
        b"@HD\n",
        b"\x1f\x8b",
        b"\x1f\x8b\x08\x04" + b"\0" * 30,
        b"\x00" * 100,
        b"CRAM",
    ],
)
def test_open__refuses_what_is_not_fasta(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.fa"
    path.write_bytes(content)

    with pytest.raises(BadInput):
        Reference.open(path)


def test_open__refuses_lines_of_changing_length(tmp_path: Path) -> None:
    path = tmp_path / "x.fa"
    path.write_text(">1\nACGT\nAC\nACGT\n")

    with pytest.raises(BadInput, match="cannot be indexed"):
        Reference.open(path)
    assert not list(tmp_path.glob("*.tmp*"))


def test_open__of_nothing_and_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Reference.open(tmp_path / "absent.fa")
    with pytest.raises(BadInput, match="a folder"):
        Reference.open(tmp_path)


def test_open__refuses_a_file_without_our_contigs(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="none of the contigs of GRCh38"):
        Reference.open(write_fasta(tmp_path / "x.fa", {"scaffold_1": "ACGT"}))


def test_open__refuses_one_contig_under_two_names(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="in the FASTA twice, as '1' and 'chr1'"):
        Reference.open(write_fasta(tmp_path / "x.fa", {"1": "ACGT", "chr1": "ACGT"}))


def fai_only(folder: Path, length: int, name: str = "21") -> Path:
    """A FASTA that claims `length` bases in its index; enough to be refused by it."""
    path = write_fasta(folder / "x.fa", {name: "ACGT"})
    Path(f"{path}.fai").write_text(f"{name}\t{length}\t4\t60\t61\n")
    return path


def test_open__refuses_grch37_by_its_lengths(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="48,129,895 bases, not the 46,709,983 of GRCh38. This is a GRCh37 file"):
        Reference.open(fai_only(tmp_path, 48_129_895))


def test_open__refuses_a_contig_longer_than_grch38s(tmp_path: Path) -> None:
    contigs = {"MT": "A" * 16_570}

    with pytest.raises(BadInput, match="16,570 bases, not the 16,569"):
        Reference.open(write_fasta(tmp_path / "x.fa", contigs))
    assert Reference.open(tmp_path / "x.fa", any_length=True).length("chrM") == 16_570


@pytest.mark.parametrize("name", ["x.fa", "x.fa.gz"])
@pytest.mark.parametrize(
    "other",
    [
        {"1": BASES[:-5], "2": "ACGT" * 50},
        {"1": BASES + "ACGTA", "2": "ACGT" * 50},
        {"2": "ACGT" * 50, "1": BASES},
        {"3": BASES, "2": "ACGT" * 50},
    ],
)
def test_open__refuses_an_index_of_another_file(tmp_path: Path, name: str, other: dict[str, str]) -> None:
    path = write_fasta(tmp_path / name, {"1": BASES, "2": "ACGT" * 50})
    Reference.open(path)
    write_fasta(path, other)

    with pytest.raises(Broken, match=r"Remove the \.fai"):
        Reference.open(path)

    for index in tmp_path.glob(f"{name}.*"):
        index.unlink()
    assert "chr2" in Reference.open(path).contigs


@pytest.mark.parametrize("name", ["x.fa", "x.fa.gz"])
@pytest.mark.parametrize("windows", [False, True])
def test_open__trusts_a_right_index_whatever_the_line_ends(tmp_path: Path, name: str, windows: bool) -> None:
    path = write_fasta(tmp_path / "x.fa", {"1": BASES, "2": "A", "X": "ACGT" * 15, "Y": "ACGT" * 15 + "A"})
    if windows:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    if name.endswith("gz"):
        import pysam

        pysam.tabix_compress(str(path), str(tmp_path / name))

    for _ in range(2):
        reference = Reference.open(tmp_path / name)
        assert reference.fetch("chr1", 0, len(BASES)) == BASES
        assert reference.fetch("chrY", 58, 61) == "GTA"


def test_open__takes_a_last_line_without_end(tmp_path: Path) -> None:
    path = tmp_path / "x.fa"
    path.write_text(">1\nACGT\nAC")

    assert Reference.open(path).fetch("chr1", 0, 6) == "ACGTAC"


def test_open__refuses_damaged_indexes(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "x.fa", {"1": BASES})
    for text in ("1\tmany\n", "1\t5\n", "1\t5000\t0\t0\t0\n"):
        Path(f"{path}.fai").write_text(text)
        with pytest.raises(Broken):
            Reference.open(path)


def test_fetch__from_a_file_cut_off_later_is_broken(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "x.fa", {"1": BASES * 200})
    reference = Reference.open(path)
    with path.open("r+b") as file:
        file.truncate(300_000)

    with pytest.raises(Broken):
        reference.array("chr1")


def test_reference__is_safe_between_threads(tmp_path: Path) -> None:
    reference = small_reference(tmp_path, {"1": BASES, "2": BASES[::-1]})
    expected = {"chr1": BASES, "chr2": BASES[::-1]}

    def look(seed: int) -> bool:
        rng = random.Random(seed)
        for _ in range(200):
            contig, start = rng.choice(["chr1", "chr2"]), rng.randrange(3000)
            if rng.random() < 0.05:
                reference.array(contig)
            if reference.fetch(contig, start, start + 100) != expected[contig][start : start + 100]:
                return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(look, range(8)))


def read_in_forked_children(reference: Reference) -> list[int | None]:
    """Exit codes of two children that inherit the open file (nothing is pickled) and read at once; 0 is all right."""

    def read(seed: int) -> None:
        rng = random.Random(seed)
        starts = [rng.randrange(2700) for _ in range(300)]
        right = all(reference.fetch("chr1", at, at + 500) == BASES[at : at + 500] for at in starts)
        os._exit(0 if right else 1)

    children = [get_context("fork").Process(target=read, args=(seed,)) for seed in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join(30)
        child.kill()
    return [child.exitcode for child in children]


@pytest.mark.parametrize("name", ["x.fa", "x.fa.gz"])
def test_reference__is_safe_after_fork(tmp_path: Path, name: str) -> None:
    reference = Reference.open(write_fasta(tmp_path / name, {"1": BASES}))
    reference.fetch("chr1", 0, 5)

    assert read_in_forked_children(reference) == [0, 0]
    assert reference.fetch("chr1", 0, 9) == BASES[:9]


def test_reference__can_be_forked_while_another_thread_reads(tmp_path: Path) -> None:
    reference = small_reference(tmp_path, {"1": BASES})

    with reference._handle.lock:  # as if a thread were in the middle of a read
        assert read_in_forked_children(reference) == [0, 0]


def test_reference__can_travel_to_another_process(tmp_path: Path) -> None:
    reference = Reference.open(write_fasta(tmp_path / "x.fa.gz", {"1": BASES}))

    assert pickle.loads(pickle.dumps(reference)).fetch("chr1", 0, 9) == BASES[:9]


def test_two_processes__can_build_the_index_at_once(tmp_path: Path) -> None:
    path = write_fasta(tmp_path / "x.fa.gz", {"1": BASES * 20})
    code = "import sys; from embla.reference import Reference; print(Reference.open(sys.argv[1]).fetch('chr1', 0, 9))"

    runs = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]

    assert [run.communicate()[0].strip() for run in runs] == [BASES[:9]] * 3


def test_demo_reference__can_be_copied_elsewhere(tmp_path: Path) -> None:
    paths = demo_reference_paths()
    shutil.copy(paths.fasta, tmp_path / "only.fa.gz")

    assert Reference.open(tmp_path / "only.fa.gz").fetch("chr21", 25_585_732, 25_585_733) == "C"
    assert json.dumps([path.name for path in paths])
    assert all(path.exists() for path in paths)
