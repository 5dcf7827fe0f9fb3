"""The pharmacogenetic passport: what it says, what its card says, and what changed since the one before. Pure.

The passport has every gene with its evidence in numbers and the advice of both sources. The card, which goes into a QR
code, has phenotypes only: no variant, no diplotype, no pseudonym. What was not assessed stands in both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from embla.pgx.model.calling import GeneCall
from embla.pgx.model.definition import Release
from embla.pgx.model.phenotype import phenotype
from embla.pgx.model.words import N_

FORMAT: Final = "embla-pgx-passport/1"
UNASSESSED: Final = "not assessed"
# PREPARE's genes (Swen 2023, Lancet 401:347), less those that nothing here calls; told first.
CORE: Final = (
    "CYP2B6", "CYP2C9", "CYP2C19", "CYP2D6", "CYP3A5", "DPYD", "HLA-B", "SLCO1B1", "TPMT", "UGT1A1", "VKORC1",
)  # fmt: skip
UNCHECKED: Final = N_("No second sample was compared before issue.")
LIMITS: Final = (
    N_("Genes that were not assessed say nothing, neither that a drug is safe nor that it is not."),
    N_("The result is of the sample that was sequenced: after a transplant of marrow or liver it may be the donor's."),
    N_("Other drugs can change how the bearer responds; that is not in the genome."),
    N_("CYP2D6 copy number and HLA types are not read from small variants."),
    N_("The advice is of the releases named here; newer guidance may differ, and none of it replaces judgement."),
)


@dataclass(frozen=True)
class Guard:
    """What was compared before issue: `sex` "agrees" or "silent"; equal of seen common variants of a second sample."""

    sex: str
    same: int | None
    seen: int | None

    @property
    def checked(self) -> bool:
        return self.seen is not None

    def to_json(self) -> dict[str, Any]:
        return {"sex": self.sex, "second_sample": None if self.seen is None else {"same": self.same, "seen": self.seen}}


def summary(release: Release, call: GeneCall) -> str:
    """A gene's phenotype in words: every one that is shown, and whether others are open; or `not assessed`."""
    if call.status not in ("called", "ambiguous") or not call.phenotypes:
        return UNASSESSED
    shown = list(dict.fromkeys(one.term for one in call.phenotypes))
    possible = {phenotype(release, call.gene, names).term for names in call.possible}
    if call.fallback is not None and (len(shown) > 1 or not possible <= set(shown)):
        return call.fallback.term  # what the advice is asked with, too
    told = " or ".join(shown)
    return told if possible <= set(shown) else f"{told} (others not excluded)"


def passport(
    *, identifier: str, version: int, supersedes: str | None, issued: datetime, accession: str, release: Release,
    calls: Sequence[GeneCall], genes: Sequence[Mapping[str, Any]], advice: Sequence[Mapping[str, Any]], guard: Guard,
) -> dict[str, Any]:  # fmt: skip
    """What the passport says. `genes` and `advice` are lines of `pgx call` and `pgx report`."""
    phenotypes = {call.gene: summary(release, call) for call in calls}
    return {
        "format": FORMAT,
        "revocable": identifier,
        "version": version,
        "supersedes": supersedes,
        "issued": issued.isoformat(),
        "genome": accession,
        "definition_release": release.id,
        "definition_sha256": release.digest,
        "guidance_releases": sorted({f"{one['source']} {one['release']}" for one in advice}),
        "guard": guard.to_json(),
        "phenotypes": phenotypes,
        "not_assessed": [gene for gene, term in phenotypes.items() if term == UNASSESSED],
        "genes": list(genes),
        "advice": [one for one in advice if one["status"] == "advice"],
        "advice_not_assessed": sorted(
            {one["drug"] for one in advice if one["status"] == "not_assessed" or UNASSESSED in one["phenotypes"]}
        ),
        "limits": list(LIMITS) if guard.checked else [UNCHECKED, *LIMITS],
    }


def card(content: Mapping[str, Any]) -> dict[str, Any]:
    """What the QR code says: phenotypes and no more."""
    return {
        "format": FORMAT,
        "revocable": content["revocable"],
        "version": content["version"],
        "definitions": content["definition_release"],
        "phenotypes": {gene: term for gene, term in content["phenotypes"].items() if term != UNASSESSED},
        "not_assessed": content["not_assessed"],
    }


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What a re-issue changes: genes whose result or phenotype differs, and drugs whose advice does."""
    old = {one["gene"]: one for one in before["genes"]}
    genes = []
    for one in after["genes"]:
        was = old.get(one["gene"])
        then = before["phenotypes"].get(one["gene"], UNASSESSED)
        now = after["phenotypes"][one["gene"]]
        if was is None or then != now or was["diplotypes"] != one["diplotypes"] or was["status"] != one["status"]:
            genes.append({"gene": one["gene"], "before": _result(was, then), "after": _result(one, now)})
    first, second = _advice(before["advice"]), _advice(after["advice"])
    advice = [
        {"drug": drug, "source": source, "before": sorted(first.get((drug, source), ())),
         "after": sorted(second.get((drug, source), ()))}
        for drug, source in sorted({*first, *second}) if first.get((drug, source)) != second.get((drug, source))
    ]  # fmt: skip
    return {
        "from": before["revocable"],
        "definitions": [before["definition_release"], after["definition_release"]],
        "genes": genes,
        "advice": advice,
    }


def _result(line: Mapping[str, Any] | None, term: str) -> dict[str, Any] | None:
    return None if line is None else {"status": line["status"], "diplotypes": line["diplotypes"], "phenotype": term}


def _advice(lines: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for one in lines:
        told = f"{one['population']}: {one['recommendation']}" if one["population"] else str(one["recommendation"])
        found.setdefault((one["drug"], one["source"]), set()).add(told)
    return found
