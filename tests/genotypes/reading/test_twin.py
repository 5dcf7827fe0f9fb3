"""The fast reader equals the plain one: on messy files, in buffers of any size, on files with bytes changed."""

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import BadInput
from embla.genome import GRCH38
from embla.genotypes import Policy
from embla.genotypes.reading import ReadPack, SampleSpec, buffers, file, read_packs, window
from embla.reference import Reference
from tests.genotypes.reading import messy
from tests.genotypes.reading.same import assert_same
from tests.support.packs import check_pack
from tests.support.plain_reader import plain_packs

Bases = tuple[Reference, dict[str, str]]
POLICIES = (
    Policy(), Policy(), Policy(spanning_deletion_in_an=False), Policy(mnp_components=False), Policy(min_dp=20),
    Policy(version=1), Policy(version=2),
)  # fmt: skip
LETTERS = b"0123456789:;,./|ACGTN<>*[]=.%ADEFxyz\x00\xff-+\t\n\r"


def outcome(
    reader: object, specs: list[SampleSpec], reference: Reference | None, policy: Policy
) -> list[ReadPack] | BadInput:
    try:
        return list(reader(specs, assembly=GRCH38, reference=reference, policy=policy))  # type: ignore[operator]
    except BadInput as refused:
        return refused


def compare(specs: list[SampleSpec], reference: Reference | None, policy: Policy) -> bool:
    """True when both readers took the file, and equal; False when both refused the same line of it."""
    fast = outcome(read_packs, specs, reference, policy)
    slow = outcome(plain_packs, specs, reference, policy)
    if isinstance(fast, BadInput) or isinstance(slow, BadInput):
        assert isinstance(fast, BadInput) and isinstance(slow, BadInput), (str(fast), str(slow))
        assert (fast.path, fast.line) == (slow.path, slow.line), (str(fast), str(slow))
        return False
    assert len(fast) == len(slow)
    for one, two in zip(fast, slow, strict=True):
        assert_same(one, two)
        check_pack(one.pack, policy.digest())
    return True


def trial(seed: int, repeated: Bases, folder: Path, *, change: bool = False) -> bool:
    rng = random.Random(seed)
    reference, bases = repeated if rng.random() < 0.6 else (None, {})
    maker = messy.Messy(rng, bases, samples=rng.choice((1, 1, 2, 5)))
    text = maker.text(12 if change else 30)
    if change:
        path = folder / "x.vcf"
        path.write_bytes(changed(text.encode(), rng))
    else:
        path = messy.write(folder / "x.vcf", text, rng)
    bed = folder / "kit.bed"
    bed.write_text("track name=kit\nchr1\t10\t200\n1\t150\t300\nchrM\t0\t300\nchrX\t9990\t10020\n")
    return compare(messy.specs(rng, path, maker.samples, bed), reference, rng.choice(POLICIES))


def changed(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, lost, doubled or in another place; mostly after the header."""
    text = bytearray(data)
    first = text.index(b"#CHROM") + 40 if rng.random() < 0.9 else 0
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randint(min(first, len(text) - 1), len(text) - 1)
        kind = rng.random()
        if kind < 0.4:
            text[at] = rng.choice(LETTERS)
        elif kind < 0.5:
            text[at] ^= 1 << rng.randint(0, 7)
        elif kind < 0.65:
            del text[at : at + rng.choice((1, 1, 2, 5, 30))]
        elif kind < 0.8:
            text[at:at] = bytes(rng.choice(LETTERS) for _ in range(rng.randint(1, 4)))
        elif kind < 0.9:
            text[at:at] = text[at : at + rng.randint(1, 60)]
        else:
            del text[at:]
        if not text:
            break
    return bytes(text)


@settings(max_examples=120)
@given(seed=st.integers(0, 2**32))
def test_messy_files__are_read_alike(seed: int, repeated: Bases) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert trial(seed, repeated, Path(folder))


@settings(max_examples=250)
@given(seed=st.integers(0, 2**32))
def test_changed_bytes__are_refused_at_one_line_or_read_alike(seed: int, repeated: Bases) -> None:
    with tempfile.TemporaryDirectory() as folder:
        trial(seed, repeated, Path(folder), change=True)


@pytest.mark.parametrize("size", [1, 40, 700])
def test_tiny_buffers__change_nothing(
    size: int, repeated: Bases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "_BUFFER", size)
    for name in ("_ROWS", "_BYTES"):
        monkeypatch.setattr(buffers, name, size)
    monkeypatch.setattr(window, "_AHEAD", size)
    monkeypatch.setattr(window, "_STEP", max(size // 2, 1))
    monkeypatch.setattr(window, "_BEHIND", 1)

    for seed in range(25):
        assert trial(seed, repeated, tmp_path)


def test_passes_over_a_joint_file__give_what_one_pass_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(5)
    maker = messy.Messy(rng, samples=9)
    path = messy.write(tmp_path / "joint.vcf", maker.text(60), rng)
    specs = messy.specs(rng, path, maker.samples)
    passes: list[int] = []
    run = file._Pass.run
    monkeypatch.setattr(file._Pass, "run", lambda self: passes.append(len(self.specs)) or run(self))

    monkeypatch.setattr(file, "_BUFFER", 500)
    monkeypatch.setattr(file, "_MEMORY", 1)

    assert compare(specs, None, Policy())
    assert passes[-1] == 1 and len(passes) > len(specs)
