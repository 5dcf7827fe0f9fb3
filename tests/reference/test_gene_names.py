"""A gene and a c., n. or p. name: an allele only where the transcripts that decide read it; the answer names them."""

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from embla.errors import BadInput
from embla.reference import Resources, demo_reference_paths, read_any, resolve
from embla.reference.protein import is_complete
from embla.reference.transcripts import Transcripts

# What NCBI and EMBL-EBI report on; the other transcripts of these genes are isoforms and fragments.
MANE = {
    "CSTB": "ENST00000291568", "JAM2": "ENST00000480456", "GABPA": "ENST00000400075", "MRPL39": "ENST00000352957",
    "ATP5J": "ENST00000284971",
}  # fmt: skip
FRAGMENT = "ENST00000460679.5"  # of JAM2: its coding sequence begins with the transcript, in another frame


@pytest.fixture(scope="module")
def loaded() -> Resources:
    paths = demo_reference_paths()
    return Resources.open(paths.fasta, paths.transcripts)


def tagged(loaded: Resources, tags: dict[str, str], **row: object) -> Resources:
    """The slice's transcripts with `tag` as cdot passes it on from GTF and GFF3; `row` goes to each."""
    rows = json.loads(gzip.decompress(demo_reference_paths().transcripts.read_bytes()))["transcripts"]
    for name, tag in tags.items():
        rows[name]["genome_builds"]["GRCh38"]["tag"] = tag
        rows[name] |= row
    return Resources(loaded.reference, Transcripts(rows))


def test_a_wrong_base__is_never_read_on_another_transcript_of_the_gene(loaded: Resources) -> None:
    assert loaded.reference is not None and loaded.transcripts is not None
    rng, read, tried = random.Random(5), [], 0
    for gene, name in MANE.items():
        model = next(one for one in loaded.transcripts.of_gene(gene) if one.id.startswith(name))
        assert model.cds is not None
        for number in range(1, model.cds[1] - model.cds[0] + 1, 3):
            place = model.genomic(str(number), "c")
            there = loaded.reference.fetch(model.contig, place, place + 1)
            there = there if model.strand > 0 else there.translate(str.maketrans("ACGT", "TGCA"))
            wrong = rng.choice([base for base in "ACGT" if base != there])
            text = f"{gene} c.{number}{wrong}>{rng.choice([base for base in 'ACGT' if base != wrong])}"
            tried += 1
            read += [text] if resolve(text, loaded).status == "resolved" else []

    assert (read, tried > 1_200) == ([], True)


def test_a_fragment__does_not_serve_its_gene_and_is_read_by_its_own_name(loaded: Resources) -> None:
    assert loaded.transcripts is not None
    fragment, whole = loaded.transcripts.find(FRAGMENT), loaded.transcripts.find("ENST00000480456.5")
    assert fragment is not None and whole is not None
    assert not is_complete(fragment, loaded.reference) and is_complete(whole, loaded.reference)

    for text in ("JAM2 c.4C>A", "JAM2 c.4C>A (p.Val99Met)", "NC_000021.9(JAM2):c.4C>A"):
        found = resolve(text, loaded)
        assert (found.status, found.candidates) == ("reference_mismatch", ()), text
        assert "The reference has G at chr21:25,639,825" in found.detail
    assert str(resolve(f"{FRAGMENT}:c.4C>A", loaded).variant) == "chr21-25689869-C-A"


def test_a_gene_whose_coding_sequences_are_all_cut__says_so(loaded: Resources) -> None:
    rows = json.loads(gzip.decompress(demo_reference_paths().transcripts.read_bytes()))["transcripts"]
    only = Resources(loaded.reference, Transcripts({FRAGMENT: rows[FRAGMENT]}))

    found = resolve("JAM2 c.4C>A", only)

    assert (found.status, found.reason, found.detail) == ("failed", "incomplete_cds", f"Loaded: {FRAGMENT}.")


