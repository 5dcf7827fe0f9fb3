"""The port through which every decision of the delivering doors comes.

Today a token's account asks: clinicians through their open case or an emergency, researchers through a permit, which
nobody provides yet and which is therefore refused. Visas and the access committee come in here: what they establish are
the facts `project_member`, `permit_valid` and `in_permit` of `policy`, and the account behind a passport; no door and
nothing that opens files changes with them.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from embla.datasets import data_set_for
from embla.errors import NotPermitted
from embla.policy import About, Action, Decision, permit
from embla.registry import EnvironmentKey, Genome, find_environment_key, find_genome, treated_case_about
from embla.vault import holders

if TYPE_CHECKING:
    from embla.federation.delivery.model.part import Thing
    from embla.platform import Actor, House


CARE: Final = "care"


@dataclass(frozen=True)
class Granted:
    """What was decided: the decision about the thing, of whom it is, for whose key it may be sealed, and in the name of
    which data set: CARE where a patient's own data are asked for those who treat."""

    decision: Decision
    genomes: tuple[str, ...]
    environment: EnvironmentKey | None
    dataset: str = CARE


def decide(house: "House", actor: "Actor", thing: "Thing", key: str = "") -> Granted:
    """May this actor have this thing, sealed for the key with this SHA-256, or plain where `key` is ""?

    Of a file every person whose data it holds is decided about, each with an entry in the log. NotPermitted, in the log
    too, else; what nobody has is refused like what another has.
    """
    with house.database.reading() as connection:
        ids = [thing.id] if thing.kind == "calls" else holders(connection, thing.id)
        genomes = [(name, find_genome(connection, name)) for name in ids]
        environment = find_environment_key(connection, key) if key else None
    action = Action.SEND_PERSON_DATA if key else Action.READ_CALLS if thing.kind == "calls" else Action.READ_FILE
    # Who treats and also does research asks for care; a permit will say for which project it is shown.
    purpose = "research" if actor.has("researcher") and not actor.has("clinician") else "care"
    dataset = None
    if purpose == "research":
        with house.database.reading() as connection:
            dataset = data_set_for(connection, ids, key, on=house.clock().date())
    decision: Decision | None = None
    for name, genome in genomes or [("", None)]:
        about = About(
            genome=name or None,
            person=genome.person if genome is not None else None,
            case=_case(house, actor, genome),
            file=thing.id if thing.kind == "file" else None,
            environment=key or None,
            destination=environment.partner if environment is not None else None,
            recipient=environment.partner if environment is not None else None,
            data_set=dataset,
        )
        decision = permit(house.database, actor, action, purpose=purpose, clock=house.clock, about=about)
        if genome is None:
            raise NotPermitted("Nothing here has that id.", rule="delivery.known")
    assert decision is not None  # at least one was asked about
    return Granted(decision, tuple(ids), environment, dataset or CARE)


def fingerprint(key: bytes) -> str:
    """How a public key is named in the log and in an address."""
    return sha256(key).hexdigest()


def _case(house: "House", actor: "Actor", genome: Genome | None) -> str | None:
    if genome is None:
        return None
    with house.database.reading() as connection:
        return treated_case_about(
            connection, actor.id, of_case=genome.case, person=genome.person, on=house.clock().date()
        )
