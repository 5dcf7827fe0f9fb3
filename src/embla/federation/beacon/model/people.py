"""What is asked about people, and the made-up ones of `testMode`. Default model of Beacon 2.2. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from embla.errors import UsageError

if TYPE_CHECKING:
    from embla.federation.beacon.model.request import Filter

# Path -> entry type, its collection's schema name.
ENTRIES: Final = {
    "individuals": "individual", "biosamples": "biosample", "runs": "run", "analyses": "analysis",
}  # fmt: skip
# Term -> its label, and the terms under it (NCI Thesaurus, PATO).
TERMS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "NCIT:C28421": ("sex", ("NCIT:C16576", "NCIT:C20197")),
    "NCIT:C16576": ("female", ()),
    "NCIT:C20197": ("male", ()),
    "PATO:0000047": ("biological sex", ("PATO:0000383", "PATO:0000384")),
    "PATO:0000383": ("female", ()),
    "PATO:0000384": ("male", ()),
}
_SEX: Final = {"NCIT:C16576": "F", "NCIT:C20197": "M", "PATO:0000383": "F", "PATO:0000384": "M"}
_LETTERS: Final = {"F": "F", "M": "M", "FEMALE": "F", "MALE": "M"}
AGES: Final = ("diseases.ageOfOnset.iso8601duration", "ageOfOnset")


@dataclass(frozen=True)
class People:
    """Whom a question means. `nobody`: nobody can fit; `unknown`: what is asked of is not on record here."""

    sex: str = ""
    region: str = ""
    patient_group: str = ""
    nobody: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def asked(self) -> dict[str, str]:
        """As `feasible` takes it."""
        named = {"sex": self.sex, "region": self.region, "patient_group": self.patient_group}
        return {name: value for name, value in named.items() if value}


def read_people(filters: "Sequence[Filter]", parameters: Mapping[str, Any]) -> People:
    """Filters hold together; a term means itself and what stands under it. Raises UsageError for what is not known."""
    if set(parameters) - {"datasets"}:
        raise UsageError(
            "People are not searched by variants here.",
            mend="Ask /beacon/aggregated/v2/g_variants how often one occurs.",
        )
    sexes, exact, unknown = {"F", "M"}, dict[str, str](), list[str]()
    any_sex, nobody = True, False
    for one in filters:
        if one.operator != "=":
            raise UsageError("Only = is understood here.")
        value = one.value or one.id
        if one.id in AGES:
            unknown.append(one.id)
        elif one.id in ("region", "patientGroup"):
            if not one.value or "%" in one.value or len(one.value) > 60:
                raise UsageError("A region or patient group is given by its code.")
            name = {"region": "region", "patientGroup": "patient_group"}[one.id]
            nobody |= exact.setdefault(name, one.value) != one.value
        elif one.id in ("sex", "sexFilter") or one.id in TERMS:
            meant = _sexes(value, one.descendants)
            any_sex &= meant == {"F", "M"}
            sexes &= meant
        else:
            raise UsageError("That filter is not known here.", mend="/filtering_terms lists those that are.")
    sex = "" if any_sex or len(sexes) != 1 else next(iter(sexes))
    return People(
        sex,
        exact.get("region", ""),
        exact.get("patient_group", ""),
        nobody or not sexes or bool(unknown),
        tuple(unknown),
    )


def _sexes(said: str, descendants: bool) -> set[str]:
    found: set[str] = set()
    for part in said.split(","):
        if part in TERMS:
            under = (part, *(TERMS[part][1] if descendants else ()))
            found |= {_SEX[term] for term in under if term in _SEX}
        elif part.upper() in _LETTERS:
            found.add(_LETTERS[part.upper()])
        else:
            raise UsageError("The sex is NCIT:C16576, NCIT:C20197, or a term above them.")
    return found


def _term(code: str, label: str) -> dict[str, str]:
    return {"id": code, "label": label}


def _made_up() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ENTRIES}
    for n, (code, karyotype) in enumerate((("NCIT:C16576", "XX"), ("NCIT:C20197", "XY"), ("NCIT:C16576", "XX")), 1):
        person, sample, run = f"synthetic-{n}", f"synthetic-sample-{n}", f"synthetic-run-{n}"
        found["individuals"].append({"id": person, "sex": _term(code, TERMS[code][0]), "karyotypicSex": karyotype})
        found["biosamples"].append(
            {
                "id": sample, "individualId": person, "biosampleStatus": _term("EFO:0009654", "reference sample"),
                "sampleOriginType": _term("UBERON:0000178", "blood"), "collectionDate": "2026-01-01",
            }
        )  # fmt: skip
        found["runs"].append(
            {
                "id": run, "biosampleId": sample, "individualId": person, "runDate": "2026-01-02",
                "libraryLayout": "PAIRED", "libraryStrategy": "WGS",
            }
        )  # fmt: skip
        found["analyses"].append(
            {
                "id": f"synthetic-analysis-{n}", "runId": run, "biosampleId": sample, "individualId": person,
                "analysisDate": "2026-01-03", "pipelineName": "synthetic", "variantCaller": "synthetic",
            }
        )  # fmt: skip
    return found


MADE_UP: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = _made_up()


def made_up(entry: str, people: People | None = None, *, identifier: str = "", of: str = "") -> list[Mapping[str, Any]]:
    """Records of nobody: those that fit, the one of an id, or those of an entry `of` that has the id."""
    records = list(MADE_UP[entry])
    if of:
        origin = next((one for one in MADE_UP[of] if one["id"] == identifier), None)
        person = None if origin is None else origin.get("individualId", origin["id"])
        return [one for one in records if one.get("individualId", one["id"]) == person]
    if identifier:
        return [one for one in records if one["id"] == identifier]
    if people is None or people.nobody or people.region or people.patient_group:
        return [] if people is not None else records
    fitting = {one["id"] for one in MADE_UP["individuals"] if people.sex in ("", _SEX[one["sex"]["id"]])}
    return [one for one in records if one.get("individualId", one["id"]) in fitting]
