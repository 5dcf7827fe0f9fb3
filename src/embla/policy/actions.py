"""What each action touches, and whether the access log keeps every decision about it. Refusals are always kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from embla.policy.model import Action

# open: for everybody. count: numbers without a person. laboratory: a laboratory's own. person: a person's data.
# house: how the database is run.
Level = Literal["open", "count", "laboratory", "person", "house"]


@dataclass(frozen=True)
class Touches:
    """`text` completes "somebody wants to ..."; `purpose` is what a caller states who states none."""

    level: Level
    purpose: str
    text: str
    logged: bool = True


ACTIONS: Final[Mapping[Action, Touches]] = {
    # A package leaves events of its own, accepted or refused; so its laboratory's look at it does not.
    Action.SUBMIT: Touches("laboratory", "reporting", "report a laboratory's genomes", logged=False),
    Action.SEE_OWN_SUBMISSIONS: Touches("laboratory", "reporting", "follow a laboratory's packages", logged=False),
    Action.FETCH_DEPOSIT: Touches("person", "reporting", "get back files that the own laboratory sent"),
    Action.BROWSE_REGISTRY: Touches("person", "reporting", "leaf through what is on record of persons and samples"),
    Action.SEE_REGION_SUBMISSIONS: Touches(
        "count", "reporting", "follow how a region reports, in numbers", logged=False
    ),
    Action.SEE_OWN_CASES: Touches("person", "care", "list the cases one treats", logged=False),
    Action.SEE_CASE: Touches("person", "care", "open a case one treats", logged=False),
    Action.LIVE_COUNT: Touches("count", "care", "count exactly and now, for a case"),
    # Versions, steps and events of their own say what was written; no person is in them.
    Action.CLASSIFY: Touches("laboratory", "care", "keep a laboratory's classified variants", logged=False),
    Action.SEE_CLASSIFICATIONS: Touches(
        "laboratory", "care", "see what laboratories concluded about variants", logged=False
    ),
    Action.ANSWER: Touches("person", "care", "answer about a patient, and follow the answer up"),
    # Cases and days alone: what a follow-up is about is shown by ANSWER, which is logged.
    Action.SEE_FOLLOW_UPS: Touches("person", "care", "list which answers wait for somebody", logged=False),
    Action.SEE_ESCALATIONS: Touches("person", "care", "list which departments have not moved in time", logged=False),
    Action.FIND_CARRIERS: Touches("person", "care", "find whom new knowledge about a variant concerns"),
    Action.ASK_COLLEAGUES: Touches("person", "care", "ask whoever treats another carrier of a patient's variant"),
    Action.READ_RELEASE: Touches("open", "statistics", "read a release", logged=False),
    Action.CUT_RELEASE: Touches("house", "operation", "cut a release"),
    Action.EXPORT_RELEASE: Touches("count", "statistics", "hand a whole release to a named recipient"),
    Action.SEE_LEAVERS: Touches("count", "supervision", "see how many who left wait for the open numbers"),
    Action.READ_CALLS: Touches("person", "care", "read a person's calls"),
    Action.READ_FILE: Touches("person", "care", "read a person's files, or a slice of one"),
    Action.READ_QC: Touches("person", "care", "read how well a person's genome was read"),
    Action.SEND_PERSON_DATA: Touches("person", "care", "send a person's data to a partner"),
    Action.RESEARCH_FREEZE: Touches("person", "research", "freeze genotypes for a study"),
    Action.BREAK_GLASS: Touches("person", "care", "reach a person's data in an emergency, without a case"),
    Action.REVIEW_BREAK_GLASS: Touches("person", "supervision", "review an emergency access"),
    Action.SEE_ACCESS_LOG: Touches("person", "supervision", "read the access log"),
    Action.EXTRACT_LOG: Touches("person", "rights", "extract who saw a person's data, for that person"),
    Action.SEE_PROOF: Touches("person", "supervision", "see when a person's decision took effect"),
    Action.WATCH_LOG: Touches("person", "supervision", "see and judge what is unusual in the log"),
    Action.ERASE_LOG: Touches("person", "rights", "end what the log says in words about a person"),
    Action.SEE_RULES: Touches("house", "supervision", "see the table of who may do what", logged=False),
    Action.SEE_PROCESSING: Touches("house", "supervision", "see the record of processing", logged=False),
    Action.MANAGE_INCIDENTS: Touches("house", "security", "keep incidents and their clock"),
    Action.SEE_BOARD: Touches("count", "statistics", "see the board's figures, money and decisions", logged=False),
    Action.MANAGE_BOARD: Touches("house", "operation", "write what the board decided, planned and paid"),
    Action.MANAGE_REGISTRY: Touches("house", "operation", "keep the registers"),
    Action.MANAGE_AGREEMENTS: Touches("house", "operation", "keep agreements with partners"),
    Action.COUNT_PEOPLE: Touches("count", "research", "count people whom a study would find"),
    Action.MANAGE_DATASETS: Touches("house", "operation", "keep the data sets of the catalogue"),
    Action.READ_CONSENT: Touches("person", "consent", "read what a person decided"),
    Action.MANAGE_CONSENT: Touches("person", "consent", "note what a person decided"),
    Action.SYNC_OPT_OUTS: Touches("person", "consent", "ask the opt-out register"),
    Action.WITHDRAW_PERSON: Touches("person", "consent", "take a person's genomes out"),
    Action.REGISTER_IDENTITY: Touches("person", "reporting", "give a person a pseudonym"),
    Action.LOOK_UP_IDENTITY: Touches("person", "reporting", "find a person's pseudonym"),
    Action.MANAGE_IDENTITY: Touches("person", "operation", "keep the identity zone"),
    Action.GIVE_PROJECT_PSEUDONYM: Touches("person", "research", "give persons the pseudonyms of a project"),
    Action.MANAGE_ACCOUNTS: Touches("house", "operation", "open and close accounts and tokens"),
    Action.OPERATE: Touches("house", "operation", "run the machine: keys, checks, merging, checkpoints"),
    Action.BACK_UP: Touches("house", "security", "make or restore a backup"),
}


def logged(action: Action) -> bool:
    """True when the log keeps every decision about it."""
    return ACTIONS[action].logged
