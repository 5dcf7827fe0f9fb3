"""Handovers: where somebody goes on from an answer. They lead to pages that ask for themselves who may see what."""

from typing import Any, Final

# EDAM 1.25: what is done there.
_ASK: Final = {"id": "EDAM:operation_0224", "label": "Query and retrieval"}
_VARIANT: Final = {"id": "EDAM:data_3498", "label": "Sequence variations"}


def catalogue(site: str) -> dict[str, Any]:
    """Everything that the node offers, for harvesters."""
    return {"handoverType": _ASK, "url": f"{site}/fairdp", "note": "The node's catalogue, as a FAIR Data Point."}


def data_set_page(site: str, dataset: str) -> dict[str, Any]:
    """The catalogue's page of a data set: its conditions of use, and whom one applies to."""
    return {"handoverType": _ASK, "url": f"{site}/catalogue/{dataset}", "note": "Conditions of use, and how to apply."}


def variant_page(site: str, identifier: str) -> dict[str, Any]:
    """The page of an allele: its numbers, how they were counted, what laboratories concluded of it."""
    return {"handoverType": _VARIANT, "url": f"{site}/variant/{identifier}", "note": "How it was counted."}