@pytest.mark.parametrize(
    ("tag", "row"), [("basic,cds_start_NF,mRNA_start_NF", {}), ("cds_end_NF", {}), ("basic", {"partial": 1})]
)
def test_what_the_source_calls_cut__is_cut(loaded: Resources, tag: str, row: dict[str, int]) -> None:
    other = tagged(loaded, {"ENST00000291568.5": tag}, **row)

    assert resolve("CSTB c.121G>A", loaded).status == "resolved"
    assert resolve("CSTB c.121G>A", other).reason == "incomplete_cds"
    assert resolve("ENST00000291568.5:c.121G>A", other).status == "resolved"


def test_a_name_that_fits_only_some_transcripts__gives_the_alleles_with_their_transcripts(loaded: Resources) -> None:
    found = resolve("ATP5J c.4C>A", loaded)
    assert (found.status, found.reason) == ("ambiguous", "transcripts_disagree")
    assert list(map(str, found.candidates)) == ["chr21-25734952-G-T"]
    assert "chr21-25734952-G-T (ENST00000457143.6)" in found.detail
    assert "On ENST00000400099.5 it does not" in found.detail
    with pytest.raises(BadInput) as caught:
        read_any("ATP5J c.4C>A", loaded)
    assert caught.value.facts["reason"] == "choices" and "(ENST00000457143.6)" in caught.value.mend


@pytest.mark.parametrize("tag", ["MANE_Select,basic", "MANE Select"])
def test_the_mane_transcript__decides_what_no_other_contradicts(loaded: Resources, tag: str) -> None:
    text = "ATP5J c.4A>C"  # all but ENST00000457143.6, which has C there
    by_all, by_mane = resolve(text, loaded), resolve(text, tagged(loaded, {"ENST00000284971.7": tag}))

    assert (by_all.status, by_all.reason) == ("ambiguous", "transcripts_disagree")
    assert (by_mane.status, by_mane.variant) == ("resolved", by_all.candidates[0])
    assert by_mane.notes[0].startswith("Read on ENST00000284971.7, ") and by_mane.notes[0].endswith(" and 1 more.")
    # Where MANE has another base, a transcript that fits is still no answer.
    assert resolve("ATP5J c.4C>A", tagged(loaded, {"ENST00000284971.7": tag})).reason == "transcripts_disagree"
    # MANE Plus Clinical is a second transcript, and decides nothing.
    second = tagged(loaded, {"ENST00000284971.7": "MANE_Plus_Clinical"})
    assert resolve(text, second).reason == "transcripts_disagree"


def test_two_alleles__are_ambiguous_whatever_mane_says(loaded: Resources) -> None:
    found = resolve("ATP5J c.4del", tagged(loaded, {"ENST00000284971.7": "MANE_Select"}))

    assert (found.status, found.reason, len(found.candidates)) == ("ambiguous", "several_alleles", 2)


def test_an_answer_by_gene__names_its_transcripts(loaded: Resources) -> None:
    assert resolve("CSTB c.121G>A", loaded).notes == ("Read on ENST00000291568.5.",)
    assert resolve("CSTB p.Val41Met", loaded).notes == ("Read on ENST00000291568.5.",)
    assert read_any("CSTB c.121G>A", loaded).notes == ("Found by its name (c.).", "Read on ENST00000291568.5.")


def test_a_change_of_protein_by_gene__needs_every_transcript_that_decides(loaded: Resources) -> None:
    # Leu at 3 in most products of ATP5J, Cys in that of ENST00000457143.6: MHCDG.
    found = resolve("ATP5J p.Cys3Trp", loaded)

    assert (found.status, found.reason) == ("ambiguous", "transcripts_disagree")
    assert len(found.candidates) == 1 and "(ENST00000457143.6)" in found.detail
    assert resolve("ENST00000457143.6:p.Cys3Trp", loaded).variant == found.candidates[0]
    assert resolve("ATP5J p.Trp3Cys", loaded).reason == "amino_acid_mismatch"


def test_n_on_a_gene__needs_every_transcript(loaded: Resources) -> None:
    assert loaded.transcripts is not None and loaded.reference is not None
    fragment = loaded.transcripts.find(FRAGMENT)
    assert fragment is not None
    place = fragment.genomic("5", "n")
    there = loaded.reference.fetch("chr21", place, place + 1)

    found = resolve(f"JAM2 n.5{there}>{'A' if there != 'A' else 'C'}", loaded)

    assert found.status == "ambiguous" and len(found.candidates) >= 1


