"""The genes that do not follow plain matching, and why. specs: ClinPGx/CPIC per gene, PharmCAT 3.1.1's exceptions."""

from typing import Final

# Raised whenever a rule of calling or advice changes: a re-call then asks every genome again.
RULES: Final = 3

# Variants are listed; two lowest-function ones stand in for a diplotype (CPIC fluoropyrimidines 2024, MH 2023).
LISTED: Final = frozenset({"DPYD", "RYR1", "CACNA1S", "CFTR"})

# A dangerous allele must still be reported when an unknown base stands beside it (PharmCAT, "toxicity genes").
TOXICITY: Final = frozenset({"CACNA1S", "DPYD", "G6PD", "NUDT15", "RYR1", "TPMT"})

# Copy number decides, and small variants do not show it: `*1/*5` looks like `*1/*1`.
COPY_NUMBER: Final = frozenset({"CYP2D6"})

ON_X: Final = frozenset({"G6PD"})

# Never from a VCF: typed outside. They are answered only where `--outside` brings them.
OUTSIDE_ONLY: Final = ("HLA-A", "HLA-B", "MT-RNR1")

HAPB3_INTRON: Final = "rs75017182"
HAPB3_EXON: Final = "rs56038477"

# Known to CPIC and to DPWG (DPWG fluoropyrimidines 2019: *2A, *13, 2846A>T, 1236G>A). They go first where two tie.
DPYD_BOTH: Final = frozenset(
    {"c.1905+1G>A (*2A)", "c.1679T>G (*13)", "c.2846A>T", "c.1129-5923C>G, c.1236G>A (HapB3)", "c.1129-5923C>G"}
)

# CPIC statins 2022: without a star diplotype rs4149056 alone decides.
SLCO1B1_SITE: Final = "rs4149056"
SLCO1B1_PHENOTYPES: Final = {0: "Normal Function", 1: "Decreased Function", 2: "Poor Function"}

# One typing answers several questions.
HLA_KEYS: Final = {"HLA-A": ("*31:01",), "HLA-B": ("*15:02", "*57:01", "*58:01")}

INDETERMINATE: Final = "Indeterminate"
