"""Consequences for a server: those of bcftools csq over whole files; what is not known is said."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from embla.genome import Variant
from embla.reference import Consequence, Effect, Effects, Genes, Reference
from embla.reference import effects as effects_module
from embla.reference.beside import Beside
from embla.reference.cli import app
from embla.reference.effects import LONGEST
from tests.reference.effects.askers import DELETION, PATHS, SPLICE, drawn
from tests.support.csq import whole_csq, with_parents_apart

DATA = Path(__file__).parents[2] / "data"


def told(found: tuple[Consequence, ...], *, bare: bool = False) -> list[tuple[str, ...]]:
    return sorted(
        (one.transcript.split(".")[0] if bare else one.transcript, one.kind, one.biotype, one.strand, one.amino_acids)
        for one in found
    )


def test_effects__of_alleles_drawn_by_chance_are_those_of_csq_over_the_whole_files(
    loaded: Effects, tmp_path: Path
) -> None:
    reference, genes = Reference.open(PATHS.fasta), Genes.open(PATHS.genes)
    variants = drawn(400, reference, genes)

    found = loaded.of(variants)

    truth = whole_csq(variants, reference, with_parents_apart(PATHS.genes, tmp_path), tmp_path)
    assert [told(found[one].consequences, bare=True) for one in truth] == [
        # What csq writes in full of a long protein is cut here.
        sorted((*rest, acids if len(acids) <= 200 else acids[:200] + "...") for *rest, acids in told(each))
        for each in truth.values()
    ]
    kinds = {kind for one in found.values() for each in one.consequences for kind in each.kind.split("&")}
    assert {"missense", "frameshift", "splice_region", "intron", "non_coding", "5_prime_utr"} <= kinds


def test_effects__of_the_132_sites_are_the_published_ones(loaded: Effects) -> None:
    rows = list(csv.DictReader((DATA / "hgvs" / "chr21_132sites_csq_and_hgvs.tsv").open(), delimiter="\t"))
    variants = [Variant(f"chr{row['chrom']}", int(row["pos"]), row["ref"], row["alt"]) for row in rows]

    found, genes = loaded.of(variants), Genes.open(PATHS.genes)

    for row, variant in zip(rows, variants, strict=True):
        mine = {one.transcript.split(".")[0]: one for one in found[variant].consequences}
        one = mine[row["transcript"].split(".")[0]]
        gene = genes.by_name(row["gene"])  # the table has the symbols of its day
        assert gene is not None
        assert (one.kind, one.amino_acids, one.gene) == (row["csq"], row["bcftools_aa"], gene.symbol)


def test_effects__near_a_gene_that_csq_passes_over_are_none_alone_as_beside_others(beside: Beside) -> None:
    reference, genes = Reference.open(PATHS.fasta), Genes.open(PATHS.genes)
    lone = Variant("chr21", 25_371_935, "T", "TCAGAGTA")
    assert [gene.biotype for gene in genes.overlapping(lone.region)] == ["TEC"]

    alone = Effects(reference, genes, beside).of([lone])

    assert alone == {lone: Effect()} == {lone: Effects(reference, genes, beside).of([lone, SPLICE])[lone]}


def test_effects__carry_the_version_of_the_gene_models(loaded: Effects) -> None:
    (one,) = [each for each in loaded.of([DELETION])[DELETION].consequences if each.kind == "frameshift"]

    assert one.transcript == "ENST00000291568.5"


def test_effects__asked_out_of_order_and_again_are_the_same(loaded: Effects) -> None:
    """csq itself remembers where the last file ended and refuses one that begins before."""
    early, late = Variant("chr21", 25_592_904, "G", "C"), SPLICE

    first = [loaded.of([late])[late], loaded.of([early])[early]]

    fresh = Effects(loaded._reference, loaded._genes, loaded._beside)
    assert [fresh.of([early, late])[one] for one in (late, early)] == first


@pytest.mark.parametrize(
    ("variant", "reason"),
    [
        (Variant("chr21", 43_774_279, "TGA", "T"), "reference_not_loaded"),  # another base stands there
        (Variant("chr21", 100, "A", "C"), "reference_not_loaded"),  # N
        (Variant("chr1", 1_000_000, "A", "C"), "reference_not_loaded"),  # no such contig here
        (Variant("chr21", 43_774_279, "G", "G" + "A" * LONGEST), "too_long"),
    ],
)
def test_effects__that_cannot_be_known_say_why(loaded: Effects, variant: Variant, reason: str) -> None:
    assert loaded.of([variant])[variant] == Effect(reason=reason)


def test_effects__without_gene_models_or_reference_say_so(beside: Beside) -> None:
    reference, genes = Reference.open(PATHS.fasta), Genes.open(PATHS.genes)

    assert Effects(reference, None, beside).of([SPLICE])[SPLICE].reason == "genes_not_loaded"
    assert Effects(None, genes, beside).of([SPLICE])[SPLICE].reason == "reference_not_loaded"


def test_effects__of_genes_too_wide_together_are_asked_apart(loaded: Effects, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [Variant("chr21", 25_592_904, "G", "C"), SPLICE]
    whole = loaded.of(both)
    monkeypatch.setattr(effects_module, "WIDEST", 50_000)

    apart = Effects(loaded._reference, loaded._genes, loaded._beside)

    assert apart.of(both) == whole
    monkeypatch.setattr(effects_module, "WIDEST", 5_000)
    again = Effects(loaded._reference, loaded._genes, loaded._beside).of(both)
    assert [again[one].reason for one in both] == ["too_long", ""]


def test_the_command__tells_consequences_where_genes_are_given() -> None:
    names = ["ENST00000291568.5:c.67-1G>C", "nonsense", "21-25592904-G-C", "21-100-A-C"]
    run = CliRunner().invoke(app, ["resolve", *names, "--gff", str(PATHS.genes), "--json"])

    first, second, third, last = (json.loads(line) for line in run.stdout.splitlines())
    assert "splice_acceptor" in {one["kind"] for one in first["consequences"]}
    assert second["consequences"] == [] and run.exit_code == 0
    assert {one["kind"] for one in third["consequences"]} == {"missense"}
    assert (last["status"], last["consequences"]) == ("failed", [])
