"""Calls from outside in the forms that typers and callers write: what a doctor reads must not depend on the form."""

from pathlib import Path

import pytest

from embla.errors import BadInput
from embla.pgx import release
from embla.pgx.model.advice import Advice
from embla.pgx.model.calling import GeneCall
from embla.pgx.model.outside import outside_call
from embla.pgx.service import SampleCalls, read_outside, report


def brought(tmp_path: Path, text: str) -> dict[str, GeneCall]:
    table = tmp_path / "out.tsv"
    table.write_text(text + "\n")
    found = read_outside(table, release())
    return {name: outside_call(release(), name, given, None) for name, given in found.items()}


def said(tmp_path: Path, text: str, drug: str, source: str = "CPIC") -> list[Advice]:
    lines = report(SampleCalls("S1", release(), brought(tmp_path, text)))
    return [one for one in lines if one.drug == drug and one.guideline.source == source]


@pytest.mark.parametrize(
    "typing",
    ["*57:01/*07:02", "B*57:01/B*07:02", "HLA-B*57:01/HLA-B*07:02", "57:01/07:02", "*07:02/*57:01:01G",
     "*57:01P/*07:02", "*57:01", "*57:01 positive", "\t*57:01 positive", "\t*15:02 negative; *57:01 positive"],
)  # fmt: skip
def test_hla__in_every_form_speaks_against_abacavir(typing: str, tmp_path: Path) -> None:
    for source in ("CPIC", "DPWG"):
        (line,) = said(tmp_path, f"HLA-B\t{typing}", "abacavir", source)
        assert line.row is not None and line.row.acts and line.row.avoids, typing


@pytest.mark.parametrize("typing", ["*57/*07:02", "*07:02", "\t*58:01 negative", "\t*15:02 positive", "\tpositive"])
def test_hla__what_a_typing_leaves_open_is_not_negative(typing: str, tmp_path: Path) -> None:
    (line,) = said(tmp_path, f"HLA-B\t{typing}", "abacavir")

    assert line.status == "not_assessed" and line.reasons == ("HLA-B: the typing does not answer *57:01.",)


def test_hla__a_whole_typing_and_a_given_negative_are_negative(tmp_path: Path) -> None:
    for typing in ("*07:02/*08:01", "*07/*08", "*57:03/*07:02", "\t*57:01 negative"):
        (line,) = said(tmp_path, f"HLA-B\t{typing}", "abacavir")
        assert line.row is not None and not line.row.acts, typing


@pytest.mark.parametrize("typing", ["A*57:01/A*07:02", "*57:01/*07:02/*08:01", "DRB1*15:01/B*07:02", "yes"])
def test_hla__what_is_no_typing_of_the_gene_is_refused(typing: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no typing of HLA-B"):
        brought(tmp_path, f"HLA-B\t{typing}")


def test_cyp2d6__a_poor_metabolizer_is_one_however_that_is_given(tmp_path: Path) -> None:
    for text in ("*4/*4", "*4.013/*5", "\tPoor Metabolizer", "\tpoor metabolizer", "\t\t0", "\t\t0.00"):
        (line,) = said(tmp_path, f"CYP2D6\t{text}", "codeine")
        assert line.row is not None and line.row.avoids, text


def test_a_phenotype_alone_is_asked_with_each_score_that_it_may_have(tmp_path: Path) -> None:
    call = brought(tmp_path, "CYP2D6\t\tIntermediate Metabolizer")["CYP2D6"]

    assert call.status == "ambiguous"
    assert [one.score for one in call.phenotypes] == ["0.25", "0.5", "0.75", "1.0"]
    poor = said(tmp_path, "DPYD\t\tPoor Metabolizer", "capecitabine")
    assert len(poor) == 2 and all(one.row is not None and one.row.acts for one in poor)


def test_a_name_that_no_table_knows_says_nothing_of_a_drug(tmp_path: Path) -> None:
    for text in ("CYP2D6\t*1/*999", "CYP2D6\t*4N+*4/*1", "MT-RNR1\tm.9999A>G"):
        gene, drug = text.split("\t")[0], "codeine" if text.startswith("CYP2D6") else "gentamicin"
        assert brought(tmp_path, text)[gene].status == "refused"
        (line,) = said(tmp_path, text, drug)
        assert line.status == "not_assessed" and "The tables know no" in line.reasons[0]


def test_mt_rnr1__is_known_with_and_without_its_m(tmp_path: Path) -> None:
    for name in ("m.1555A>G", "1555A>G"):
        (line,) = said(tmp_path, f"MT-RNR1\t{name}", "gentamicin")
        assert line.row is not None and line.row.avoids, name


@pytest.mark.parametrize("text", ["CYP2D6\t\tPM", "CYP2D6\t\t\tlow", "TPMT\t\tslow"])
def test_a_phenotype_or_score_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        brought(tmp_path, text)
