"""What the desk's pages call things, in the reader's language. `_` is gettext."""

from collections.abc import Callable
from typing import Final

from embla.oversight.model.anomalies import shipped_rules
from embla.platform import Event
from embla.platform.web import N_
from embla.policy import ACTIONS, LEGAL_BASES, PURPOSES, Action

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
    done = {
        "read_calls": _("calls were read"),
        "read_file": _("a file was read"),
        "read_qc": _("the quality of a genome was looked at"),
        "live_count": _("a live count was made for the case"),
        "read_consent": _("consents were read"),
        "manage_consent": _("a consent was noted"),
        "break_glass": _("emergency access was asked for"),
        "review_break_glass": _("an emergency access was reviewed"),
        "see_access_log": _("the log was looked at"),
        "extract_log": _("this extract of the log was made"),
        "see_proof": _("the effect of an opt-out was looked at"),
        "look_up_identity": _("the person was looked up"),
        "register_identity": _("the person was registered"),
        "research-freeze-holds": _("the genotypes went to a research project, under another name"),
        "erase_log": _("what the log says in words was to be ended"),
        "log-key-erased": _("what the log said in words was ended"),
        "person-withdrawn": _("the person's genomes and files were taken out"),
        "glass-broken": _("emergency access was opened"),
        "emergency-reviewed": _("an emergency access was judged"),
        "opt-out-set": _("an opt-out was noted"),
        "opt-out-ended": _("an opt-out was ended"),
        "submission-accepted": _("a laboratory reported a genome"),
        "submission-tested": _("a laboratory's test package was checked"),
        "equivalents-counted": _("samples of a package got their genome equivalents"),
        "laboratory-accredited": _("a laboratory's accreditation was noted"),
        "clinician-assigned": _("a clinician was assigned to the case"),
        "case-closed": _("the case was closed"),
    }
    if name in done:
        return done[name]
    return ACTIONS[Action(name)].text if name in set(Action) else name


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
    return known.get(name, PURPOSES[name].text if name in PURPOSES else name)


def basis(name: str) -> str:
    """The paragraph."""
    found = LEGAL_BASES.get(name)
    return f"{found.law}, {found.paragraph}" if found else name


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
    }
    first, number = (*name.split(" ", 1), "")[:2]
    if number.isdigit() and first in known:
        return f"{known[first]} {number}"
    return ", ".join(known.get(part.strip(), part.strip()) for part in name.split(","))


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
