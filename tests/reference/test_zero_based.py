"""Tab-separated lines with a 0-based start, as BED and bcftools query have them: never read one base off."""

import random
from dataclasses import replace

import pytest

from embla.errors import BadInput
from embla.genome import Variant
from embla.reference import Reference, demo_reference_paths, parse


def test_a_line_with_a_0_based_start__is_never_read_as_vcf_one_base_off() -> None:
    """`bcftools query -f '%CHROM\\t%POS0\\t%END\\t%REF\\t%ALT'`: the end stands where VCF has an id."""
    reference = Reference.open(demo_reference_paths().fasta)
    rng, tried = random.Random(9), 0
    while tried < 400:
        pos = rng.randrange(25_000_000, 26_000_000)
        ref = reference.fetch("chr21", pos - 1, pos - 1 + rng.choice((1, 1, 2, 5)))
        if "N" in ref:
            continue
        tried += 1
        true = Variant("chr21", pos, ref, rng.choice([base for base in "ACGT" if base != ref[0]]))
        for line in (f"chr21\t{pos - 1}\t{pos - 1 + len(ref)}\t{ref}\t{true.alt}\t30\tPASS",
                     f"21 {pos - 1} {pos - 1 + len(ref)} {ref} {true.alt}"):  # fmt: skip
            with pytest.raises(BadInput) as caught:
                parse(line, reference)
            error = caught.value
            assert error.facts["reason"] == "choices" and true in error.facts["choices"]  # type: ignore[operator]
            assert str(replace(true, pos=pos - 1)) in error.mend and str(true) in error.mend
        # With a 1-based start, as ANNOVAR has them, or an id that is no such number, it is the same as VCF.
        for third in (str(pos + len(ref) - 1), "12345", f"rs{pos + len(ref)}", "."):
            read = parse(f"chr21\t{pos}\t{third}\t{ref}\t{true.alt}", reference)
            assert read == parse(str(true), reference)


@pytest.mark.parametrize("text", ["21\t25585732\t25585733\tC\tT,G", "21\t25585732\t25585733\tC\tT,<NON_REF>"])
def test_a_line_with_a_0_based_start_and_several_alleles__names_none_of_another_place(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text, None)

    assert caught.value.facts["choices"] == ()


def test_an_event_with_a_0_based_start__is_not_read_as_vcf() -> None:
    with pytest.raises(BadInput) as caught:
        parse("21\t25585732\t25587733\tC\t<DEL>", Reference.open(demo_reference_paths().fasta))

    assert list(map(str, caught.value.facts["choices"])) == ["chr21-25585733-C-<DEL>-25587733"]  # type: ignore[call-overload]
    assert str(parse("21\t25585733\t7\tC\t<DEL>\t.\t.\tEND=25587733")) == "chr21-25585733-C-<DEL>-25587733"
