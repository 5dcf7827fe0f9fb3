"""Names of proteins by hand, transcripts with gaps, and VRS ids beside the library's."""

import random
from pathlib import Path
from typing import Any

import pytest

from embla.errors import BadInput
from embla.genome import Variant
from embla.reference import Reference, Resources, demo_reference_paths, normalise, resolve
from embla.reference.naming import spread
from embla.reference.protein import describe
from embla.reference.resolved import Unplaced
from embla.reference.transcripts import Transcripts
from embla.reference.vrs import SEQUENCES, vrs_id


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.open(demo_reference_paths().fasta)


# HGVS nomenclature 21.1, protein recommendations: the page's own cases, on made-up proteins.
@pytest.mark.parametrize(
    ("ref", "alt", "net", "name"),
    [
        ("MWAV*", "MCAV*", 0, "p.(Trp2Cys)"),
        ("MWAV*", "MWAV*", 0, "p.(Trp2=)"),
        ("MWAV*", "M*", 0, "p.(Trp2Ter)"),
        ("MWAV*", "LWAV*", 0, "p.(Met1?)"),
        ("MWAV*", "MAV*", -3, "p.(Trp2del)"),
        ("MWAV*", "MV*", -6, "p.(Trp2_Ala3del)"),
        ("MAAAV*", "MAAV*", -3, "p.(Ala4del)"),
        ("MWAV*", "MWAAV*", 3, "p.(Ala3dup)"),
        ("MWAV*", "MWAWAV*", 6, "p.(Trp2_Ala3dup)"),
        ("MWAV*", "MWKAV*", 3, "p.(Trp2_Ala3insLys)"),
        ("MWAV*", "MKLV*", 0, "p.(Trp2_Ala3delinsLysLeu)"),
        ("MWAV*", "MKLAV*", 3, "p.(Trp2delinsLysLeu)"),
        ("MWAVKL*", "MWGS*", -1, "p.(Ala3GlyfsTer3)"),
        ("MWAVKL*", "MWGSKK", 1, "p.(Ala3GlyfsTer?)"),
        ("MWAV*", "MWAVQKL*", 0, "p.(Ter5GlnextTer3)"),
        ("MWAV*", "MWAVQKL", 0, "p.(Ter5GlnextTer?)"),
        ("MWAVKL*", "MWG*", 6, "p.(Trp2_Ala3insGlyTer)"),
        ("MWAVKL*", "MK*", 0, "p.(Trp2_Ala3delinsLysTer)"),
        ("MXAV*", "MKAV*", 0, None),
    ],
)
def test_a_change_of_protein__is_named_as_hgvs_asks(ref: str, alt: str, net: int, name: str | None) -> None:
    assert describe(ref, alt, 0 if alt[0] != ref[0] else 1, net) == name


def _with_gaps() -> Transcripts:
    """Two transcripts of two exons, whose first exon has two bases more, and three fewer, than the genome."""

    def row(strand: str, exons: list[list[Any]]) -> dict[str, Any]:
        build = {"contig": "NC_000021.9", "strand": strand, "exons": exons}
        return {"gene_name": "MADEUP", "protein": None, "genome_builds": {"GRCh38": build}}

    return Transcripts(
        {
            "NM_1.1": row(
                "+", [[43_774_700, 43_774_800, 0, 1, 102, "M40 I2 M60"], [43_775_000, 43_775_100, 1, 103, 202, None]]
            ),
            "NM_2.1": row(
                "-", [[43_774_700, 43_774_800, 1, 101, 197, "M57 D3 M40"], [43_775_000, 43_775_100, 0, 1, 100, None]]
            ),
            "NM_3.1": row("+", [[43_774_700, 43_774_800, 0, 1, 95, "M40"]]),
        }
    )


def test_a_gap_between_transcript_and_genome__shifts_what_follows_and_refuses_what_is_beside_it(
    reference: Reference,
) -> None:
    loaded = Resources(reference, _with_gaps())
    for name, place in (("NM_1.1:n.10", 43_774_710), ("NM_1.1:n.60", 43_774_758), ("NM_2.1:n.110", 43_774_791)):
        model = loaded.transcripts and loaded.transcripts.find(name.split(":")[0])
        assert model
        assert model.genomic(name.split("n.")[1], "n") == place - 1, name
        assert model.written(model.position(place - 1)) == name.split("n.")[1]
    for text in ("NM_1.1:n.40del", "NM_1.1:n.41del", "NM_1.1:n.43del", "NM_3.1:n.10del"):
        assert resolve(text, loaded).reason == "alignment_gap", text
    found = resolve("chr21-43774740-G-A", loaded)
    if found.status == "reference_mismatch":
        base = reference.fetch("chr21", 43_774_739, 43_774_740)
        found = resolve(f"chr21-43774740-{base}-{'A' if base != 'A' else 'C'}", loaded)
    assert found.names is not None
    assert found.names.transcripts["NM_1.1"].reason == "alignment_gap"
    assert found.names.transcripts["NM_3.1"].reason == "alignment_gap"


