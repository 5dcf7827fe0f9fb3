"""What a data set says of itself, and how it may change. GDI metadata 1.2; ids as GDI and the portal join them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from embla.datasets.model.cohorts import COHORTS
from embla.datasets.model.duo import CODES
from embla.errors import BadInput, Refused
from embla.registry import looks_like_cpr

ID: Final = re.compile(r"(GOE|GDI)-[A-Z]{2}-[A-Z]+-[0-9]{1,12}")
ACCESS: Final = ("PUBLIC", "RESTRICTED", "NON_PUBLIC")
# Who decides about access: rules of one's own, 1+MG's, or 1+MG's European cohort.
GOVERNANCE: Final = ("ExternallyGoverned", "1MGCompliant", "1MGCohort")
KINDS: Final = ("frequencies", "genomes")
AREAS: Final = ("cancer", "infectious disease", "rare disease", "population")
GRANULARITIES: Final = ("boolean", "count", "record")
LANGUAGES: Final = ("en", "da")
DRAFT, PUBLISHED, WITHDRAWN = "draft", "published", "withdrawn"
_MOST_TEXT: Final = 4_000
_MOST_WORDS: Final = 50
_LISTS: Final = ("keywords", "areas", "environments")


@dataclass(frozen=True)
class DataSet:
    """One version's content. `duo`: shorthand -> what it names ("" where it names nothing). `floor`: fewest people that
    are told of, above the house's own; of genomes only. `granularity`: the most that a Beacon tells of it.
    `environments`: to which single people's data go for research, by the names they are registered under."""

    id: str
    kind: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    owner: str
    reviewers: str
    access: str
    governance: str
    cohort: str
    duo: Mapping[str, str] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    granularity: str = "record"
    floor: int = 0
    synthetic: bool = False
    environments: tuple[str, ...] = ()

    def delivers(self, environment: str | None) -> bool:
        """Whether single people's data may be asked for in its name, for this environment, or plain where None."""
        if self.kind != "genomes" or self.access == "NON_PUBLIC":
            return False
        return environment is None or environment in self.environments

    def to_json(self) -> dict[str, Any]:
        """As `parse` reads it."""
        return asdict(self)


@dataclass(frozen=True)
class Shown:
    """A published version, as everybody sees it. `issued`: when the first one was published."""

    data: DataSet
    version: int
    issued: datetime
    changed: datetime


@dataclass(frozen=True)
class Tombstone:
    """What stays of a data set that was withdrawn."""

    id: str
    title: Mapping[str, str]
    at: datetime
    why: str


def parse(said: Any) -> DataSet:
    """A data set as somebody wrote it, checked whole. BadInput says everything that is wrong at once."""
    if not isinstance(said, dict):
        raise BadInput("A data set is an object.", mend="`embla dataset show` prints one.")
    wrong: list[str] = []
    known = DataSet.__dataclass_fields__
    wrong += [f"{str(name)[:20]}: not known" for name in said if name not in known][:_MOST_WORDS]
    wrong += [f"{name}: missing" for name in known if name not in said and name in _NEEDED]
    for name in ("title", "description"):
        wrong += _texts(name, said.get(name))
    for name in ("id", "owner", "reviewers"):
        if name in said and not _is_text(said[name], 200):
            wrong.append(f"{name}: a text of at most 200 letters")
    if isinstance(said.get("id"), str) and not ID.fullmatch(said["id"]):
        wrong.append("id: GDI or GOE, country, organisation, number, as GDI-DK-EMBLA-1")
    for name, allowed in (("access", ACCESS), ("governance", GOVERNANCE), ("kind", KINDS), ("cohort", tuple(COHORTS)),
                          ("granularity", GRANULARITIES)):  # fmt: skip
        if name in said and said[name] not in allowed:
            wrong.append(f"{name}: one of {', '.join(allowed)}")
    for name in _LISTS:
        words = said.get(name, [])
        if not isinstance(words, list | tuple) or len(words) > _MOST_WORDS or not all(_is_text(w, 100) for w in words):
            wrong.append(f"{name}: a list of at most {_MOST_WORDS} words")
        elif name == "areas" and not set(words) <= set(AREAS):
            wrong.append(f"areas: of {', '.join(AREAS)}")
    floor = said.get("floor", 0)
    if isinstance(floor, bool) or not isinstance(floor, int) or not 0 <= floor <= 100_000:
        wrong.append("floor: a whole number of people")
    elif floor and said.get("kind") == "frequencies":
        wrong.append("floor: frequencies are hidden by the release's own bound")
    if not isinstance(said.get("synthetic", False), bool):
        wrong.append("synthetic: true or false")
    if said.get("environments") and said.get("kind") == "frequencies":
        wrong.append("environments: frequencies hold nobody's data")
    wrong += _uses(said.get("duo", {}))
    if wrong:
        raise BadInput("The data set is not right: " + "; ".join(wrong) + ".", mend="Mend these, then send it again.")
    ordered = {name: tuple(said.get(name, ())) for name in _LISTS}
    return DataSet(**{**said, **ordered, "title": dict(said["title"]), "description": dict(said["description"]),
                      "duo": dict(said.get("duo", {}))})  # fmt: skip


_NEEDED: Final = frozenset("id kind title description owner reviewers access governance cohort".split())


def _is_text(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) and len(value) <= most and not looks_like_cpr(value)


def _texts(name: str, said: Any) -> list[str]:
    if not isinstance(said, dict) or "en" not in said or not set(said) <= set(LANGUAGES):
        return [f"{name}: an object with en, and da where there is one"]
    if not all(_is_text(text, _MOST_TEXT) for text in said.values()):
        return [f"{name}: texts of at most {_MOST_TEXT} letters without numbers of persons"]
    return []


def _uses(said: Any) -> list[str]:
    if not isinstance(said, dict):
        return ["duo: an object of codes and what each names"]
    wrong = [f"duo: {str(code)[:20]} is no code of DUO" for code in said if code not in CODES]
    if wrong:
        return wrong
    for code, names in said.items():
        if not isinstance(names, str) or len(names) > 200 or looks_like_cpr(names):
            wrong.append(f"duo.{code}: a text of at most 200 letters")
        elif bool(CODES[code].names) != bool(names.strip()):
            wrong.append(f"duo.{code}: names {CODES[code].names or 'nothing'}")
    if said and sum(CODES[code].permission for code in said) != 1:
        wrong.append("duo: exactly one permission of NRES, GRU, HMB, DS, POA")
    return wrong


def may_follow(states: Sequence[str], new: str) -> None:
    """Refuses a step that a data set cannot take. `states` of its versions, oldest first."""
    if states and states[-1] == WITHDRAWN:
        raise Refused(
            "This data set was withdrawn; its id stays a tombstone.", mend="Give another data set another id."
        )
    if new == PUBLISHED and (not states or states[-1] != DRAFT):
        raise Refused("There is no draft to publish.", mend="`embla dataset draft` writes one.")
    if new == WITHDRAWN and PUBLISHED not in states:
        raise Refused("Only what was published can be withdrawn.", mend="A draft is shown to nobody.")
