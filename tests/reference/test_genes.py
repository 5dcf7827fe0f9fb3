"""Gene models: names, aliases, places, and files that are not what they say."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import BadInput, NotFound
from embla.genome import GRCH38, Region
from embla.reference import Gene, Genes, Transcript, demo_reference_paths


@pytest.fixture(scope="module")
def genes() -> Genes:
    return Genes.open(demo_reference_paths().genes)


def by_name(genes: Genes, name: str) -> Gene:
    found = genes.by_name(name)
    assert found is not None
    return found


def gff(folder: Path, *lines: str, name: str = "x.gff3") -> Path:
    path = folder / name
    path.write_text("##gff-version 3\n" + "".join("\t".join(line.split(" ", 8)) + "\n" for line in lines))
    return path


def make_gene(symbol: str, start: int = 0, end: int = 100, contig: str = "chr1", **other: object) -> Gene:
    facts = {
        "id": f"ENSG_{symbol}_{start}",
        "biotype": "",
        "description": "",
        "hgnc": "",
        "aliases": (),
        "transcripts": (),
    }
    return Gene(symbol=symbol, contig=contig, start=start, end=end, strand="+", **{**facts, **other})  # type: ignore[arg-type]


def test_slice__has_its_genes_in_genome_order(genes: Genes) -> None:
    assert len(genes) == 29
    starts = [gene.start for gene in genes]
    assert starts == sorted(starts)
    coding = [gene.symbol for gene in genes if gene.biotype == "protein_coding"]
    assert coding == ["MRPL39", "JAM2", "ATP5PF", "GABPA", "APP", "CSTB"]
    assert {gene.contig for gene in genes} == {"chr21"}


def test_gene__has_the_published_model_of_cstb(genes: Genes) -> None:
    # CSTB, ENST00000291568 (MANE Select, NM_000100): 3 exons, 98 amino acids, minus strand
    gene = by_name(genes, "CSTB")
    transcript = gene.main_transcript

    assert transcript is not None
    assert (gene.id, gene.hgnc, gene.strand, gene.description) == ("ENSG00000160213", "HGNC:2482", "-", "cystatin B")
    assert gene.region == Region("chr21", 43_772_511, 43_776_445)
    assert transcript.id == "ENST00000291568" and transcript.is_mane_select
    assert len(transcript.exons) == 3
    assert sum(end - start for start, end in transcript.cds) == 3 * (98 + 1)


def test_main_transcript__of_every_coding_gene_is_its_mane_select(genes: Genes) -> None:
    # MANE v1.5
    select = {
        "APP": "ENST00000346798", "ATP5PF": "ENST00000284971", "CSTB": "ENST00000291568", "GABPA": "ENST00000400075",
        "JAM2": "ENST00000480456", "MRPL39": "ENST00000352957",
    }  # fmt: skip
    main = {symbol: by_name(genes, symbol).main_transcript for symbol in select}

    assert {symbol: transcript and transcript.id for symbol, transcript in main.items()} == select


def test_transcripts__lie_in_their_gene_and_cds_in_exons(genes: Genes) -> None:
    for gene in genes:
        assert 0 <= gene.start < gene.end <= GRCH38.contig(gene.contig).length
        for transcript in gene.transcripts:
            assert gene.start <= transcript.start < transcript.end <= gene.end
            assert list(transcript.exons) == sorted(transcript.exons)
            assert all(transcript.start <= start < end <= transcript.end for start, end in transcript.exons)
            assert all(any(s <= start and end <= e for s, e in transcript.exons) for start, end in transcript.cds)


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("ATP5J", "ATP5PF"), ("ATP5PF", "ATP5PF"), ("atp5j", "ATP5PF"), (" cstb ", "CSTB"), ("EPM1", "CSTB"),
        ("STFB", "CSTB"),
        ("ENSG00000160213", "CSTB"), ("ensg00000160213.12", "CSTB"), ("ENST00000291568", "CSTB"),
        ("ENST00000291568.7", "CSTB"),
        ("HGNC:2482", "CSTB"), ("AD1", "APP"), ("AP000235.2", "AP000235.2"), ("JAM-B", "JAM2"), ("BIC", "MIR155HG"),
    ],
)  # fmt: skip
def test_by_name__finds_symbols_aliases_and_ids_in_any_case(genes: Genes, name: str, symbol: str) -> None:
    assert by_name(genes, name).symbol == symbol


@pytest.mark.parametrize("name", ["", " ", ".", "BRCA1", "ENSG", "CST", "x" * 10_000, "\x00", "%"])
def test_by_name__of_nothing_known_is_none(genes: Genes, name: str) -> None:
    assert genes.by_name(name) is None


def test_by_name__keeps_the_former_symbol_as_alias(genes: Genes) -> None:
    gene = by_name(genes, "ATP5J")

    assert gene.symbol == "ATP5PF"
    assert "ATP5J" in gene.aliases


def test_by_name__never_picks_one_of_several() -> None:
    genes = Genes(
        [make_gene("A1", aliases=("SAME",)), make_gene("B1", 200, 300, aliases=("SAME",)), make_gene("SOLE", 400, 500)]
    )

    with pytest.raises(BadInput, match="2 genes go by this name: A1 .*, B1 ") as caught:
        genes.by_name("same")

    assert len(caught.value.facts["choices"]) == 2  # type: ignore[arg-type]
    assert genes.find("same") == genes.all[:2]


def test_by_name__of_a_name_that_thousands_share_stays_short() -> None:
    genes = Genes([make_gene("Y_RNA", n * 200, n * 200 + 100) for n in range(1000)])

    with pytest.raises(BadInput, match="1,000 genes go by this name.* and 995 more") as caught:
        genes.by_name("Y_RNA")
    assert len(str(caught.value)) < 400


def test_by_name__prefers_a_symbol_to_another_genes_alias() -> None:
    genes = Genes([make_gene("CAP", aliases=()), make_gene("BRCC3", 200, 300, aliases=("CAP",))])

    assert by_name(genes, "cap").symbol == "CAP"


def test_search__ranks_symbols_before_aliases_and_short_before_long(genes: Genes) -> None:
    assert [gene.symbol for gene in genes.search("AP")][:2] == ["APP", "AP000146.2"]
    assert [gene.symbol for gene in genes.search("atp5j")] == ["ATP5PF"]
    assert [gene.symbol for gene in genes.search("EPM")] == ["CSTB"]
    assert genes.search("ENSG00000160213")[0].symbol == "CSTB"
    assert genes.search("") == genes.search("  ") == genes.search("zzz") == ()
    assert len(genes.search("A", limit=3)) == 3


@given(st.text(max_size=12))
def test_search__takes_any_text(genes: Genes, prefix: str) -> None:
    assert len(genes.search(prefix)) <= 10


@given(st.integers(24_800_000, 43_800_000), st.integers(1, 2_000_000))
def test_overlapping__equals_a_look_at_every_gene(genes: Genes, start: int, length: int) -> None:
    region = Region("chr21", start, start + length)

    assert genes.overlapping(region) == tuple(gene for gene in genes if gene.region.overlaps(region))


def test_overlapping__counts_a_shared_base_only() -> None:
    genes = Genes([make_gene("A", 100, 200), make_gene("B", 100, 200, contig="chr2")])

    assert [gene.symbol for gene in genes.overlapping(Region("chr1", 199, 300))] == ["A"]
    assert genes.overlapping(Region("chr1", 200, 300)) == ()
    assert genes.overlapping(Region("chr1", 0, 100)) == ()


def test_main_transcript__falls_back_to_canonical_then_longest() -> None:
    def transcript(name: str, cds: int, *tags: str) -> Transcript:
        return Transcript(name, 0, 100, "+", "", tags, ((0, 100),), ((0, cds),))

    short, long, canonical = transcript("a", 30), transcript("b", 60), transcript("c", 3, "Ensembl_canonical")

    assert make_gene("X", transcripts=(short, long)).main_transcript == long
    assert make_gene("X", transcripts=(short, long, canonical)).main_transcript == canonical
    assert make_gene("X").main_transcript is None


def test_open__reads_plain_and_gzipped_alike(tmp_path: Path, genes: Genes) -> None:
    plain = tmp_path / "x.gff3"
    plain.write_bytes(gzip.decompress(demo_reference_paths().genes.read_bytes()))

    assert Genes.open(plain).all == genes.all


def test_open__reads_gencode(tmp_path: Path) -> None:
    path = gff(
        tmp_path,
        "chr1 HAVANA gene 101 900 . + . ID=ENSG1.4;gene_id=ENSG1.4"
        ";gene_type=protein_coding;gene_name=ABC;hgnc_id=HGNC:7",
        "chr1 HAVANA transcript 101 900 . + . ID=ENST1.2;Parent=ENSG1.4;gene_id=ENSG1.4"
        ";transcript_id=ENST1.2;tag=basic,MANE_Select",
        "chr1 HAVANA exon 101 300 . + . ID=exon:1;Parent=ENST1.2;transcript_id=ENST1.2",
        "chr1 HAVANA CDS 201 300 . + 0 ID=CDS:1;Parent=ENST1.2;transcript_id=ENST1.2",
        "chrY HAVANA gene 101 900 . + . ID=ENSG1.4_PAR_Y;gene_id=ENSG1.4_PAR_Y;gene_type=protein_coding;gene_name=ABC",
    )

    gene, on_y = Genes.open(path)

    assert (gene.symbol, gene.id, gene.hgnc, gene.biotype, gene.start) == (
        "ABC",
        "ENSG1",
        "HGNC:7",
        "protein_coding",
        100,
    )
    assert gene.transcripts == (
        Transcript("ENST1", 100, 900, "+", "", ("basic", "MANE_Select"), ((100, 300),), ((200, 300),), "2"),
    )
    assert on_y.id == "ENSG1_PAR_Y"


def test_open__takes_features_in_any_order_and_leaves_other_contigs_out(tmp_path: Path) -> None:
    path = gff(
        tmp_path,
        "1 e exon 5 9 . - . Parent=transcript:T1",
        "1 e mRNA 5 9 . - . ID=transcript:T1;Parent=gene:G1;transcript_id=T1",
        "KI270706.1 e gene 5 9 . - . ID=gene:G2;Name=ELSEWHERE",
        "1 e gene 5 9 . - . ID=gene:G1;Name=N%3B1;description=a%2C b [Source:HGNC Symbol%3BAcc:HGNC:5]",
        "1 e chromosome 1 248956422 . . . ID=chromosome:1",
        "1 e mRNA 5 9 . - . ID=transcript:ORPHAN;Parent=gene:NONE",
    )

    (gene,) = Genes.open(path)

    assert (gene.symbol, gene.description, gene.hgnc) == ("N;1", "a, b", "HGNC:5")
    assert gene.transcripts[0].exons == ((4, 9),)


def test_open__stops_at_the_sequence_part(tmp_path: Path) -> None:
    path = gff(tmp_path, "1 e gene 5 9 . - . ID=gene:G1")
    path.write_text(path.read_text() + "##FASTA\n>1\nACGT\n")

    assert len(Genes.open(path)) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("1 e gene 5", "has 9 columns; this one has 4"),
        ("1 e gene five 9 . - . ID=gene:G1", "columns 4 and 5"),
        ("1 e gene 9 5 . - . ID=gene:G1", "columns 4 and 5"),
        ("1 e gene 0 5 . - . ID=gene:G1", "columns 4 and 5"),
        ("21 e gene 46709983 46709984 . - . ID=gene:G1", "which has 46,709,983 bases"),
    ],
)
def test_open__refuses_what_cannot_be_and_names_the_line(tmp_path: Path, line: str, says: str) -> None:
    with pytest.raises(BadInput, match=says) as caught:
        Genes.open(gff(tmp_path, line))

    assert "x.gff3 line 2" in str(caught.value)


def test_open__of_absent_and_damaged_files(tmp_path: Path) -> None:
    whole = demo_reference_paths().genes.read_bytes()
    cut, flipped = tmp_path / "cut.gz", tmp_path / "flipped.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    flipped.write_bytes(whole[:3000] + b"\xff" * 60 + whole[3060:])

    with pytest.raises(NotFound):
        Genes.open(tmp_path / "absent")
    for path in (cut, flipped):
        with pytest.raises(BadInput, match="cut off or damaged|columns"):
            Genes.open(path)


def test_names__come_from_hgncs_own_table_too(tmp_path: Path) -> None:
    table = tmp_path / "hgnc_complete_set.txt"
    table.write_text(
        "hgnc_id\tsymbol\tname\tlocus_group\talias_symbol\tprev_symbol\tensembl_gene_id\tmane_select\n"
        'HGNC:9\tNEW\tx\ty\t"AKA1|AKA2"\tOLD\tENSG1\tENST1.3|NM_1.2\n'
    )
    path = gff(
        tmp_path,
        "1 e gene 5 9 . - . ID=gene:ENSG1;Name=OLD",
        "1 e mRNA 5 9 . - . ID=transcript:ENST1;Parent=gene:ENSG1",
    )

    genes = Genes.open(path, names=table)

    gene = by_name(genes, "aka2")
    assert (gene.symbol, gene.aliases) == ("NEW", ("OLD", "AKA1", "AKA2"))
    assert gene.transcripts[0].is_mane_select


def test_names__refuse_another_table(tmp_path: Path) -> None:
    table = tmp_path / "x.tsv"
    table.write_text("a\tb\n1\t2\n")

    with pytest.raises(BadInput, match=r"hgnc_complete_set\.txt"):
        Genes.open(gff(tmp_path, "1 e gene 5 9 . - . ID=gene:G1"), names=table)