def test_positions_in_introns__count_from_the_nearer_exon_and_from_the_one_before_in_the_middle() -> None:
    loaded = _with_gaps()
    model = loaded.find("NM_1.1")
    assert model is not None
    # bases 43,774,801 to 43,775,000 (1-based) are the intron: 200 bases
    assert model.written(model.position(43_774_800)) == "102+1"
    assert model.written(model.position(43_774_899)) == "102+100"
    assert model.written(model.position(43_774_900)) == "103-100"
    assert model.written(model.position(43_774_999)) == "103-1"
    with pytest.raises(Unplaced):
        model.position(43_774_699)
    with pytest.raises(Unplaced):
        model.position(43_775_100)


# Computed with ga4gh.vrs 2.3.3 (normalize, ga4gh_identify), on the same bases.
@pytest.mark.parametrize(
    ("variant", "name"),
    [
        ("chr21-43774279-GGA-G", "ga4gh:VA.qddM8TadNwQtvDs99BKuDoeL0Hmz-rfV"),
        ("chr21-43774760-C-G", "ga4gh:VA.Uv8SayWsBhEDrIIzft3Qzyo8M9dqbHD1"),
        ("chr21-43774705-C-T", "ga4gh:VA.S4zMKIRK-i6glKTuxHPkrR9gDJe6EKgo"),
    ],
)
def test_vrs_ids__are_those_of_the_library(reference: Reference, variant: str, name: str) -> None:
    assert resolve(variant, Resources(reference)).vrs_id == name


def test_vrs_ids__are_those_of_the_library_for_random_alleles(reference: Reference) -> None:
    models = pytest.importorskip("ga4gh.vrs.models", reason="ga4gh.vrs is not installed: pip install 'embla[clinical]'")
    from ga4gh.core import ga4gh_identify
    from ga4gh.vrs import normalize
    from ga4gh.vrs.dataproxy import _DataProxy

    class Bases(_DataProxy):  # type: ignore[misc]
        def get_sequence(self, identifier: str, start: int | None = None, end: int | None = None) -> str:
            return reference.fetch("chr21", start or 0, end or 0)

        def get_metadata(self, identifier: str) -> dict[str, Any]:
            return {"length": 46_709_983, "aliases": [f"ga4gh:{SEQUENCES['chr21']}"], "alphabet": "ACGT", "added": ""}

    rng, proxy = random.Random(11), Bases()
    for _ in range(150):
        start = rng.randrange(43_760_000, 43_890_000)
        there, size = reference.fetch("chr21", start, start + 8), rng.randrange(1, 7)
        new = "".join(rng.choice("ACGT") for _ in range(size))
        ref, alt = rng.choice(
            ((there[: size + 1], there[0]), (there[0], there[: size + 1]), (there[0], there[0] + new), (there[0], new))
        )
        if ref == alt or "N" in reference.fetch("chr21", start - 60, start + 60):
            continue
        variant = normalise(Variant("chr21", start + 1, ref, alt), reference).variant
        sequence = models.SequenceReference(refgetAccession=SEQUENCES["chr21"])
        location = models.SequenceLocation(sequenceReference=sequence, start=start, end=start + len(ref))
        allele = models.Allele(location=location, state=models.LiteralSequenceExpression(sequence=alt))

        assert vrs_id(variant, spread(variant, reference).slack) == ga4gh_identify(normalize(allele, proxy))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"transcripts": 3}', '{"transcripts": {"a": 1}}', "\x1f\x8b cut"])
def test_what_is_no_cdot__is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cdot.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadInput):
        Transcripts.open(path)


def test_rows_that_are_cut__are_as_if_not_there(reference: Reference) -> None:
    good = {"contig": "NC_000021.9", "strand": "-", "exons": [[43_774_700, 43_774_800, 0, 1, 100, None]]}
    bad: list[dict[str, Any]] = [
        good | {"strand": "?"}, good | {"contig": "NC_000021.8"}, good | {"exons": []}, good | {"exons": [[1, 2]]},
        good | {"exons": [[43_774_700, 43_774_800, 0, "1", 100, None]]}, good | {"exons": [[5, 5, 0, 1, 1, "Q3"]]},
    ]  # fmt: skip
    rows: dict[str, Any] = {f"NM_{n}.1": {"genome_builds": {"GRCh38": build}} for n, build in enumerate([good, *bad])}

    loaded = Resources(reference, Transcripts({**rows, "NM_9.1": {"genome_builds": {"GRCh37": good}}}))

    found = resolve("21-43774760-C-G", loaded)
    assert found.names is not None and list(found.names.transcripts) == ["NM_0.1"]
    assert resolve("NM_1.1:n.1del", loaded).reason == "transcript_not_loaded"