def test_a_p_name_that_cannot_be_compared__is_told(loaded: Resources) -> None:
    told = "The p. name beside it was not compared: what becomes of the protein is not known."

    assert told in resolve(f"{FRAGMENT}:c.4C>A (p.Val99Met)", loaded).notes
    assert told in resolve("ENST00000291568.5:c.67-1G>C (p.Val41Met)", loaded).notes
    assert told not in resolve("ENST00000291568.5:c.67-1G>C (p.?)", loaded).notes
    assert resolve("ENST00000291568.5:c.121G>A (p.Val41Met)", loaded).notes == ()


def test_a_gene_beside_its_chromosome__must_lie_there(loaded: Resources) -> None:
    told = "The gene or transcript beside it was not compared: it is not loaded."

    for text in ("chr21(CSTB):g.43774705C>T", "NC_000021.9(ENST00000291568.5):g.43774705C>T"):
        assert str(read_any(text, loaded)) == "chr21-43774705-C-T"
        assert resolve(text, loaded).notes == ()
    for text in ("chr21(MRPL39):g.43774705C>T", "NC_000021.9(ENST00000352957.8):g.43774705C>T"):
        assert resolve(text, loaded).reason == "names_disagree", text
        with pytest.raises(BadInput):
            read_any(text, loaded)
    for some in (loaded, replace(loaded, transcripts=None, known={}, named={})):
        assert resolve("chr21(BRCA1):g.43774705C>T", some).notes == (told,)
        assert told in read_any("chr21(BRCA1):g.43774705C>T", some).notes


def test_a_gene_of_another_chromosome__is_refused_beside_this_one(loaded: Resources) -> None:
    rows = json.loads(gzip.decompress(demo_reference_paths().transcripts.read_bytes()))["transcripts"]
    moved = json.loads(json.dumps(rows["ENST00000291568.5"])) | {"gene_name": "BRCA1"}
    moved["genome_builds"]["GRCh38"]["contig"] = "NC_000017.11"
    other = Resources(loaded.reference, Transcripts({**rows, "ENST00000357654.9": moved}))

    assert resolve("chr21(BRCA1):g.43774705C>T", other).reason == "names_disagree"


def test_a_mitochondrial_gene__must_lie_where_its_m_name_does(tmp_path: Path) -> None:
    fasta = tmp_path / "mt.fa"
    fasta.write_text(">chrM\n" + "ACGT" * 4_142 + "A\n")
    leu = {
        "id": "ENST00000386347.1", "gene_name": "MT-TL1", "genome_builds": {"GRCh38": {
            "contig": "NC_012920.1", "strand": "+", "exons": [[3229, 3304, 0, 1, 75, None]]}},
    }  # fmt: skip
    some = replace(Resources.open(fasta), transcripts=Transcripts({"ENST00000386347.1": leu}))
    told = "The gene or transcript beside it was not compared: it is not loaded."

    for text in ("MT-TL1:m.3243G>A", "MT-TL1 m.3243G>A"):
        assert str(read_any(text, some)) == "chrM-3243-G-A" and told not in read_any(text, some).notes
        assert resolve(text, some).notes == ()
    assert told in read_any("MT-ND1:m.3243G>A", some).notes and told in resolve("MT-ND1:m.3243G>A", some).notes
    for text in ("MT-TL1:m.3327G>A", "NC_012920.1(MT-TL1):m.3327G>A"):
        assert resolve(text, some).reason == "names_disagree"
        with pytest.raises(BadInput) as caught:
            read_any(text, some)
        assert caught.value.facts["reason"] == "names_disagree"


def test_a_silent_protein_name__is_told_with_the_changes_that_keep_the_amino_acid(loaded: Resources) -> None:
    found = resolve("CSTB p.Val41=", loaded)

    # CSTB lies on the minus strand; codon 41 is GTG at 43,774,703-705, and the other codons of Val end in A, C and T.
    assert [str(one) for one in found.candidates] == [f"chr21-43774703-C-{base}" for base in "AGT"]
    assert found.detail.startswith("The amino acid stays as it is")
