"""What the desk's pages call things, in the reader's language. `_` is gettext."""

from collections.abc import Callable
from typing import Final

from embla.oversight.deeds import done
from embla.oversight.model.anomalies import shipped_rules
from embla.platform import Event
from embla.platform.web import N_
from embla.policy import LEGAL_BASES, PURPOSES, RULES

Say = Callable[[str], str]

RULE_TEXTS: Final = (
    N_("One account looked at many persons within an hour."),
    N_("One account looked at many persons within a day."),
    N_("One account looked at several persons at night."),
    N_("One account reached for several persons of one region, beside its own cases."),
    N_("One account reached for several persons of one family, beside its own cases."),
    N_("One account asked for several cases that others treat."),
    N_("One account was refused again and again."),
    N_("One account opened several emergency accesses within a day."),
    N_("One account signed in from two places within half an hour."),
)
SHAPES: Final = (
    *RULE_TEXTS,
    N_("Nobody with this number is known here."),
    N_("Check the number; it is not kept."),
    N_("There is no such alert."),
    N_("The list of alerts has them all."),
    N_("There is no such incident."),
    N_("The list of incidents has them all."),
    N_("An alert is explained or becomes an incident."),
    N_("Say explained or incident."),
    N_("Nobody judges an alert about themselves."),
    N_("Another one must."),
    N_("An incident cannot be detected later than now."),
    N_("Give the time of detection, in UTC."),
    N_("This is no time."),
    N_("An incident is assessed before it is told."),
    N_("An incident is not closed before it is assessed."),
    N_("This one must be told to the authority before it is closed."),
    N_("This incident is closed."),
    N_("Its risk was found unlikely, so it is not told."),
    N_("It was told already."),
)


def pages(_: Say) -> dict[str, str]:
    """The desk's pages by the last part of their address."""
    return {
        "person": _("Who saw what of a person"),
        "alerts": _("Alerts"),
        "reviews": _("Emergency reviews"),
        "incidents": _("Incidents"),
        "processing": _("Record of processing"),
    }


def what(name: str, _: Say) -> str:
    """What was done: an action, or a kind of event."""
    return done(name, _)


def refusal(rule: str, _: Say) -> str:
    """Why something was refused, by the name of the rule: the condition that failed is its last part."""
    failed = rule.rpartition(".")[2]
    known = {
        "role": _("the role does not allow it"),
        "scope": _("the token was not made for it"),
        "purpose": _("it may not be done for this purpose"),
        "legal_basis": _("no legal basis was given"),
        "in_force": _("the legal basis was not in force"),
    }
    texts = {one.name: one.text for row in RULES for one in row.conditions}
    return known.get(failed) or (_(texts[failed]) if failed in texts else _("no rule allows it"))


def purpose(name: str, _: Say) -> str:
    """Why, in a word or two."""
    known = {
        "care": _("care"),
        "reporting": _("reporting"),
        "statistics": _("statistics"),
        "operation": _("operation"),
        "supervision": _("supervision"),
        "consent": _("the person's own decision"),
        "rights": _("the person's rights"),
        "research": _("research"),
        "security": _("security"),
    }
    return known.get(name, _(PURPOSES[name].text) if name in PURPOSES else name)


def basis(name: str, _: Say) -> str:
    """The paragraph, as the reader's language cites it."""
    found = LEGAL_BASES.get(name)
    if found is None:
        return name
    # Translators: a law and its paragraph, as in "Health Act, section 223 b".
    return _("%(law)s, %(paragraph)s") % {"law": _(found.law), "paragraph": _(found.paragraph)}


def role(name: str, _: Say) -> str:
    """A role, or several."""
    known = {
        "clinician": _("clinician"),
        "lab": _("laboratory"),
        "coordinator": _("regional coordinator"),
        "dpo": _("data protection officer"),
        "admin": _("administrator"),
        "board": _("board"),
        "secretary": _("the board's secretary"),
        "researcher": _("researcher"),
        "operator": _("operator of the machine"),
        "zone": _("keeper of the identity zone"),
        "system": _("the program itself"),
        "staff": _("staff"),
        "anybody": _("anybody"),
        "anonymous": _("somebody who had not signed in"),
    }
    first, space, number = name.rpartition(" ")
    if not number.isdigit():
        first, space, number = name, "", ""
    return ", ".join(known.get(part.strip(), part.strip()) for part in first.split(",")) + space + number


def rule(name: str, _: Say) -> str:
    """What a rule of anomaly says."""
    return _(shipped_rules().text_of(name))


def kind(name: str, _: Say) -> str:
    """A kind of incident."""
    known = {
        "wrong_access": _("access without a right"),
        "disclosure": _("disclosure"),
        "loss": _("loss of data"),
        "change": _("unwanted change"),
        "outage": _("outage"),
        "other": _("other"),
    }
    return known.get(name, name)


def state(name: str, _: Say) -> str:
    """A state of an alert, an incident or an emergency."""
    known = {
        "open": _("open"),
        "explained": _("explained"),
        "incident": _("incident"),
        "detected": _("detected"),
        "assessed": _("assessed"),
        "reported": _("told to the authority"),
        "closed": _("closed"),
        "justified": _("justified"),
        "not_justified": _("not justified"),
        "unlikely": _("a risk is unlikely"),
        "risk": _("there is a risk"),
        "high": _("the risk is high"),
    }
    return known.get(name, name)


def step(event: Event, _: Say) -> str:
    """A step of an incident."""
    return state(event.kind.removeprefix("incident-"), _)
