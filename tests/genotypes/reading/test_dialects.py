"""Records as five callers write them, each with its right reading. Shapes from the callers' own documentation."""

from collections.abc import Callable
from pathlib import Path

import pytest

from embla.genotypes.reading import ReadPack

from .conftest import read, vcf
from .said import covered, entries, states

Write = Callable[..., Path]

GATK = [
    "chr1 1000 A <NON_REF> . END=1009 GT:DP:GQ:MIN_DP:PL 0/0:37:99:34:0,99,1252",
    "chr1 1010 A <NON_REF> . END=1012 GT:DP:GQ:MIN_DP:PL 0/0:12:18:9:0,18,252",
    "chr1 1013 C T,<NON_REF> . BaseQRankSum=0.5;DP=30;MLEAC=1,0 GT:AD:DP:GQ:PGT:PID:PL:PS:SB "
    "0|1:14,16,0:30:99:0|1:1013_C_T:600,0,500,642,548,1190:1013:7,7,8,8",
    "chr1 1014 G A,T,<NON_REF> . DP=31 GT:AD:DP:GQ:PL:SB 1/2:0,15,16,0:31:99:1,2,3:0,0,15,16",
    "chr1 1015 A <NON_REF> . END=1020 GT:DP:GQ:MIN_DP:PL ./.:0:0:0:0,0,0",
]
DRAGEN = [
    "chr1 1000 A <NON_REF> PASS END=1009 GT:AD:DP:GQ:MIN_DP:PL:SPL:ICNT 0/0:35,0:35:96:30:0,96,1440:0,96,255:10,0",
    "chr1 1010 C T,<NON_REF> PASS DP=30;MQ=250;FractionInformativeReads=1 GT:AD:AF:DP:F1R2:F2R1:GQ:PL:GP:PRI:SB:MB:PS "
    "0|1:14,16,0:0.533,0:30:7,8,0:7,8,0:48:84,0,50:48,0,53:0,35,37:7,7,8,8:7,7,8,8:1010",
    "chr1 1011 C T,<NON_REF> PASS DP=30 GT:AD:AF:DP:FT:GQ 0/1:14,16,0:0.533,0:30:DRAGENSnpHardQUAL:48",
    "chr1 1012 C <NON_REF> PASS END=1012 GT:AD:DP:GQ:FT 0/0:30,0:30:60:LowGQ",
]
DEEPVARIANT = [
    "chr1 1000 A <*> . END=1009 GT:GQ:MIN_DP:PL 0/0:50:30:0,90,899",
    "chr1 1010 C T,<*> PASS . GT:GQ:DP:AD:VAF:PL 0/1:45:30:14,16,0:0.533333,0:45,0,50,990,990,990",
    "chr1 1011 C T,<*> RefCall . GT:GQ:DP:AD:VAF:PL 0/0:61:15:11,3,0:0.2,0:0,65,63,99,99,99",
    "chr1 1012 C T,<*> RefCall . GT:GQ:DP:AD:VAF:PL 0/0:15:30:27,3,0:0.1,0:0,15,40,990,990,990",
    "chr1 1013 C T,<*> NoCall . GT:GQ:DP:AD:VAF:PL ./.:5:30:27,3,0:0.1,0:0,4,40,990,990,990",
    "chr1 1014 C <*> . END=1020 GT:GQ:MIN_DP:PL ./.:0:0:0,0,0",
]
STRELKA = [
    "chr1 1000 A . PASS END=1009;BLOCKAVG_min30p3a GT:GQX:DP:DPF:MIN_DP 0/0:90:31:0:30",
    "chr1 1010 A . LowGQX . GT:GQX:DP:DPF:MIN_DP 0/0:12:6:1:6",
    "chr1 1011 C T PASS SNVHPOL=2;MQ=60 GT:GQ:GQX:DP:DPF:AD:ADF:ADR:SB:FT:PL "
    "0/1:99:21:30:0:14,16:7,8:7,8:-10:PASS:99,0,99",
    "chr1 1012 CA C PASS CIGAR=1M1D;RU=A;REFREP=2;IDREP=1 GT:GQ:GQX:DPI:AD:ADF:ADR:FT:PL "
    "0/1:99:9:30:14,16:7,8:7,8:PASS:9,0,9",
    "chr1 1013 A . PASS . GT:GQX:DP:DPF:MIN_DP 0:60:15:0:15",
    "chr1 1014 G . LowDepth . GT:GQX:DP:DPF:MIN_DP .:.:0:0:0",
    "chrX 50000000 A . PASS END=50000009;BLOCKAVG_min30p3a GT:GQX:DP:DPF:MIN_DP 0:50:16:0:14",
    "chrX 50000010 C T PASS . GT:GQ:GQX:DP:DPF:AD:FT 1:60:60:15:0:0,15:PASS",
]
BCFTOOLS = [
    "chr1 1000 A . . END=1009;MinDP=31 GT:DP 0/0:31",
    "chr1 1010 A <*> . END=1012;MIN_DP=30 PL:GT:DP:GQ 0,90,255:0/0:30:127",
    "chr1 1013 C T . DP=30;MQ=60;AC=1;AN=2 GT:PL:DP:AD:GQ 0/1:90,0,80:30:14,16:99",
    "chr1 1014 C . . DP=30;AN=2 GT:DP:GQ 0/0:30:99",
    "chr1 1016 C T . . GT 0/1",
]


