"""GA4GH VRS 2 identifiers of alleles, computed from the normal form.

VRS 2.0.1: an allele is fully justified (spread over the whole stretch in which it could stand), a change that the
reference itself spells is a ReferenceLengthExpression, and the id is a digest of the canonical JSON. The sequence is
named by the refget digest of the assembly's contig, not of the file: a slice with N gives the same id as the whole.
"""

import json
from typing import Final

from embla.genome import Variant
from embla.reference.refget import sha512t24u

# Refget v2 names of the GRCh38 primary contigs, as published with VRS's own examples and by refget servers.
SEQUENCES: Final = {
    "chr1": "SQ.Ya6Rs7DHhDeg7YaOSg1EoNi3U_nQ9SvO",
    "chr2": "SQ.pnAqCRBrTsUoBghSD1yp_jXWSmlbdh4g",
    "chr3": "SQ.Zu7h9AggXxhTaGVsy7h_EZSChSZGcmgX",
    "chr4": "SQ.HxuclGHh0XCDuF8x6yQrpHUBL7ZntAHc",
    "chr5": "SQ.aUiQCzCPZ2d0csHbMSbh2NzInhonSXwI",
    "chr6": "SQ.0iKlIQk2oZLoeOG9P1riRU6hvL5Ux8TV",
    "chr7": "SQ.F-LrLMe1SRpfUZHkQmvkVKFEGaoDeHul",
    "chr8": "SQ.209Z7zJ-mFypBEWLk4rNC6S_OxY5p7bs",
    "chr9": "SQ.KEO-4XBcm1cxeo_DIQ8_ofqGUkp4iZhI",
    "chr10": "SQ.ss8r_wB0-b9r44TQTMmVTI92884QvBiB",
    "chr11": "SQ.2NkFm8HK88MqeNkCgj78KidCAXgnsfV1",
    "chr12": "SQ.6wlJpONE3oNb4D69ULmEXhqyDZ4vwNfl",
    "chr13": "SQ._0wi-qoDrvram155UmcSC-zA5ZK4fpLT",
    "chr14": "SQ.eK4D2MosgK_ivBkgi6FVPg5UXs1bYESm",
    "chr15": "SQ.AsXvWL1-2i5U_buw6_niVIxD6zTbAuS6",
    "chr16": "SQ.yC_0RBj3fgBlvgyAuycbzdubtLxq-rE0",
    "chr17": "SQ.dLZ15tNO1Ur0IcGjwc3Sdi_0A6Yf4zm7",
    "chr18": "SQ.vWwFhJ5lQDMhh-czg06YtlWqu0lvFAZV",
    "chr19": "SQ.IIB53T8CNeJJdUqzn9V_JnRtQadwWCbl",
    "chr20": "SQ.-A1QmD_MatoqxvgVxBLZTONHz9-c7nQo",
    "chr21": "SQ.5ZUqxCmDDgN4xTRbaSjN8LwgZironmB8",
    "chr22": "SQ.7B7SHsmchAR0dFcDCuSFjJAo7tX87krQ",
    "chrX": "SQ.w0WZEvgJF0zf_P4yyTzjjv9oW1z61HHP",
    "chrY": "SQ.8_liLu1aycC0tPQPFmUaGXJLDs5SbPZ5",
    "chrM": "SQ.k3grVkjY-hoWcCUojHw6VU6GE3MZ8Sct",
}


def vrs_id(variant: Variant, slack: str) -> str:
    """`ga4gh:VA.` and 32 characters. `slack` are the bases through which the trimmed allele can move right.

    `variant` is in normal form: left-aligned, so everything it can move through lies to its right.
    """
    ref, alt, start = variant.ref, variant.alt, variant.pos - 1
    if ref and alt and ref[0] == alt[0] and min(len(ref), len(alt)) == 1:
        ref, alt, start = ref[1:], alt[1:], start + 1
    elif ref and alt and ref[-1] == alt[-1] and min(len(ref), len(alt)) == 1:  # before base 1 there is no anchor
        ref, alt = ref[:-1], alt[:-1]
    state: dict[str, object]
    if ref and alt:
        end = start + len(ref)
        state = {"sequence": alt, "type": "LiteralSequenceExpression"}
    elif ref:
        end = start + len(ref) + len(slack)
        state = {"length": len(slack), "repeatSubunitLength": len(ref), "type": "ReferenceLengthExpression"}
    else:
        end = start + len(slack)
        unit = _cycle(alt, slack)
        state = (
            {"length": len(alt) + len(slack), "repeatSubunitLength": unit, "type": "ReferenceLengthExpression"}
            if unit
            else {"sequence": alt + slack, "type": "LiteralSequenceExpression"}
        )
    location = {
        "end": end,
        "sequenceReference": {"refgetAccession": SEQUENCES[variant.contig], "type": "SequenceReference"},
        "start": start,
        "type": "SequenceLocation",
    }
    return "ga4gh:VA." + _digest({"location": _digest(location), "state": state, "type": "Allele"})


def _cycle(inserted: str, slack: str) -> int:
    """The largest unit, a divisor of the insertion's length, that the bases already there repeat to give it; else 0."""
    size = len(inserted)
    whole = inserted + slack
    for unit in range(min(size, len(slack)), 0, -1):
        if size % unit == 0:
            cycle = slack[len(slack) - unit :]
            if all(whole[len(slack) + i] == cycle[i % unit] for i in range(size)):
                return unit
    return 0


def _digest(value: object) -> str:
    # RFC 8785 for what occurs here: ASCII strings, whole numbers and sorted keys
    return sha512t24u([json.dumps(value, sort_keys=True, separators=(",", ":")).encode()])
