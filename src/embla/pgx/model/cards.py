"""CDS Hooks 2.0: what a prescriber's system asks, and the cards it is answered with. Pure: dictionaries in and out.

https://cds-hooks.hl7.org/2.0/ : discovery, context of order-select, order-sign and patient-view, cards. A card's
summary has at most 140 characters; `critical` and `warning` interrupt, `info` does not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from embla.errors import BadInput
from embla.pgx.model.advice import Advice
from embla.pgx.model.medication import Alert, Checked
from embla.pgx.model.words import N_

HOOKS: Final = {
    "order-select": "Drug advice from the patient's genome while an order is chosen",
    "order-sign": "Drug advice from the patient's genome when orders are signed",
    "patient-view": "Drug advice from the patient's genome for the present medicines",
}
ATC: Final = ("http://www.whocc.no/atc", "urn:oid:2.16.840.1.113883.6.73")
RXNORM: Final = ("http://www.nlm.nih.gov/research/umls/rxnorm", "urn:oid:2.16.840.1.113883.6.88")
SOURCES: Final = {"CPIC": "https://cpicpgx.org", "DPWG": "https://www.knmp.nl/dossiers/farmacogenetica"}
_MOST: Final = 1000  # resources of one request that are looked at
_SUMMARY: Final = 140
Say = Callable[[str], str]


OVERRIDES: Final = {
    "already-considered": N_("Considered already"),
    "tolerated": N_("The patient takes it and tolerates it"),
    "no-alternative": N_("There is no alternative"),
}


def services() -> dict[str, Any]:
    """The answer of discovery."""
    prefetch = {"medications": "MedicationRequest?patient={{context.patientId}}&status=active"}
    return {
        "services": [
            {
                "hook": hook,
                "title": "Embla: pharmacogenetics",
                "description": f"{text}. Actionable advice of CPIC and DPWG; what was not assessed is said.",
                "id": f"pgx-{hook}",
                "prefetch": prefetch,
                "usageRequirements": "patientId: a case that the token's holder treats; codes: ATC or RxNorm.",
            }
            for hook, text in HOOKS.items()
        ]
    }


@dataclass(frozen=True)
class Asked:
    """A hook's request: the case, codes to look at, codes of what is taken beside; how many of the medicines to look
    at have no code that is read here."""

    case: str
    codes: tuple[str, ...]
    beside: tuple[str, ...]
    uncoded: int = 0


def read_request(hook: str, body: Any) -> Asked | None:
    """The request of a hook; BadInput where it is none. None where the medicines it speaks of were not sent along."""
    if not isinstance(body, dict) or body.get("hook") != hook:
        raise _bad(f"hook is not {hook}")
    if not isinstance(body.get("hookInstance"), str) or not 0 < len(body["hookInstance"]) <= 200:
        raise _bad("hookInstance is missing")
    context = body.get("context")
    if not isinstance(context, dict):
        raise _bad("context is missing")
    if not isinstance(context.get("userId"), str) or not isinstance(context.get("patientId"), str):
        raise _bad("context has no userId or patientId")
    sent = body.get("prefetch") or {}
    present = sent.get("medications") if isinstance(sent, dict) else None
    held = [codes for _, codes in _orders(present)]
    taken = tuple(code for codes in held for code in codes)
    if hook == "patient-view":
        return None if present is None else Asked(context["patientId"], taken, (), held.count([]))
    orders = context.get("draftOrders")
    if not isinstance(orders, dict) or orders.get("resourceType") != "Bundle":
        raise _bad("context.draftOrders is no Bundle")
    drafts = list(_orders(orders))
    if hook == "order-select":
        chosen = context.get("selections")
        if not isinstance(chosen, list) or not all(isinstance(one, str) for one in chosen):
            raise _bad("context.selections is no list of ids")
        wanted = [codes for name, codes in drafts if name in chosen]
        other = tuple(code for name, codes in drafts if name not in chosen for code in codes)
    else:
        wanted, other = [codes for _, codes in drafts], ()
    looked = tuple(code for codes in wanted for code in codes)
    return Asked(context["patientId"], looked, taken + other, wanted.count([]))


def _orders(bundle: Any) -> Iterator[tuple[str, list[str]]]:
    """`Type/id` and codes of each medicine in a Bundle."""
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    if entries is None:
        return
    if not isinstance(entries, list) or len(entries) > _MOST:
        raise _bad(f"a Bundle has no list of at most {_MOST} entries")
    found = [entry.get("resource") for entry in entries if isinstance(entry, dict)]
    resources = [one for one in found if isinstance(one, dict)]
    named = {f"{one.get('resourceType')}/{one.get('id')}": one for one in resources}
    for one in resources:
        if one.get("resourceType") not in ("MedicationRequest", "MedicationStatement", "MedicationDispense"):
            continue
        codes = _codes(one.get("medicationCodeableConcept"))
        reference = one.get("medicationReference")
        if not codes and isinstance(reference, dict):
            key = str(reference.get("reference", ""))
            contained = one.get("contained")
            listed = contained if isinstance(contained, list) else []
            inside = [c for c in listed if isinstance(c, dict) and f"#{c.get('id')}" == key]
            medicine = inside[0] if inside else named.get(key, {})
            codes = _codes(medicine.get("code"))
        yield f"{one['resourceType']}/{one.get('id')}", codes


def _codes(concept: Any) -> list[str]:
    codings = concept.get("coding") if isinstance(concept, dict) else None
    return [
        str(one.get("code"))[:40]
        for one in (codings if isinstance(codings, list) else [])[:50]
        if isinstance(one, dict) and one.get("system") in ATC + RXNORM and one.get("code")
    ]


def cards(checked: Sequence[tuple[str, Checked]], _: Say, new_id: Callable[[], str], *, interrupts: bool) -> Any:
    """`cards` of a response. `checked`: per genome its accession and what was found; `_` translates."""
    told = []
    for name, found in checked:
        told += [_card(name, alert, _, new_id, interrupts=interrupts) for alert in found.alerts]
        if found.context:
            told.append(_plain(_("Another medicine changes how this one works"),
                               [one.text for one in found.context], name, _, new_id))  # fmt: skip
        if found.unassessed:
            silent = _("Not assessed in the genome:")
            drugs = ", ".join(dict.fromkeys(one.drug for one in found.unassessed))
            detail = [f"{one.drug} ({one.source}): {' '.join(one.reasons)}" for one in found.unassessed]
            told.append(_plain(f"{silent} {drugs}", detail, name, _, new_id))
    return {"cards": told}


def unlooked(asked: Asked, genomes: int, _: Say, new_id: Callable[[], str]) -> list[dict[str, Any]]:
    """Cards about what nothing was looked up for, so that no silence reads as all clear."""
    told = []
    if asked.codes and not genomes:
        told.append(_("No genome of this patient is here: nothing was assessed."))
    if asked.uncoded:
        told.append(_("Not looked up, as they have no ATC or RxNorm code: %(number)s") % {"number": asked.uncoded})
    return [_plain(text, [], None, _, new_id) for text in told]


def _card(name: str, alert: Alert, _: Say, new_id: Callable[[], str], *, interrupts: bool) -> dict[str, Any]:
    found = sorted({f"{gene} {term}" for one in alert.lines for gene, term in one.phenotypes.items()})
    detail = [_line(one) for one in alert.lines]
    if not alert.certain:
        detail.append(_("Another result that is not excluded asks for nothing: see the profile."))
    detail += [one.text for one in alert.context]
    loud = interrupts and alert.kind == "interruptive"
    sources = dict.fromkeys(one.guideline.source for one in alert.lines)
    first = next(iter(sources))
    return {
        "uuid": new_id(),
        "summary": _short(f"{alert.drug}: {'; '.join(found)}"),
        "detail": "\n\n".join(detail),
        "indicator": ("critical" if alert.against else "warning") if loud else "info",
        "source": {"label": f"Embla ({', '.join(sources)})", "url": SOURCES.get(first, "")},
        "links": [
            {"label": f"{one.guideline.source}: {alert.drug}", "url": one.guideline.url, "type": "absolute"}
            for one in {line.guideline.url: line for line in alert.lines}.values()
        ],
        "overrideReasons": [
            {"code": code, "system": "urn:embla:pgx:override", "display": _(text)} for code, text in OVERRIDES.items()
        ],
        "extension": {"embla.genome": name, "embla.kind": alert.kind},
    }  # fmt: skip


def _line(one: Advice) -> str:
    row = one.row
    assert row is not None
    who = ", ".join(part for part in (row.population, row.strength) if part)
    return f"**{one.guideline.source}**{f' ({who})' if who else ''}: {row.text} [{row.id}, {one.guideline.release}]"


def _plain(summary: str, detail: list[str], name: str | None, _: Say, new_id: Callable[[], str]) -> dict[str, Any]:
    return {
        "uuid": new_id(),
        "summary": _short(summary),
        "detail": "\n\n".join(detail),
        "indicator": "info",
        "source": {"label": "Embla"},
        "extension": {"embla.genome": name} if name else {},
    }


def _short(text: str) -> str:
    return text if len(text) <= _SUMMARY else text[: _SUMMARY - 1] + "…"


def _bad(what: str) -> BadInput:
    return BadInput(f"this is no CDS Hooks 2.0 request: {what}.", mend="See https://cds-hooks.hl7.org/2.0/ .")
