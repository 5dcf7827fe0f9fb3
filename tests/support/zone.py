"""Look-ups in the identity zone as its edges make them: asked at the door, then done with the decision."""

from collections.abc import Sequence

from embla import identity
from embla.identity import Number
from embla.identity.model.person import Identity
from embla.platform import Actor, House
from embla.policy import About, Action, permit


def find_persons(
    house: House, actor: Actor, numbers: Sequence[Number], *, purpose: str = "reporting"
) -> list[str | None]:
    decision = permit(
        house.database, actor, Action.LOOK_UP_IDENTITY, purpose=purpose, clock=house.clock, laboratory=actor.laboratory
    )
    return identity.find_persons(house, decision, numbers)


def show_person(house: House, actor: Actor, person: str, *, purpose: str = "operation") -> Identity:
    about = About(person=person)
    decision = permit(house.database, actor, Action.MANAGE_IDENTITY, purpose=purpose, clock=house.clock, about=about)
    return identity.show_person(house, decision, person)


def project_pseudonyms(house: House, actor: Actor, project: str, persons: Sequence[str]) -> list[str]:
    about = About(project=project)
    decision = permit(
        house.database, actor, Action.GIVE_PROJECT_PSEUDONYM, purpose="research", clock=house.clock, about=about
    )
    return identity.project_pseudonyms(house, decision, project, persons)
