"""Genome equivalents and the counting sources (specs: domain, 21)."""

from pathlib import Path

import pytest

from embla.platform import OPERATOR, House, events_since
from embla.registry import Growth, genome_equivalent, reported
from embla.registry.model.equivalents import summed
from embla.submission import receive
from tests.submission.kinds import OTHER, nonhuman, tumour
from tests.support.laboratory import make_single


def test_equivalents__ten_germline_four_tumours_and_three_rna_are_25() -> None:
    germline = [genome_equivalent(material="dna", origin="germline", assay="genome", depth=30.0)] * 10
    tumours = [genome_equivalent(material="dna", origin="tumour", assay="genome", depth=90.0)] * 4
    rna = [genome_equivalent(material="rna", origin="tumour", assay="transcriptome", depth=None)] * 3

    assert sum(one.value or 0 for one in [*germline, *tumours, *rna]) == 25


@pytest.mark.parametrize(
    ("sample", "value", "why"),
    [
        (("dna", "germline", "genome", None), None, "the depth is unknown"),
        (("dna", "tumour", "genome", None), None, "the depth is unknown"),
        (("dna", "germline", "exome", 100.0), None, "no equivalent is set"),
        (("dna", "foetal", "genome", 30.0), 1, "30x"),
        (("dna", "germline", "genome", 45.0), 1, "45x"),
        (("dna", "tumour", "genome", 60.0), 2, "60x"),
        (("dna", "tumour", "genome", 89.9), 2, "89.9x"),
        (("dna", "tumour", "genome", 120.0), 3, "at most"),
        (("dna", "tumour", "genome", 5.0), 1, "5x"),
    ],
)
def test_equivalents__are_never_zero_and_say_why(
    sample: tuple[str, str, str, float | None], value: int | None, why: str
) -> None:
    material, origin, assay, depth = sample
    made = genome_equivalent(material=material, origin=origin, assay=assay, depth=depth)

    assert made.value == value and why in made.because


def test_sources__add_up_as_the_annual_reports_say() -> None:
    rows = [("clinical", 1, True)] * 18_449 + [("general", 1, True)] * 4_440 + [("research", 1, True)] * 1_008
    now = summed(rows)

    assert now.total == 23_897
    assert now.samples["clinical"] + now.samples["general"] == 22_889
    assert now.samples["general"] + now.samples["research"] == 5_448
    growth = Growth(9_778, now.total)
    assert growth.more == 14_119 and growth.percent is not None and round(growth.percent, 2) == 144.40
    assert Growth(0, 5).percent is None
    assert (1_175 + 1_630, 612 + 136, 5_338 + 4_440) == (2_805, 748, 9_778)


def test_reported__as_of_any_moment_equals_a_fold_over_the_log(tmp_path: Path, house_on_both: House) -> None:
    house = house_on_both
    receive(house, OPERATOR, make_single(tmp_path / "a", sample={"mean_depth": 30.0}))
    before = house.clock()
    receive(house, OPERATOR, tumour(tmp_path / "t", normal=True, rna=True, depth=90.0))
    receive(house, OPERATOR, nonhuman(tmp_path / "x"))
    correction = make_single(tmp_path / "b", "N2", [OTHER], key="N1-p", case={"id": "N1-case"}, type="correction",
                             corrects="N1", sample={"id": "N1-p-B", "assay": "exome"})  # fmt: skip
    receive(house, OPERATOR, correction)

    with house.database.reading() as connection:
        then, now = reported(connection, before), reported(connection, house.clock())
        events = [event for event in events_since(connection, 0) if event.kind == "equivalents-counted"]

    assert (then.total, then.equivalents) == (1, 1)
    living = {event.subject.partition(":")[2]: event.body for event in events}
    for body in [event.body for event in events]:
        living.pop(body["replaces"] or "", None)
    samples = [one for body in living.values() for one in body["samples"]]
    assert now.total == len(samples) == 4
    assert now.equivalents == sum(one["equivalents"] or 0 for one in samples) == 5
    assert now.not_computable == sum(one["equivalents"] is None for one in samples) == 1
    assert now.specimens == sum(body["specimens"] for body in living.values()) == 1
