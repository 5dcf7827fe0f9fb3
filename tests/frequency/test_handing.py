"""Whole files: to whom, what is on them, and how well a member can be told from one."""

import errno
import gzip
import json
import os
import re
from datetime import timedelta
from pathlib import Path

import numpy as np
import pysam
import pysam.bcftools
import pytest

from embla import cli
from embla.disclosure import Attack
from embla.disclosure.membership import wilson
from embla.errors import NameTaken, NotPermitted, Unavailable, UsageError
from embla.frequency import Releases, cut_release, hand_over, hand_over_mininode, handing, membership_power, open_region
from embla.frequency.sites import write_sites
from embla.genome import Region
from embla.platform import OPERATOR, events_of, parse_envelope
from embla.registry import Partner, add_agreement, end_agreement
from embla.storage import Together
from tests.frequency.nation import DAY, Nation, Person, nation


def people(n: int) -> list[Person]:
    own = [[f"chr1 {1100 + 7 * i} A G 0/1"] for i in range(n)]
    return [
        Person(f"p{i}", calls=["chr1 1050 A G 0/1", *own[i], *(["chr1 2800 C T 1/1"] if i % 3 else [])])
        for i in range(n)
    ]


def agree(n: Nation, *, flow: str = "files") -> str:
    partner = Partner("vendor", "A vendor", "DK")
    signed = DAY - timedelta(days=1)
    return add_agreement(n.house, OPERATOR, partner, flow=flow, reference="1", drafted=signed, signed=signed).id


