"""Programs that others wrote, against the node on loopback: what they fetch is what they read from the file itself."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pysam
import pytest
import uvicorn

from tests.federation.delivered import Delivered

REGION = ("chr20", 5_000, 6_500)


@pytest.fixture(scope="module")
def node(delivered: Delivered) -> Iterator[str]:
    """Where it answers, on a port of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(delivered.app, port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def shown(delivered: Delivered, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What htslib needs to show a token over plain http."""
    place = tmp_path_factory.mktemp("auth") / "token"
    place.write_text(delivered.tokens["doctor"] + "\n")
    return os.environ | {
        "HTS_AUTH_LOCATION": str(place),
        "HTS_ALLOW_UNENCRYPTED_AUTHORIZATION_HEADER": "I understand the risks",
    }


def program(name: str) -> str:
    found = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"The program {name} is not on this machine.")
    return found


def run(*words: str, env: dict[str, str]) -> str:
    done = subprocess.run(words, env=env, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout.decode()


def query(region: tuple[str, int, int] = REGION) -> str:
    return f"?referenceName={region[0]}&start={region[1]}&end={region[2]}"


def names(text: str) -> list[str]:
    return [line.split("\t")[0] for line in text.splitlines() if not line.startswith("@")]


def test_samtools__reads_whole_files_and_slices(delivered: Delivered, node: str, shown: dict[str, str]) -> None:
    samtools = program("samtools")
    url = f"{node}/htsget/reads/{delivered.files['r.bam']}"

    assert run(samtools, "view", url, env=shown) == run(samtools, "view", str(delivered.folder / "r.bam"), env=shown)
    got = run(samtools, "view", url + query(), env=shown)
    region = f"{REGION[0]}:{REGION[1] + 1}-{REGION[2]}"
    assert got == run(samtools, "view", str(delivered.folder / "r.bam"), region, env=shown)
    assert run(samtools, "view", "-H", url + "?class=header", env=shown).count("@SQ") == 2


def test_samtools__reads_a_cram_and_leaves_out_its_neighbours(
    delivered: Delivered, node: str, shown: dict[str, str]
) -> None:
    samtools = program("samtools")
    url = f"{node}/htsget/reads/{delivered.files['r.cram']}"
    region = f"{REGION[0]}:{REGION[1] + 1}-{REGION[2]}"
    place = delivered.folder.parents[1] / "region.bed"
    place.write_text(f"{REGION[0]}\t{REGION[1]}\t{REGION[2]}\n")

    got = run(samtools, "view", "-L", str(place), url + query(), env=shown)

    assert names(got) == names(run(samtools, "view", str(delivered.folder / "r.cram"), region, env=shown))


def test_bcftools__reads_vcf_and_bcf_and_calls_of_the_store(
    delivered: Delivered, node: str, shown: dict[str, str]
) -> None:
    bcftools = program("bcftools")
    region = ("chr21", 5_031_000, 5_034_000)
    for name in ("v.vcf.gz", "w.bcf"):
        url = f"{node}/htsget/variants/{delivered.files[name]}"
        whole = run(bcftools, "view", "-H", str(delivered.folder / name), env=shown)
        assert run(bcftools, "view", "-H", url, env=shown) == whole
        local = run(
            bcftools, "view", "-H", "-r", f"chr21:{region[1] + 1}-{region[2]}", str(delivered.folder / name), env=shown
        )
        assert run(bcftools, "view", "-H", url + query(region), env=shown) == local
    calls = run(
        bcftools, "query", "-f", "%POS\t%REF\t%ALT[\t%GT]\n", "-i", 'GT="alt"',
        f"{node}/htsget/variants/{delivered.genome}", env=shown,
    )  # fmt: skip
    sent = run(
        bcftools, "query", "-f", "%POS\t%REF\t%ALT[\t%GT]\n", "-i", 'GT="alt"', str(delivered.folder / "R1-B.g.vcf"),
        env=shown,
    )  # fmt: skip
    assert calls and calls.replace(",<NON_REF>", "") == sent.replace(",<NON_REF>", "")


def test_pysam__opens_tickets(delivered: Delivered, node: str, shown: dict[str, str]) -> None:
    code = (
        "import pysam, sys\n"
        "reads = pysam.AlignmentFile(sys.argv[1])\n"
        "print(*(r.query_name for r in reads.fetch(until_eof=True)))\n"
        "print(sum(1 for _ in pysam.VariantFile(sys.argv[2])))\n"
    )
    urls = f"{node}/htsget/reads/{delivered.files['r.bam']}", f"{node}/htsget/variants/{delivered.files['v.vcf.gz']}"

    got = run(sys.executable, "-c", code, urls[0] + query(), urls[1] + "?referenceName=chr21", env=shown)

    with pysam.AlignmentFile(str(delivered.folder / "r.bam")) as file:
        wanted = [read.query_name for read in file.fetch(*REGION)]
    assert got.splitlines() == [" ".join(wanted), "400"]


def test_htsget_program__fetches_a_slice_and_a_whole_file(delivered: Delivered, node: str, tmp_path: Path) -> None:
    htsget, env = program("htsget"), dict(os.environ)
    url = f"{node}/htsget/reads/{delivered.files['r.bam']}"
    token = delivered.tokens["doctor"]

    run(htsget, url, "-b", token, "-O", str(tmp_path / "all.bam"), env=env)
    run(
        htsget, url, "-b", token, "-r", REGION[0], "-s", str(REGION[1]), "-e", str(REGION[2]), "-O",
        str(tmp_path / "some.bam"), env=env,
    )  # fmt: skip

    assert (tmp_path / "all.bam").read_bytes() == (delivered.folder / "r.bam").read_bytes()
    with (
        pysam.AlignmentFile(str(tmp_path / "some.bam"), check_sq=False) as got,
        pysam.AlignmentFile(str(delivered.folder / "r.bam")) as file,
    ):
        assert [read.query_name for read in got.fetch(until_eof=True)] == [r.query_name for r in file.fetch(*REGION)]


def test_index_probes__of_htslib_are_answered_at_once(delivered: Delivered) -> None:
    for end in (".bai", ".csi", ".tbi", ".crai"):
        answer = delivered.client().get(f"/htsget/reads/{delivered.files['r.bam']}{end}")
        assert answer.status_code == 404