@pytest.fixture
def called(write: Write) -> Callable[..., ReadPack]:
    def reader(records: list[str], *header: str, karyotype: str = "XX") -> ReadPack:
        return read(write(vcf(records, header=header)), karyotype=karyotype)[0]

    return reader


def test_gatk__haplotype_caller_gvcf(called: Callable[..., ReadPack]) -> None:
    line = '##GATKCommandLine=<ID=HaplotypeCaller,CommandLine="--input P.bam",Version="4.6.1.0",Date="x">'
    found = called(GATK, line)

    assert (found.pack.callability, found.pack.pipeline) == ("gvcf", "GATK HaplotypeCaller 4.6.1.0")
    assert entries(found) == {"1013C>T": ("het", "adj"), "1014G>A": ("het", "adj"), "1014G>T": ("het", "adj")}
    assert covered(found) == (1000, 1014) and states(found) == [(1010, 1012, "fn")]
    records = found.pack.contigs["chr1"].records
    assert records.phased.tolist() == [True, False] and records.phase_set.tolist() == [1013, -1]


def test_dragen__gvcf(called: Callable[..., ReadPack]) -> None:
    line = '##DRAGENVersion=<ID=dragen,Version="SW: 07.021.624.3.10.4, HW: 07.021.624">'
    found = called(DRAGEN, line)

    assert found.pack.pipeline == "DRAGEN 07.021.624.3.10.4"
    assert entries(found) == {"1010C>T": ("het", "adj"), "1011C>T": ("het", "failed")}
    assert covered(found) == (1000, 1012) and states(found) == [(1011, 1012, "fn")]


def test_deepvariant__gvcf(called: Callable[..., ReadPack]) -> None:
    found = called(DEEPVARIANT, "##DeepVariant_version=1.6.1")

    assert found.pack.pipeline == "DeepVariant 1.6.1"
    # RefCall is a 0/0 that is sure of itself (its GQ and DP count), or as here is not; NoCall is a filter.
    assert entries(found) == {"1010C>T": ("het", "adj")}
    assert covered(found) == (1000, 1012) and states(found) == [(1012, 1012, "fn")]


def test_strelka__genome_vcf(called: Callable[..., ReadPack]) -> None:
    found = called(STRELKA, "##source=strelka", "##source_version=2.9.10", karyotype="XY")

    assert found.pack.pipeline == "Strelka 2.9.10"
    assert entries(found) == {"1011C>T": ("het", "adj"), "1012CA>C": ("het", "adj")}
    assert entries(found, "chrX") == {"50000010C>T": ("hemi", "adj")}
    # Under the deletion the record of the deletion rules, not the haploid line that Strelka writes there.
    assert covered(found) == (1000, 1013) and states(found) == [(1010, 1010, "fn")]
    assert covered(found, "chrX") == (50_000_000, 50_000_010)


def test_bcftools__gvcf_and_all_sites(called: Callable[..., ReadPack]) -> None:
    found = called(BCFTOOLS, "##bcftools_callVersion=1.16+htslib-1.16")

    assert found.pack.pipeline == "bcftools call 1.16"
    assert entries(found) == {"1013C>T": ("het", "adj"), "1016C>T": ("het",)}
    assert states(found) == [(1000, 1009, "fn"), (1015, 1015, "nn"), (1016, 1016, "fn")]


def test_the_pipeline__names_programs_and_nothing_of_the_command_line(called: Callable[..., ReadPack]) -> None:
    for line in (
        '##GATKCommandLine=<ID=CombineGVCFs,CommandLine="--variant PERSON.g.vcf",Version="4.1">',
        "##bcftools_viewCommand=view PERSON.vcf; Date=now",
        "##source=/data/PERSON/run.sh --sample PERSON",
        "##source=" + "x" * 500,
    ):
        assert called([], line).pack.pipeline == "", line
    assert called([], "##source=HaplotypeCaller").pack.pipeline == "HaplotypeCaller"
