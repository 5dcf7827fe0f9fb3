"""A ward whose first patient also has reads and other files in the vault; a doctor's client; an environment's keys."""

import json
import random
from base64 import b64encode
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import httpx
import pysam
import pysam.bcftools
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from fastapi import FastAPI

from embla.app import create_app
from embla.platform import OPERATOR, House, issue_token
from embla.registry import EnvironmentKey, add_agreement, add_environment_key
from embla.registry.model.agreement import Partner
from embla.submission import receive
from tests.care.ward import Ward
from tests.submission.kinds import person2, sample2, write_package
from tests.support.wards import MadeWard
from tests.web.clients import client_of

LENGTH = 40_000
START = 5_030_001
VARIANTS = 400


def write_reads(folder: Path, sample: str = "R1-B") -> None:
    """Reads of one sample on two contigs, some spliced over a hundred thousand bases, some unplaced: BAM with BAI and
    CSI, and the same as CRAM with CRAI, over a reference of its own."""
    rng = random.Random(5)
    bases = "".join(rng.choice("ACGT") for _ in range(LENGTH))
    (folder / "ref.fa").write_text(f">chr20\n{bases}\n>chr21\n{bases}\n")
    pysam.faidx(str(folder / "ref.fa"))
    header = {
        "HD": {"VN": "1.6", "SO": "coordinate"}, "RG": [{"ID": "1", "SM": sample}],
        "SQ": [{"SN": name, "LN": LENGTH} for name in ("chr20", "chr21")],
    }  # fmt: skip
    with pysam.AlignmentFile(str(folder / "r.bam"), "wb", header=header) as out:
        for contig in (0, 1):
            for number, start in enumerate(sorted(rng.randrange(LENGTH - 12_000) for _ in range(1500))):
                read = pysam.AlignedSegment(out.header)
                read.query_name, read.flag = f"r{contig}.{number}", 0 if number % 11 else 4
                read.reference_id, read.reference_start, read.mapping_quality = contig, start, 60
                skip = 10_000 if number % 97 == 0 else 0
                if read.flag == 0:
                    read.cigartuples = [(0, 50), (3, skip), (0, 50)] if skip else [(0, 100)]
                read.query_sequence = bases[start : start + 50] + bases[start + 50 + skip : start + 100 + skip]
                read.query_qualities = pysam.qualitystring_to_array("".join(rng.choice("5:?DI") for _ in range(100)))
                read.set_tag("RG", "1")
                out.write(read)
        for number in range(20):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.flag, read.reference_id, read.reference_start = f"u{number}", 4, -1, -1
            read.query_sequence = "ACGT" * 25
            out.write(read)
    pysam.index(str(folder / "r.bam"))
    fasta = str(folder / "ref.fa")
    written = ("-C", "-T", fasta, "--output-fmt-option", "seqs_per_slice=200", "--output-fmt-option", "embed_ref=1")
    pysam.view(*written, "-o", str(folder / "r.cram"), str(folder / "r.bam"), catch_stdout=False)
    pysam.index(str(folder / "r.cram"))


def write_variants(folder: Path, sample: str = "R1-B") -> None:
    """Variants over several BGZF blocks, long deletions and blocks among them: v.vcf.gz with TBI, w.bcf with CSI."""
    rng = random.Random(6)
    lines = [
        "##fileformat=VCFv4.3", '##FILTER=<ID=PASS,Description="ok">', "##contig=<ID=chr20,length=64444167>",
        "##contig=<ID=chr21,length=46709983>", '##INFO=<ID=END,Number=1,Type=Integer,Description="End">',
        '##INFO=<ID=N,Number=1,Type=String,Description="Noise">',
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="g">',
        "\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".split() + [sample]),
    ]  # fmt: skip
    for contig in ("chr20", "chr21"):
        at = START
        for number in range(VARIANTS):
            at += rng.randrange(1, 60)
            noise = "N=" + "".join(rng.choices("abcdefghijklmnop", k=300))
            ref, alt, info = "A", "G", noise
            if number % 17 == 0:
                ref = "A" + "".join(rng.choices("ACGT", k=rng.randrange(1, 400)))
            if number % 13 == 0:
                alt, info = "<NON_REF>", f"END={at + rng.randrange(1, 900)};{noise}"
            lines.append("\t".join([contig, str(at), ".", ref, alt, ".", "PASS", info, "GT", "0/1"]))
    (folder / "v.vcf").write_text("\n".join(lines) + "\n")
    pysam.tabix_compress(str(folder / "v.vcf"), str(folder / "v.vcf.gz"), force=True)
    pysam.tabix_index(str(folder / "v.vcf.gz"), preset="vcf", force=True)
    pysam.bcftools.view("-Ob", "-o", str(folder / "w.bcf"), str(folder / "v.vcf"), catch_stdout=False)
    pysam.bcftools.index(str(folder / "w.bcf"))
    (folder / "v.vcf").unlink()


