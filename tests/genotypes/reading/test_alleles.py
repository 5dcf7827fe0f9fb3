"""Alleles: the kernels' normal form is the reference room's; long alleles and many alleles keep their texts."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import BadInput
from embla.genome import GRCH38, Variant
from embla.genotypes import Policy
from embla.genotypes.model import keys
from embla.genotypes.reading import window
from embla.reference import Reference, normalise
from tests.support.plain_reader import plain_packs

from .conftest import read, vcf
from .same import assert_same_pack

Write = Callable[..., Path]
CALL = "PASS . GT:DP:GQ 0/1:30:60"


def alleles(path: Path, reference: Reference | None) -> list[tuple[int, str, str]]:
    found = []
    for contig in read(path, reference)[0].pack.contigs.values():
        for key in contig.key.tolist():
            pair = contig.long_alleles[key] if keys.is_hashed(key) else keys.key_alleles(key)
            found.append((keys.key_pos(key), *pair))
    return found


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_normal_form__is_that_of_the_reference_room(
    seed: int, repeated: tuple[Reference, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rng = random.Random(seed)
    reference, bases = repeated
    lines, wanted = [], []
    for pos in sorted(rng.sample(range(1, 2900), 12)):
        ref = bases["chr1"][pos - 1 : pos - 1 + rng.choice((1, 2, 3, 8, 40))]
        alt = rng.choice(
            (
                ref[0],
                ref + ref,
                ref + ref[-1],
                ref[: len(ref) // 2 + 1],
                ref[0] + ref,
                ref[:1] + rng.choice("ACGT"),
                "".join(rng.choice("ACGT") for _ in ref),
                ref[::-1],
            )
        )
        if alt != ref:
            lines.append(f"chr1 {pos} {ref} {alt} PASS . GT:DP:GQ 0/1:30:60")
            form = normalise(Variant("chr1", pos, ref, alt), reference).variant
            wanted.append((form.pos, form.ref, form.alt))
    path = tmp_path_factory.mktemp("form") / "x.vcf"
    for line, form in zip(lines, wanted, strict=True):
        path.write_text(vcf([line]))

        assert [found for found in alleles(path, reference) if found == form] == [form], line


@pytest.mark.parametrize("step", [1, 64, 1 << 17])
def test_a_shift_through_a_long_repeat__goes_all_the_way_whatever_the_window(
    step: int, tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    fasta = tmp_path / "long.fa"
    fasta.write_text(">chr1\n" + "G" * 5000 + "T" + "CA" * 20_000 + "G" * 100 + "\n")
    monkeypatch.setattr(window, "_AHEAD", step)
    monkeypatch.setattr(window, "_STEP", step)
    monkeypatch.setattr(window, "_BEHIND", 1)

    path = write(vcf([f"chr1 {5001 + 40_000 - 2} ACA A {CALL}", f"chr1 45001 A ACA {CALL}", f"chr1 45002 GG G {CALL}"]))

    assert alleles(path, Reference.open(fasta, any_length=True)) == [
        (5001, "T", "TCA"),
        (5001, "TCA", "T"),
        (45_001, "AG", "A"),
    ]


def test_without_a_reference__alleles_are_trimmed_and_every_call_is_unchecked(write: Write) -> None:
    path = write(vcf([f"chr1 1000 CAAG CAG {CALL}", f"chr1 1010 ACGT ACTT {CALL}"]))

    assert alleles(path, None) == [(1000, "CA", "C"), (1012, "G", "T")]
    assert "2 calls are unchecked" in " ".join(read(path)[0].report.lines())


def test_unknown_bases__are_unchecked_and_never_a_mismatch(tmp_path: Path, write: Write) -> None:
    fasta = tmp_path / "n.fa"
    fasta.write_text(">chr1\nNNNNNACGTRACGT\n")
    reference = Reference.open(fasta, any_length=True)
    path = write(
        vcf(
            [
                f"chr1 3 A G {CALL}",
                f"chr1 6 a g {CALL}",
                f"chr1 10 A G {CALL}",
                f"chr1 11 N G {CALL}",
                f"chr1 20 C G {CALL}",
                f"chr2 3 A G {CALL}",
            ]
        )
    )

    report = read(path, reference)[0].report

    assert report.calls == 6 and report.unchecked == 5


def test_a_ref_that_is_not_the_references__says_what_is_there(tmp_path: Path, write: Write) -> None:
    fasta = tmp_path / "t.fa"
    fasta.write_text(">chr1\n" + "ACGT" * 500 + "\n")
    reference = Reference.open(fasta, any_length=True)

    with pytest.raises(BadInput) as caught:
        read(write(vcf([f"chr1 100 T G {CALL}", f"chr1 205 C G {CALL}"])), reference)

    assert (caught.value.line, caught.value.place) == (5, "chr1:205")
    assert "'C'" in str(caught.value) and "'A'" in str(caught.value) and "37 file" not in str(caught.value)
    with pytest.raises(BadInput, match="may be a GRCh37 file"):
        read(write(vcf([f"chr1 {100 + i} {'CGTA'[i % 4]} N . . GT 0/0" for i in range(40)])), reference)


def test_two_long_alleles_of_one_hash__keep_their_own_texts(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "allele_digest", lambda text: bytes(7) + b"\x05")
    long = ["A" + letter * 20 for letter in "CGT"]
    path = write(
        vcf(
            [
                f"chr1 1000 A {long[2]} {CALL}",
                f"chr1 1000 A {long[0]},{long[1]} PASS . GT:DP:GQ 1/2:30:60",
                f"chr1 1001 C {long[0]} {CALL}",
            ],
            samples=("S",),
        )
    )
    one = read(path)[0]

    (slow,) = plain_packs([one.spec], assembly=GRCH38, reference=None, policy=Policy())

    assert_same_pack(one.pack, slow.pack)
    assert sorted(one.pack.contigs["chr1"].long_alleles.values()) == [*(("A", text) for text in long), ("C", long[0])]


def test_salts__do_not_depend_on_the_others_in_a_joint_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "allele_digest", lambda text: bytes(7) + b"\x05")
    first, second = "A" + "T" * 20, "A" + "C" * 20
    joint = write(
        vcf(
            [
                f"chr1 1000 A {first} PASS . GT:DP:GQ 0/1:30:60 0/0:30:60",
                f"chr1 1000 A {second} PASS . GT:DP:GQ 0/0:30:60 0/1:30:60",
            ],
            samples=("P", "Q"),
        ),
        "joint.vcf",
    )

    packs = {found.spec.name: found.pack for found in read(joint)}

    for name, text in (("P", first), ("Q", second)):
        alone = write(vcf([f"chr1 1000 A {text} PASS . GT:DP:GQ 0/1:30:60"], samples=(name,)), "alone.vcf")
        assert packs[name].contigs["chr1"].key.tolist() == read(alone)[0].pack.contigs["chr1"].key.tolist()


def test_many_alts__are_all_keys_and_allele_numbers_above_127_are_given_back_renumbered(write: Write) -> None:
    alts = ["A" + "ACGT"[i % 4] + "ACGT"[i // 4 % 4] + "ACGT"[i // 16 % 4] + "ACGT"[i // 64] for i in range(200)]
    depths = ",".join(str(i) for i in range(201))
    path = write(vcf([f"chr1 1000 A {','.join(alts)} PASS . GT:DP:GQ:AD 60/150:30:60:{depths}"]))

    contig = read(path)[0].pack.contigs["chr1"]

    assert len(contig.key) == 2 and sorted(contig.long_alleles.values()) == []
    assert contig.records.text == f"A\t{alts[59]},{alts[149]}".encode()
    assert contig.records.gt.tolist() == [[1, 2]] and contig.records.ad.tolist() == [0, 60, 150]


def test_more_alts_than_can_be_meant__are_refused(write: Write) -> None:
    alts = ",".join(f"A{'C' * i}" for i in range(1, 4200))

    with pytest.raises(BadInput, match="more than 4,095"):
        read(write(vcf([f"chr1 1000 A {alts} {CALL}"])))
