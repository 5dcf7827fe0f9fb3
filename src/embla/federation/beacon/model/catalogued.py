"""Data sets and cohorts as a Beacon's collections: what the catalogue says, in the default model of Beacon 2.2."""

from typing import TYPE_CHECKING, Any

from embla.datasets import CODES

if TYPE_CHECKING:
    from embla.datasets import Cohort, Shown

_DUO_RELEASE = "2022-09-21"


def dataset_entry(one: "Shown", *, address: str, info: dict[str, Any]) -> dict[str, Any]:
    """A data set with its conditions of use: its permission, and the modifiers under it."""
    codes = [CODES[code] for code in one.data.duo]
    modifiers = [{"id": code.id, "label": code.label, "version": _DUO_RELEASE} for code in codes if not code.permission]
    told: dict[str, Any] = {
        "id": one.data.id,
        "name": one.data.title["en"],
        "description": one.data.description["en"],
        "createDateTime": one.issued.isoformat(),
        "updateDateTime": one.changed.isoformat(),
        "version": str(one.version),
        "externalUrl": address,
        "info": info | {"access": one.data.access, "governance": one.data.governance},
    }
    conditions = [
        {"id": code.id, "label": code.label, "version": _DUO_RELEASE} | ({"modifiers": modifiers} if modifiers else {})
        for code in codes
        if code.permission
    ]
    if conditions:
        told["dataUseConditions"] = {"duoDataUse": conditions}
    return told


def cohort_entry(cohort: "Cohort", size: int | None) -> dict[str, Any]:
    """A cohort; its size, rounded, where it may be told. The rule in words stands in `info`."""
    told: dict[str, Any] = {
        "id": cohort.id,
        "name": cohort.title["en"],
        "cohortType": cohort.kind,
        "info": {"rule": cohort.rule["en"]},
    }
    if size is not None:
        told["cohortSize"] = size
    return told
