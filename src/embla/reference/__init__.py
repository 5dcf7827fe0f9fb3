"""The reference sequence and its genes, and every spelling of a variant brought to one normal form.

Owns: FASTA access and refget digests, left-alignment and trimming, parsing of what people paste, gene models.
Words: a variant is `checked` when its REF was compared with known bases; where the FASTA has N or nothing it is
`unchecked`, which is never an error. Contigs are always written `chr1`, whatever the files write.
Never knows: genotypes, people, stores, HTTP.
Start at fasta.py (`Reference`), then normal.py (`normalise`) and ask.py (`parse`).
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.genome import Place
    from embla.reference.any_name import read_any
    from embla.reference.ask import Asked, Form, forms, parse
    from embla.reference.clean import printable, refuse_personal_number
    from embla.reference.consequences import Consequence
    from embla.reference.demo import DemoReference, demo_reference_paths
    from embla.reference.effects import WHY, Effect, Effects
    from embla.reference.fasta import Reference
    from embla.reference.genes import Gene, Genes, Transcript
    from embla.reference.normal import Normalised, normalise
    from embla.reference.refget import SequenceNames
    from embla.reference.resolved import REASONS, AlleleNames, ResolvedAllele, TranscriptNames, Unplaced
    from embla.reference.resolving import allele_of, resolve
    from embla.reference.resources import Resources
    from embla.reference.vrs import SEQUENCES

__all__ = [
    "REASONS",
    "AlleleNames",
    "Asked",
    "Consequence",
    "DemoReference",
    "Effect",
    "Effects",
    "Form",
    "Gene",
    "Genes",
    "Normalised",
    "Place",
    "Reference",
    "ResolvedAllele",
    "SEQUENCES",
    "Resources",
    "SequenceNames",
    "Transcript",
    "TranscriptNames",
    "Unplaced",
    "WHY",
    "allele_of",
    "demo_reference_paths",
    "forms",
    "normalise",
    "parse",
    "read_any",
    "printable",
    "refuse_personal_number",
    "resolve",
]

__getattr__ = lazy(
    __name__,
    {
        "REASONS": "resolved",
        "AlleleNames": "resolved",
        "Asked": "ask",
        "Consequence": "consequences",
        "DemoReference": "demo",
        "Effect": "effects",
        "Effects": "effects",
        "Form": "ask",
        "Gene": "genes",
        "Genes": "genes",
        "Normalised": "normal",
        "Place": "ask",
        "Reference": "fasta",
        "ResolvedAllele": "resolved",
        "SEQUENCES": "vrs",
        "Resources": "resources",
        "SequenceNames": "refget",
        "Transcript": "genes",
        "TranscriptNames": "resolved",
        "Unplaced": "resolved",
        "WHY": "effects",
        "allele_of": "resolving",
        "demo_reference_paths": "demo",
        "forms": "ask",
        "normalise": "normal",
        "parse": "ask",
        "read_any": "any_name",
        "printable": "clean",
        "refuse_personal_number": "clean",
        "resolve": "resolving",
    },
)
