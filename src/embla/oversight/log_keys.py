"""End what the log says in words about a person: the key of those words is destroyed, and the chain still holds."""

from typing import TYPE_CHECKING

from embla.care import append_sealed, checked_text, emergencies_to_review, person_asked
from embla.errors import NotFound, Refused
from embla.platform import destroy_subject_key
from embla.policy import About, Action, permit

if TYPE_CHECKING:
    from embla.platform import Actor, House


def asked_to_erase(house: "House", actor: "Actor", person: str) -> str:
    """The pseudonym of the person whose words would end, once policy let the actor ask; nothing is done."""
    known = person_asked(house, person)
    about = About(person=known or "unknown", reason=True)
    permit(house.database, actor, Action.ERASE_LOG, purpose="rights", clock=house.clock, about=about)
    if known is None:
        raise NotFound("No such person was reported.", mend="Give the pseudonym, an accession, or LABORATORY:KEY.")
    return known


def erase_log_key(house: "House", actor: "Actor", person: str, text: str) -> bool:
    """Destroy the key under which free text about a person is sealed in the log: reasons of emergencies, reviews.

    `person` as the desk asks for one; `text` says why, and is kept sealed under a key of its own. False when nothing
    was sealed. Who did what, when and on which basis stays, for it must be provable. Refused while a review needs it.
    """
    said = checked_text(text)
    known = asked_to_erase(house, actor, person)
    if any(one.person == known for one in emergencies_to_review(house, actor)):
        raise Refused("An emergency access to this person waits for its review.", mend="Review it first.")
    at, erasure = house.clock(), "L" + house.new_id()
    with house.database.transaction() as connection:
        done = destroy_subject_key(connection, f"person:{known}", at=at)
        append_sealed(
            connection, house, at=at, actor=actor.id, kind="log-key-erased", subject=f"person:{known}",
            body={"erasure": erasure, "destroyed": done}, sealed_for=f"log-erasure:{erasure}", personal={"text": said},
        )  # fmt: skip
    return done
