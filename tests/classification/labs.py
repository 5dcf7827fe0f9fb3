"""Two laboratories with two people each, and short ways to draft, sign and ask."""

from datetime import date
from typing import Any

from embla.classification.model.record import Content, Evidence, Identity, condition_key
from embla.classification.naming import Named, name_allele
from embla.classification.service import save_draft, sign
from embla.classification.store import Shown
from embla.platform import Actor, House
from embla.reference import Resources
from embla.registry import laboratories

CSTB = "chr21-43774279-GGA-G"
SPLICE = "chr21-43774760-C-G"
DAY = date(2026, 2, 1)


def names_of_labs(house: House) -> list[str]:
    with house.database.reading() as connection:
        return sorted(one.id for one in laboratories(connection, on=house.clock().date()))


def person(house: House, lab: int = 0, who: str = "a") -> Actor:
    name = names_of_labs(house)[lab]
    return Actor(f"{name}-{who}", frozenset({"lab"}), name)


CLINICIAN = Actor("doctor", frozenset({"clinician"}))


def named(text: str = CSTB) -> Named:
    found = name_allele(text, Resources())
    assert isinstance(found, Named)
    return found


def draft(
    house: House, actor: Actor, class_: str = "P", *, allele: str = CSTB, condition: str = "MONDO:0009698",
    expected: int = 0, codes: tuple[str, ...] = (), **said: Any,
) -> Shown:  # fmt: skip
    identity = Identity(actor.laboratory or "", allele, condition_key(condition))
    evidence = tuple(Evidence(*code.partition("_")[::2][:1], strength=code.partition("_")[2]) for code in codes)
    evaluated = said.pop("evaluated", DAY)
    content = Content(class_, evaluated, actor.id, condition_label=condition, evidence=evidence, **said)
    return save_draft(house, actor, identity, named(allele), content, expected=expected)


def publish(house: House, lab: int, class_: str, *, expected: int = 0, **said: Any) -> Shown:
    """Drafted by one person of the laboratory and signed by another."""
    shown = draft(house, person(house, lab, "a"), class_, expected=expected, **said)
    assert sign(house, person(house, lab, "b"), shown.record.id, expected=shown.number, verdict=class_)
    return shown
