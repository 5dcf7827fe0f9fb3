"""The conditions that rows of the table are made of. Each reads facts; a fact that was not given is not true."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from embla.platform import Actor
from embla.policy.model import Facts


@dataclass(frozen=True)
class Condition:
    """Something that must be so. `text` is the refusal when it is not."""

    name: str
    text: str
    holds: Callable[[Actor, Facts], bool]


def _fact(name: str, text: str) -> Condition:
    """A condition that is one fact."""
    return Condition(name, text, lambda _, facts: getattr(facts, name) is True)


OWN_LABORATORY: Final = Condition(
    "own_laboratory",
    "A laboratory reports and sees its own submissions only.",
    lambda actor, facts: actor.laboratory is not None and actor.laboratory == facts.laboratory,
)
LABORATORY_VALID: Final = _fact("laboratory_valid", "This laboratory is not among those that may report on this day.")
REPORTING_AGREED: Final = _fact(
    "reporting_agreed", "No data processing agreement about reporting is in force with this laboratory."
)
OWN_REGION: Final = _fact("own_region", "A regional coordinator sees the numbers of the own region only.")
OPEN_CASE: Final = _fact("open_case", "This case is closed; this needs an open one.")
TREATS: Final = _fact("treats", "This needs a case, and only those who treat its patient may ask.")
OF_CASE: Final = _fact("of_case", "This belongs to another person than the patient of this case.")
GLASS_OPEN: Final = _fact("glass_open", "No emergency access to this person is open.")
REASON_GIVEN: Final = _fact("reason_given", "An emergency access needs a stated reason.")
OTHERS_DOING: Final = _fact("others_doing", "Nobody reviews what they did themselves.")
CONSENT: Final = _fact("consent", "No consent in force is on record for this.")
RESEARCH_ALLOWED: Final = _fact(
    "research_allowed", "The person has opted out, or the opt-out register has not been asked of late."
)
PROJECT_MEMBER: Final = _fact("project_member", "Only the named members of the project may do this.")
PERMIT_VALID: Final = _fact("permit_valid", "The project has no permit in force on this day.")
IN_PERMIT: Final = _fact("in_permit", "The permit does not cover this.")
AGREEMENT_VALID: Final = _fact("agreement_valid", "There is no signed agreement in force with this partner.")
RECIPIENT_VALID: Final = _fact("recipient_valid", "This recipient is not registered under an agreement in force.")
STUDY_VALID: Final = _fact("study_valid", "There is no research agreement in force with this recipient.")
IN_DATA_SET: Final = _fact(
    "in_data_set", "No data set of the catalogue holds this, or its data do not go to this environment."
)
INSIDE_ZONE: Final = _fact("inside_zone", "Data about one person do not leave the residency zone.")
ENVIRONMENT_VALID: Final = _fact(
    "environment_valid", "Data about one person are sealed only for a registered key of a partner's secure environment."
)
STEPPED_UP: Final = _fact("stepped_up", "This needs a fresh sign-in: confirm who you are, then do it within minutes.")
