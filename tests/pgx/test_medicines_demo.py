"""The demo's patient with drug genes: the passport says what was planted, and nothing of what small variants cannot."""

from pathlib import Path

from embla.demo.medicines import ALLELES, write_drug_genes
from embla.pgx import call_file, release


def test_drug_genes__of_the_demo_come_out_as_they_were_planted(tmp_path: Path) -> None:
    (told,) = call_file(write_drug_genes(tmp_path / "d.vcf", "D"), release(), list(release().genes.values()))

    for gene, alleles in ALLELES.items():
        call = told.calls[gene]
        assert (call.status, set(call.diplotypes[0])) == ("called", set(alleles)), gene
    assert told.calls["CYP2D6"].status == "refused"
