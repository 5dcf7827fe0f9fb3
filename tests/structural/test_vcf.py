"""A release's structural numbers as VCF 4.4: what bcftools reads back is what the open doors show."""

import gzip
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pysam
import pytest

from embla.errors import NotPermitted
from embla.frequency import cut_release, hand_over
from embla.frequency.handing import tell_release_file
from embla.frequency.structural import open_structural
from embla.genome import Region
from embla.platform import OPERATOR, House, parse_envelope
from embla.registry import Partner, add_agreement
from embla.structural import Type
from embla.structural.reading.lines import CallerFile
from embla.structural.reading.structural import read_structural
from tests.structural.nation import LOSS, REPEAT, report
from tests.structural.test_counting import deletion

PLACE = Region("chr21", 5_030_000, 5_040_000)
# Each way to join two ends, and an insertion, by whoever carries them.
JOINED = [
    "chr21 5033000 a N N[chr21:5035001[ . PASS SVTYPE=BND GT 0/1",
    "chr21 5033500 b N N]chr21:5036000] . PASS SVTYPE=BND GT 0/1",
    "chr21 5034001 c N [chr21:5037001[N . PASS SVTYPE=BND GT 0/1",
    "chr21 5034300 d N N]chr2:7000] . PASS SVTYPE=BND GT 0/1",
    "chr21 5034600 e N <INS> . PASS SVTYPE=INS;SVLEN=300 GT 1/1",
    "chr21 5034700 f N <INV> . PASS SVTYPE=INV;END=5034900 GT 0/1",
]  # fmt: skip
RARE = "chr21 5038000 x N <DUP> . PASS END=5039000 GT 0/1"


def made(house: House, tmp_path: Path) -> tuple[House, Path]:
    small = replace(house, settings=replace(house.settings, suppress_below=2, release_step=2))
    for n in range(1, 5):
        report(
            small, tmp_path, n, sv=[deletion(n), *JOINED] if n > 1 else [RARE],
            cnv=[LOSS.format(pos=5_031_000, end=5_039_000)] if n > 2 else [],
            repeats=[REPEAT.format(own="0/1:11/16:.")],
        )  # fmt: skip
    cut_release(small, OPERATOR)
    day = small.clock().date() - timedelta(days=1)
    add_agreement(small, OPERATOR, Partner("vendor", "V", "DK"), flow="files", reference="1", drafted=day, signed=day)
    out = tmp_path / "structural.vcf.gz"
    handed = hand_over(small, OPERATOR, "vendor", out, structural=True)
    assert (handed.variants, handed.power) == (10, None)
    return small, out


def handed_sentence(out: Path) -> str:
    """What `embla verify` says of a copy."""
    manifest = out.with_name(out.name + ".json")
    return " ".join(tell_release_file(parse_envelope(manifest.read_text()), manifest))


def test_file__has_the_open_numbers_and_is_read_back_by_bcftools_and_by_us(house: House, tmp_path: Path) -> None:
    small, out = made(house, tmp_path)
    shown = open_structural(small, PLACE)

    with pysam.VariantFile(str(out)) as file:
        rows = list(file.fetch("chr21"))
    plain = [row for row in rows if row.info.get("SVTYPE", "BND") != "BND"]
    told = {(row.alts[0], row.pos, row.info["SVCLAIM"] if "SVCLAIM" in row.info else None): row for row in plain}
    events = [one for one in shown.events if one.cluster.type is not Type.BND]
    assert len(told) == len(events) == 6
    for one in events:
        claim = ("D" if one.kind == "cnv" else "J") if one.cluster.type in (Type.DEL, Type.DUP) else None
        row = told[f"<{one.cluster.type.name}>", one.cluster.start, (claim,) if claim else None]
        assert row.info["EMBLA_STATUS"] == one.count.status and row.info["AN"] == one.count.an
        assert row.info.get("AC", (None,))[0] == one.count.ac
        if one.cluster.type is Type.INS:
            assert abs(row.info["SVLEN"][0]) == one.cluster.length == 300
        else:
            assert row.stop == one.cluster.end
    assert [one.count.status for one in events].count("suppressed") == 1
    assert "CIPOS" not in next(row for row in plain if row.info["EMBLA_STATUS"] == "suppressed").info

    (repeat,) = [row for row in rows if row.alts[0] == "<CNV:TR>"]
    assert (repeat.info["AC"], repeat.info["AN"]) == ((4, 4), 8)
    assert repeat.info["RUC"] == (11.0, 16.0) and set(repeat.info["RUS"]) == {shown.repeats[0].locus.motif}

    # Our own reader takes the file, given a sample, for the same places, ends and junctions.
    lines = gzip.decompress(out.read_bytes()).decode().splitlines()
    kept = [line for line in lines if line[0] == "#" or not ("CNV:TR" in line or "SVCLAIM=D" in line)]
    more = {"##": "", "#C": "\tFORMAT\tS"}
    again = tmp_path / "again.vcf"
    again.write_text("\n".join(line + more.get(line[:2], "\tGT\t0/1") for line in kept) + "\n")
    found = read_structural(CallerFile(again, "S")).rows
    names = ("type", "start", "end", "strands", "length")
    assert sorted(tuple(int(row[name]) for name in names) for row in found) == sorted(
        (int(o.cluster.type), o.cluster.start, o.cluster.end, o.cluster.strands, o.cluster.length)
        for o in shown.events if o.kind == "sv"
    )  # fmt: skip

    # The power to tell a member is measured on small variants: no figure of theirs stands on this file.
    (power,) = [line for line in lines if line.startswith("##embla_membership_power=")]
    assert power.endswith("is not measured") and "10 events and repeats" in handed_sentence(out)
    with pytest.raises(NotPermitted):
        hand_over(small, OPERATOR, "stranger", tmp_path / "other.vcf.gz", structural=True)
    assert not list(tmp_path.glob("other*"))
    if shutil.which("bcftools") is None:
        pytest.skip("bcftools is not installed")
    query = ["bcftools", "query", "-f", "%ALT %INFO/AC %INFO/AN\n", "-i", "SVTYPE='DEL'", str(out)]
    told = subprocess.run(query, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["<DEL>", "2", "8", "<DEL>", "3", "8", "<DEL>", "3", "8"] and not told.stderr
    checked = subprocess.run(["bcftools", "view", "-H", str(out)], capture_output=True, text=True, check=True)
    assert "[W::" not in checked.stderr and "[E::" not in checked.stderr