def test_hand_over__holds_the_published_numbers_and_says_for_whom_and_at_which_risk(tmp_path: Path) -> None:
    with nation(tmp_path, *people(30), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        agreement, out = agree(n), tmp_path / "release.vcf.gz"

        made = hand_over(n.house, OPERATOR, "vendor", out)

        shown = {
            (c.pos, c.ref, c.alt): c for c in open_region(n.house, Region("chr1", 0, 4000), page_size=1000).variants
        }
        with pysam.VariantFile(str(out)) as file:
            rows = list(file.fetch("chr1"))
            assert len(rows) == len(shown) == made.variants
            for row in rows:
                count = shown[row.pos, row.ref, row.alts[0]]
                assert row.info["EMBLA_STATUS"] == (count.status,)
                assert row.info.get("EMBLA_AC", (None,))[0] == count.ac
                assert row.info["EMBLA_AN"] == count.an
                assert row.info.get("EMBLA_NHOMALT", (None,))[0] == count.nhomalt
        header = gzip.decompress(out.read_bytes()).decode()
        for told in (
            "##embla_recipient=vendor",
            f"##embla_agreement={agreement}",
            f"##embla_copy={made.copy}",
            '"power": ',
        ):
            assert told in header
        with n.house.database.reading() as connection:
            event = events_of(connection, "release:2026.1")[-1]
        assert (event.kind, event.body["recipient"], event.body["sha256"]) == (
            "release-handed-over",
            "vendor",
            made.sha256,
        )
        # Everybody here carries a variant of their own, which the file lists: it gives each of them away, and says so.
        assert made.power.power > 0.9


def test_hand_over__bcf_holds_what_the_vcf_holds_and_the_strip_where_anybody_was_read(tmp_path: Path) -> None:
    hole = [("chr1", 1500, 1600)]
    someone = [Person(f"q{i}", holes=hole, calls=["chr1 1050 A G 0/1"]) for i in range(8)]
    with nation(tmp_path, *people(12), *someone, suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        agree(n)
        for name in ("r.vcf.gz", "r.bcf"):
            hand_over(n.house, OPERATOR, "vendor", tmp_path / name)
        release = Releases(n.house).get()

        rows = []
        for name in ("r.vcf.gz", "r.bcf"):
            with pysam.VariantFile(str(tmp_path / name)) as file:
                rows.append([(r.chrom, r.pos, r.ref, r.alts, dict(r.info)) for r in file.fetch("chr1")])
                assert file.header.contigs["chr1"].length == 248_956_422
                assert {"embla_policy", "embla_hidden_below"} <= {r.key for r in file.header.records}
        assert rows[0] == rows[1] != []
        with pysam.TabixFile(str(tmp_path / "r.read.bed.gz")) as strip:
            read = [tuple(line.split("\t")) for line in strip.fetch("chr1")]
        assert read == [("chr1", "1000", "3000")]
        for contig in ("chr1", "chrX", "chrY", "chrM"):
            file = release.files.contig(contig)
            plain = [(a, b) for a, b, an in file.runs(0, 0, file.length) if an]
            assert joined(plain) == list(file.read_stretches(0))


def joined(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The plain twin: neighbours put together."""
    out: list[tuple[int, int]] = []
    for start, end in stretches:
        if out and out[-1][1] == start:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def test_hand_over__needs_an_agreement_about_files_in_force(tmp_path: Path) -> None:
    with nation(tmp_path, *people(12), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        out = tmp_path / "release.vcf.gz"
        with pytest.raises(NotPermitted):
            hand_over(n.house, OPERATOR, "vendor", out)
        agree(n, flow="research")
        with pytest.raises(NotPermitted):
            hand_over(n.house, OPERATOR, "vendor", out)
        agreement = agree(n)
        hand_over(n.house, OPERATOR, "vendor", out)
        end_agreement(n.house, OPERATOR, agreement, on=DAY)
        with pytest.raises(NotPermitted):
            hand_over(n.house, OPERATOR, "vendor", tmp_path / "again.vcf.gz")
        assert not (tmp_path / "again.vcf.gz").exists()
        with pytest.raises(UsageError):
            hand_over(n.house, OPERATOR, "vendor", tmp_path / "release.txt")


def test_frequency_file__is_checked_offline_and_a_changed_one_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with nation(tmp_path, *people(12), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        agree(n)
        monkeypatch.setenv("EMBLA_HOME", str(n.house.home))
        out = tmp_path / "r.vcf.gz"

        assert cli.run(["frequency", "file", "--recipient", "vendor", "--release", "2026.1", "-o", str(out)]) == 0
        assert cli.run(["verify", f"{out}.json"]) == 0
        assert "as it was handed over" in capsys.readouterr().out
        out.write_bytes(out.read_bytes()[:-1] + b"x")
        assert cli.run(["verify", f"{out}.json"]) == 1


@pytest.mark.parametrize("name", ["r.vcf.gz", "r.vcf.gz.json", "r.read.bed.gz"])
def test_hand_over__writes_over_no_copy_nor_what_belongs_to_one(tmp_path: Path, name: str) -> None:
    with nation(tmp_path, *people(12), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        agree(n)
        (tmp_path / name).write_bytes(b"from before")

        with pytest.raises(NameTaken, match=re.escape(str(tmp_path / name))) as refused:
            hand_over(n.house, OPERATOR, "vendor", tmp_path / "r.vcf.gz")
        assert refused.value.mend
        assert [p.name for p in tmp_path.iterdir() if p.name.startswith((".r", "r."))] == [name]
        assert (tmp_path / name).read_bytes() == b"from before"
        (tmp_path / "GOE-DK-NGC-1.json").write_bytes(b"from before")
        with pytest.raises(NameTaken):
            hand_over_mininode(n.house, OPERATOR, "vendor", tmp_path / "GOE-DK-NGC-1")
        with n.house.database.reading() as connection:
            assert not [e for e in events_of(connection, "release:2026.1") if e.kind == "release-handed-over"]


def test_hand_over__the_strip_of_another_release_under_the_same_name_stays(tmp_path: Path) -> None:
    with nation(tmp_path, *people(12), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        agree(n)
        hand_over(n.house, OPERATOR, "vendor", tmp_path / "r.vcf.gz")
        n.add(Person("late", calls=["chr1 1050 A G 0/1"]))
        cut_release(n.house, OPERATOR)

        with pytest.raises(NameTaken, match=re.escape("r.read.bed.gz")):
            hand_over(n.house, OPERATOR, "vendor", tmp_path / "r.bcf")
        hand_over(n.house, OPERATOR, "vendor", tmp_path / "r.bcf", release="2026.1")


def full(*arguments: object, **more: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


STEPS = {
    "data": (handing, "write_sites"), "structural": (handing, "write_structural"), "strip": (handing, "write_strip"),
    "index": (pysam, "tabix_index"), "bcf": (pysam.bcftools, "view"), "mini-node": (handing, "write_mininode"),
    "manifest": (Path, "write_text"), "settle": (Together, "settle"), "log": (handing, "append_event"),
}  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
def test_hand_over__on_a_full_disk_leaves_nothing_logs_nothing_and_can_be_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with nation(tmp_path / "n", *people(12), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        agree(n)
        folder = tmp_path / "out"
        folder.mkdir()
        name = {"bcf": "r.bcf", "mini-node": "GOE-DK-NGC-1"}.get(step, "r.vcf.gz")

        def hand() -> None:
            if step == "mini-node":
                hand_over_mininode(n.house, OPERATOR, "vendor", folder / name)
            else:
                hand_over(n.house, OPERATOR, "vendor", folder / name, structural=step == "structural")

        with monkeypatch.context() as patch:
            patch.setattr(*STEPS[step], full)
            with pytest.raises(Unavailable) as failed:
                hand()
        assert str(folder / name.partition(".")[0]) in failed.value.message and failed.value.mend
        assert ".part" not in failed.value.message and not list(folder.iterdir())
        with n.house.database.reading() as connection:
            assert not [e for e in events_of(connection, "release:2026.1") if e.kind == "release-handed-over"]

        hand()

        monkeypatch.setenv("EMBLA_HOME", str(n.house.home))
        assert cli.run(["verify", str(folder / f"{name}.json")]) == 0


def test_hand_over__into_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with nation(tmp_path, *people(12), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        agree(n)
        for structural in (False, True):
            with pytest.raises(Unavailable, match="/proc/self/r.vcf.gz cannot be written"):
                hand_over(n.house, OPERATOR, "vendor", Path("/proc/self/r.vcf.gz"), structural=structural)
        with pytest.raises(Unavailable, match="/proc/self/r.vcf.gz cannot be written"):
            write_sites(Releases(n.house).get(), Path("/proc/self/r.vcf.gz"), ["#"], 5)


@pytest.mark.parametrize("left", [0, 1, 3, 4])
def test_hand_over__tells_nobody_that_a_few_left(tmp_path: Path, left: int) -> None:
    with nation(tmp_path, *people(30), suppress_below=5, step=4) as n:
        cut_release(n.house, OPERATOR)
        agree(n)
        if left:
            n.remove(*list(n.people)[:left])
        hand_over(n.house, OPERATOR, "vendor", tmp_path / "r.vcf.gz")

        header = gzip.decompress((tmp_path / "r.vcf.gz").read_bytes()).decode().splitlines()
        told = dict(line.removeprefix("##").split("=", 1) for line in header if line.startswith("##embla_"))
        manifest = parse_envelope((tmp_path / "r.vcf.gz.json").read_text()).says["power"]
        power = json.loads(told["embla_membership_power"])
        # Of four who left the number may be told: nobody is alone among them.
        of = 30 if left < 4 else 26
        assert (told["embla_people"], power["people"], manifest) == ("30", of, power)
        # No number of it is a share of any other number of people.
        assert power["power"] == round(round(power["power"] * of) / of, 4)
        assert [power["low"], power["high"]] == [round(one, 4) for one in wilson(round(power["power"] * of) / of, of)]


def test_membership_power__is_the_same_each_time(tmp_path: Path) -> None:
    with nation(tmp_path, *people(20), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        release = Releases(n.house).get()

        assert membership_power(n.house, release) == membership_power(n.house, release)


def test_membership_power__is_of_who_was_sequenced_again_too(tmp_path: Path) -> None:
    with nation(tmp_path, *people(20), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        before = membership_power(n.house, Releases(n.house).get())
        for key in ("p0", "p7", "p7"):
            n.correct(key)
        assert membership_power(n.house, Releases(n.house).get()) == before and before.people == 20
        n.remove("p1")
        assert membership_power(n.house, Releases(n.house).get()).people == 19


def cohort(seed: int, people: int, variants: int) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    af = rng.uniform(0.05, 0.5, variants)
    return rng, rng.binomial(2, af, (people, variants)).astype(np.int8), af


@pytest.mark.parametrize("variants,low,high", [(50, 0.04, 0.2), (20_000, 0.98, 1.0)])
def test_attack__is_near_chance_with_few_variants_and_certain_with_many(variants: int, low: float, high: float) -> None:
    """500 people: theory has a shift of sqrt(variants / people) standard deviations (Sankararaman 2009)."""
    rng, genotype, _ = cohort(1, 500, variants)
    attack = Attack(500, rng)

    for start in range(0, variants, 1000):
        block = genotype[:, start : start + 1000]
        attack.add(block, block.sum(axis=0), np.full(block.shape[1], 1000), np.zeros(block.shape[1], np.bool_))

    assert low <= attack.power().power <= high


def test_attack__agrees_with_one_that_has_real_outsiders() -> None:
    """The plain twin: the same test, run on as many people of the population who are not in the cohort."""
    rng, both, af = cohort(2, 2000, 2500)
    inside, outside = both[:1000], both[1000:]
    ac = inside.sum(axis=0)
    attack = Attack(1000, rng)
    attack.add(inside, ac, np.full(2500, 2000), np.zeros(2500, np.bool_))

    seen = ac / 2000
    scores = [
        g @ np.log(seen / af) + (2 - g) @ np.log((1 - seen) / (1 - af))
        for g in (inside.astype(float), outside.astype(float))
    ]
    plain = float((scores[0] > np.quantile(scores[1], 0.95)).mean())

    assert abs(attack.power().power - plain) < 0.12


def test_attack__a_private_variant_tells_its_carrier_by_being_listed() -> None:
    genotype = np.eye(100, dtype=np.int8)
    few = np.ones(100, np.bool_)
    attack, blind = Attack(100, np.random.default_rng(1)), Attack(100, np.random.default_rng(1), presence=False)
    for one in (attack, blind):
        one.add(genotype, genotype.sum(axis=0), np.full(100, 200), few)

    assert attack.power().power == 1.0
    assert blind.power().power <= 0.05


def test_wilson__holds_the_share_and_never_leaves_0_to_1() -> None:
    for n in (1, 20, 500):
        for k in range(n + 1):
            low, high = wilson(k / n, n)
            assert 0 <= low <= k / n + 1e-12 and k / n - 1e-12 <= high <= 1
