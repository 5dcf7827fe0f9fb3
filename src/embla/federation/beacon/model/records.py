"""A variant as a genomicVariation record: default model of Beacon 2.2, location as VRS 1.3, counts as GDI adds them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from embla.federation.beacon.model.variants import kind_of, trimmed
from embla.frequency import genotype_alleles
from embla.reference import SEQUENCES

if TYPE_CHECKING:
    from embla.genome import Variant
    from embla.genotypes import Count


def record(
    variant: "Variant", populations: "Sequence[tuple[str, Count]]", *, source: str, reference: str, version: str
) -> dict[str, Any]:
    """One record. What is not known of a population is left out and never 0."""
    return spelled(variant) | {
        "frequencyInPopulations": [frequencies(populations, source, reference, version)],
    }


def spelled(variant: "Variant") -> dict[str, Any]:
    """A record of an allele without its numbers."""
    _, ref, alt = trimmed(variant)
    return {
        "variantInternalId": internal_id(variant),
        "variation": {
            "variantType": _TOLD[kind_of(ref, alt)],
            "referenceBases": variant.ref,
            "alternateBases": variant.alt,
            "location": {
                "type": "SequenceLocation",
                "sequence_id": f"ga4gh:{SEQUENCES[variant.contig]}",
                "interval": {
                    "type": "SequenceInterval",
                    "start": {"type": "Number", "value": variant.pos - 1},
                    "end": {"type": "Number", "value": variant.pos - 1 + len(variant.ref)},
                },
            },
        },
    }


def frequencies(
    populations: "Sequence[tuple[str, Count]]", source: str, reference: str, version: str
) -> dict[str, Any]:
    """Numbers by population, and where they are from."""
    told = [_frequency(label, count) for label, count in populations]
    return {"source": source, "sourceReference": reference, "version": version, "frequencies": told}


_TOLD = {"SNV": "SNP", "MNP": "MNP", "INS": "INS", "DEL": "DEL", "INDEL": "INDEL"}


def internal_id(variant: "Variant") -> str:
    """`chr21-43774500-G-C`: 1-based, as every page of Embla writes it."""
    return f"{variant.contig}-{variant.pos}-{variant.ref}-{variant.alt}"


def _frequency(label: str, count: "Count") -> dict[str, Any]:
    het, hom, hemi = genotype_alleles(count)
    told = {
        "population": label,
        "alleleFrequency": count.af,
        "alleleCount": count.ac,
        "alleleNumber": count.an,
        "alleleCountHomozygous": hom,
        "alleleCountHeterozygous": het,
        "alleleCountHemizygous": hemi,
    }
    return {name: value for name, value in told.items() if value is not None}
