"""The 13 real gVCFs against a plain pysam loop: raw and adj ac and an at every position (specification: issue 2)."""

import gzip
from collections import defaultdict
from pathlib import Path

import pysam
import pytest

from .conftest import Nation

GVCFS = sorted((Path(__file__).parents[2] / "data" / "gvcf").glob("*.g.vcf.gz"))
PAR_X = ((10_000, 2_781_479), (155_701_382, 156_030_895))


def copies(contig: str, pos0: int, male: bool) -> int:
    if contig == "chrM":
        return 1
    if contig == "chrX" and male and not any(start <= pos0 < end for start, end in PAR_X):
        return 1
    return 2


def trimmed(pos: int, ref: str, alt: str) -> tuple[int, str, str]:
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        pos, ref, alt = pos + 1, ref[1:], alt[1:]
    return pos, ref, alt


def passes(
    call: pysam.VariantRecordSample, depth: int | None, haploid: bool, alleles: tuple[int | None, ...], contig: str
) -> bool:
    quality = call.get("GQ")
    if quality is None or depth is None or quality < 20 or depth < (5 if haploid else 10):
        return False
    called = [a for a in alleles if a is not None]
    counts = call.get("AD") if "AD" in call else None
    if contig != "chrM" and len(set(called)) > 1 and counts and counts[0] is not None:
        return all(counts[a] / depth >= 0.2 for a in set(called) if a > 0)
    return True


def loop(path: Path, male: bool) -> tuple[dict, dict]:
    """(an by (contig, pos): [raw, adj]) and (ac by key: [raw, adj]) of one person, one position at a time."""
    an: dict[tuple[str, int], list[int]] = {}
    ac: dict[tuple[str, int, str, str], list[int]] = defaultdict(lambda: [0, 0])
    owned: dict[tuple[str, int], bool] = {}
    with pysam.VariantFile(str(path)) as file:
        for record in file:
            call = record.samples[0]
            alleles = tuple(call["GT"])
            alts = record.alts or ()
            real = [alt for alt in alts if not alt.startswith("<")]
            n = copies(record.contig, record.start, male)
            called = [a for a in alleles if a is not None]
            if n == 1:
                called = called[:1] if len(set(called)) <= 1 or record.contig == "chrM" else []
            depth = call.get("MIN_DP") if not real and call.get("MIN_DP") is not None else call.get("DP")
            adj = len(called) if called and passes(call, depth, n == 1, alleles, record.contig) else 0
            stop = record.start + len(record.ref) if real else record.stop
            for pos in range(record.start + 1, stop + 1):
                if not real and owned.get((record.contig, pos)):
                    continue
                an[record.contig, pos] = [len(called), adj]
                owned[record.contig, pos] = bool(real)
            for number, alt in enumerate(alts, 1):
                if alt.startswith("<"):
                    continue
                found = called.count(number)
                if record.contig == "chrM":
                    share = call["AD"][number] / sum(call["AD"])
                    found = 1 if called and share >= 0.1 else 0
                key = (record.contig, *trimmed(record.pos, record.ref, alt))
                ac[key][0] += found
                ac[key][1] += found if adj else 0
    return an, ac


@pytest.mark.skipif(not GVCFS, reason="tests/data/gvcf is not there")
def test_every_position_of_the_real_files_equals_a_plain_loop(nation: Nation) -> None:
    from embla.genotypes import CohortStore
    from embla.reference import parse

    assert len(GVCFS) == 13
    nation.rows = []
    expected_an: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    expected_ac: dict[tuple[str, int, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for path in GVCFS:
        name = path.name.split(".")[0]
        # They are plain gzip, which pysam cannot rewind.
        plain = nation.folder / f"{name}.vcf"
        text = gzip.decompress(path.read_bytes()).decode()
        # Their headers do not declare END, and pysam takes a block for one base then.
        end = '##INFO=<ID=END,Number=1,Type=Integer,Description="End">\n'
        plain.write_text(text.replace("##FILTER", end + "##FILTER", 1))
        with pysam.VariantFile(str(plain)) as file:
            male = any(record.contig == "chrX" and len(record.samples[0]["GT"]) == 1 for record in file)
        nation.rows.append(
            {"sample": name, "path": str(path), "karyotype": "XY" if male else "XX", "callability": "gvcf"}
        )
        an, ac = loop(plain, male)
        for place, (raw, adj) in an.items():
            expected_an[place][0] += raw
            expected_an[place][1] += adj
        for key, (raw, adj) in ac.items():
            expected_ac[key][0] += raw
            expected_ac[key][1] += adj
    nation.build()

    view = CohortStore.open(nation.store).view()
    everybody = view.cohort()
    places = sorted(expected_an)
    wrong, at = [], 0
    while at < len(places):
        end = at + 1
        while end < len(places) and places[end][0] == places[at][0] and places[end][1] - places[end - 1][1] < 5_000:
            end += 1
        contig, first, last = *places[at], places[end - 1][1]
        window = view.sweep(contig, first - 1, last, [everybody], per_base=True)
        for here, pos in places[at:end]:
            found = (window.per_base_raw_an[0, pos - first], window.per_base_an[0, pos - first])
            if found != tuple(expected_an[here, pos]):
                wrong.append((here, pos, found, expected_an[here, pos]))
        at = end
    assert wrong == []
    assert len(places) > 50_000
    for (contig, pos, ref, alt), (raw, adj) in expected_ac.items():
        count = view.count(parse(f"{contig}-{pos}-{ref}-{alt}", None), everybody)[0]
        assert (count.raw.ac, count.ac) == (raw, adj), (contig, pos, ref, alt)
        assert count.ac <= count.an and count.raw.ac <= count.raw.an