@dataclass(frozen=True)
class Delivered:
    """`files`: SHA-256 by name. `secret`: the environment's own key, `stranger` one that nobody registered."""

    ward: Ward
    app: FastAPI
    folder: Path
    files: dict[str, str]
    genome: str
    tokens: dict[str, str]
    secret: bytes
    stranger: bytes
    key: EnvironmentKey

    @property
    def house(self) -> House:
        return self.ward.house

    def client(self, account: str = "doctor") -> httpx.Client:
        client = client_of(self.app)
        client.headers["Accept"] = "application/json"
        if account:
            client.headers["Authorization"] = f"Bearer {self.tokens[account]}"
        return client

    def body(self, told: dict[str, object], headers: dict[str, str] | None = None) -> bytes:
        """What a ticket's addresses give, one behind the other; each is asked without the token."""
        return fetched(client_of(self.app), told)


def fetched(client: httpx.Client, told: dict[str, object]) -> bytes:
    from base64 import b64decode

    found = b""
    for one in told["htsget"]["urls"]:  # type: ignore[index]
        if one["url"].startswith("data:;base64,"):
            found += b64decode(one["url"].removeprefix("data:;base64,"))
        else:
            answer = client.get(one["url"], headers=one.get("headers", {}))
            assert answer.status_code == 200, answer.text
            found += answer.content
    return found


def public(secret: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def text_of(key: bytes) -> str:
    return b64encode(key).decode()


def opened(data: bytes, secret: bytes) -> bytes:
    """What the reference program makes of a Crypt4GH file, edit list and all."""
    import io

    from crypt4gh import lib

    out = io.BytesIO()
    lib.decrypt([(0, secret, None)], io.BytesIO(data), out)
    return out.getvalue()


def make(folder: Path, made_ward: MadeWard) -> Delivered:
    """A home with everything in it."""
    house = made_ward.copied(folder / "home", "")
    ward = Ward(house, made_ward.packages, made_ward.acknowledgements)
    files = folder / "R1" / "files"
    files.mkdir(parents=True)
    write_reads(files)
    write_variants(files)
    names = sorted(path.name for path in files.iterdir() if not path.name.startswith("ref."))
    for path in files.glob("ref.*"):
        path.rename(folder / path.name)
    sample = sample2("R1-B") | {"files": [f"files/{name}" for name in names]}
    package = write_package(
        folder / "R1", "R1", "single", [person2("R1-p", "index", sample)], case={"clinicians": ["doctor"]}
    )
    acknowledged = receive(house, OPERATOR, package)
    ward.acknowledgements["R1"] = acknowledged
    tokens = {}
    with house.database.transaction() as connection:
        for account in ("doctor", "colleague", "researcher", "admin", "dpo"):
            tokens[account] = issue_token(connection, account, label="t", by=OPERATOR, at=house.clock())
    add_agreement(
        house, OPERATOR, Partner("uppsala", "A partner", "DK"), flow="delivery", reference="", drafted=date(2026, 1, 1),
        signed=date(2026, 1, 2),
    )  # fmt: skip
    secret, stranger = (X25519PrivateKey.generate().private_bytes_raw() for _ in range(2))
    key = add_environment_key(house, OPERATOR, "secure-1", "uppsala", public(secret))
    manifest = json.loads((package / "manifest.json").read_text())
    digests = {Path(file["path"]).name: file["sha256"] for file in manifest["files"]}
    assert digests["r.bam"] == sha256((files / "r.bam").read_bytes()).hexdigest()
    settings = replace(house.settings, requests_per_minute=100_000, anonymous_per_minute=100_000)
    app = create_app(settings, replace(house, settings=settings))
    return Delivered(ward, app, files, digests, ward.genome("R1"), tokens, secret, stranger, key)
