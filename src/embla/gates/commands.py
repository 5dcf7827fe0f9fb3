"""The row of each command on a home, and of those that need none."""

from collections.abc import Mapping
from typing import Final

from embla.gates.rows import BARE, MACHINE, PUBLIC, Command
from embla.policy import Action


def _asked(action: Action, purpose: str) -> Command:
    return Command(action, purpose)


def _asks(action: Action, purpose: str) -> Command:
    return Command(action, purpose, asks=True)


COMMANDS: Final[Mapping[str, Command]] = {
    **dict.fromkeys(
        [f"store {verb}" for verb in "create add remove count carriers genome annotate export compact rebuild upgrade "
         "stats verify".split()], BARE
    ),
    **dict.fromkeys(("pgx call", "pgx report", "pgx medicines", "pgx concordance"), BARE),
    **dict.fromkeys(("pgx passport issue", "pgx passport list"), _asks(Action.READ_CALLS, "care")),
    "pgx passport revoke": _asks(Action.MANAGE_REGISTRY, "operation"),
    "pgx passport revoked": _asked(Action.MANAGE_REGISTRY, "operation"),
    "pgx recall": _asks(Action.OPERATE, "operation"),
    "pgx frequencies": _asked(Action.READ_RELEASE, "statistics"),
    **dict.fromkeys(("acmg score", "classification compare"), BARE),
    "variant resolve": BARE,
    **dict.fromkeys(("simulate", "demo", "settings", "serve", "warm", "verify"), MACHINE),
    **dict.fromkeys(("submission init", "submission check", "submission schema", "submission rules",
                     "submission to-phenopacket", "submission from-phenopacket"), BARE),
    **dict.fromkeys(
        [f"classification {verb}" for verb in
         "import list submit sign withdraw unresolved discordances clinvar".split()],
        _asks(Action.CLASSIFY, "care"),
    ),
    **dict.fromkeys(
        [f"classification {verb}" for verb in "show export annotate".split()],
        _asks(Action.SEE_CLASSIFICATIONS, "care"),
    ),
    **dict.fromkeys(("panel list", "panel show", "panel diff", "panel check"), PUBLIC),
    "panel define": _asks(Action.MANAGE_REGISTRY, "operation"),
    **dict.fromkeys(("panel draft", "panel approve", "panel in-force"), _asks(Action.CLASSIFY, "care")),
    "answers watch": _asked(Action.OPERATE, "operation"),
    "answers register": _asks(Action.SEE_ESCALATIONS, "care"),
    **dict.fromkeys(("answers list", "answers questions"), _asks(Action.SEE_FOLLOW_UPS, "care")),
    "answers escalations": _asks(Action.SEE_ESCALATIONS, "care"),
    **dict.fromkeys([f"answers {verb}" for verb in "show decide informed give export acknowledge read reply".split()],
                    _asks(Action.ANSWER, "care")),
    "answers ask": _asks(Action.ASK_COLLEAGUES, "care"),
    "submission send": _asks(Action.SUBMIT, "reporting"),
    **dict.fromkeys(("submission encrypt", "submission public-key"), PUBLIC),
    "submission list": _asked(Action.SEE_OWN_SUBMISSIONS, "operation"),
    "submission status": _asked(Action.SEE_OWN_SUBMISSIONS, "operation"),
    "submission certificate": _asks(Action.SEE_OWN_SUBMISSIONS, "operation"),
    "submission fetch": _asks(Action.FETCH_DEPOSIT, "reporting"),
    "submission region": _asks(Action.SEE_REGION_SUBMISSIONS, "reporting"),
    "submission sweep": _asked(Action.OPERATE, "operation"),
    **dict.fromkeys(("frequency count", "frequency release list", "frequency release show"), PUBLIC),
    "frequency structural": PUBLIC,
    "frequency live": _asks(Action.LIVE_COUNT, "care"),
    "frequency annotate": _asks(Action.LIVE_COUNT, "care"),
    "frequency release cut": _asks(Action.CUT_RELEASE, "operation"),
    **dict.fromkeys(("frequency release verify", "frequency diff"), PUBLIC),
    **dict.fromkeys(("frequency file", "frequency mini-node"), _asks(Action.EXPORT_RELEASE, "statistics")),
    "frequency freeze": _asks(Action.RESEARCH_FREEZE, "research"),
    "frequency leavers": _asks(Action.SEE_LEAVERS, "supervision"),
    **dict.fromkeys(("registry regions", "registry labs", "registry groups"), PUBLIC),
    "registry genomes": _asked(Action.MANAGE_REGISTRY, "operation"),
    "registry person": _asked(Action.MANAGE_REGISTRY, "operation"),
    **dict.fromkeys(
        [f"registry {words}" for words in (
            "add-lab", "accredit", "reported", "treats",
             "close-case", "opt-out set", "opt-out end", "opt-out list", "opt-out status")],
        _asks(Action.MANAGE_REGISTRY, "operation"),
    ),
    **dict.fromkeys(
        ("registry pipeline note", "registry pipeline list", "registry pipeline made"),
        _asks(Action.MANAGE_REGISTRY, "operation"),
    ),
    **dict.fromkeys(("registry persons", "registry show"), _asks(Action.BROWSE_REGISTRY, "operation")),
    "registry opt-out sync": _asks(Action.SYNC_OPT_OUTS, "consent"),
    **dict.fromkeys(("registry consent note", "registry consent withdraw"), _asks(Action.MANAGE_CONSENT, "consent")),
    "registry consent list": _asks(Action.READ_CONSENT, "consent"),
    "registry consent sync": _asks(Action.SYNC_OPT_OUTS, "consent"),
    **dict.fromkeys(
        [f"registry agreement {verb}" for verb in ("add", "sign", "end", "list")]
        + [f"registry environment {verb}" for verb in ("add", "end", "list")],
        _asks(Action.MANAGE_AGREEMENTS, "operation"),
    ),
    "registry withdraw": _asks(Action.WITHDRAW_PERSON, "consent"),
    "registry erasures": _asks(Action.SEE_PROOF, "supervision"),
    "registry read-calls": _asks(Action.READ_CALLS, "care"),
    "registry log": _asks(Action.SEE_ACCESS_LOG, "supervision"),
    **dict.fromkeys(("identity register", "identity link"), _asks(Action.REGISTER_IDENTITY, "reporting")),
    "identity find": _asks(Action.LOOK_UP_IDENTITY, "reporting"),
    **dict.fromkeys(
        ("identity show", "identity alias", "identity rename", "identity rotate", "identity status",
         "registry join"),
        _asks(Action.MANAGE_IDENTITY, "operation"),
    ),
    "dpo person": _asks(Action.EXTRACT_LOG, "rights"),
    "dpo erase-log": _asks(Action.ERASE_LOG, "rights"),
    "delivery send": _asks(Action.SEND_PERSON_DATA, "care"),
    "care header": _asks(Action.SEND_PERSON_DATA, "care"),
    **dict.fromkeys(("dpo alerts", "dpo watch", "dpo judge"), _asks(Action.WATCH_LOG, "supervision")),
    **dict.fromkeys(("dpo reviews", "dpo review"), _asks(Action.REVIEW_BREAK_GLASS, "supervision")),
    **dict.fromkeys(("dpo incidents", "dpo incident"), _asks(Action.MANAGE_INCIDENTS, "security")),
    "dpo processing": _asks(Action.SEE_PROCESSING, "supervision"),
    "identity project": _asks(Action.GIVE_PROJECT_PSEUDONYM, "research"),
    **dict.fromkeys(("keys show", "keys export"), PUBLIC),
    **dict.fromkeys(("log show", "log export", "log prove"), _asked(Action.SEE_ACCESS_LOG, "supervision")),
    **dict.fromkeys(("log status", "log checkpoint"), _asked(Action.OPERATE, "security")),
    "keys seal": _asked(Action.OPERATE, "security"),
    "keys rotate": _asked(Action.OPERATE, "security"),
    # They look at a home that may be broken, old or not there yet: nothing is asked of its database first.
    **dict.fromkeys(("doctor", "restore", "upgrade"), MACHINE),
    **dict.fromkeys([f"backup {verb}" for verb in ("keygen", "list", "prune", "verify")], BARE),
    **dict.fromkeys(("backup make", "backup drill", "backup recovery-key"), _asked(Action.BACK_UP, "security")),
    **dict.fromkeys(
        [f"vault {verb}" for verb in ("status", "fixity", "rotate", "bring-in", "check-store")],
        _asked(Action.OPERATE, "security"),
    ),
    # Aggregates of the nation: they need no account. What the board's ledger takes in is decided and logged.
    **dict.fromkeys(
        [f"board {word}" for word in ("kpi", "forecast", "split", "refunds", "budget", "annex", "history show",
                                      "ledger", "check", "reconcile")], PUBLIC
    ),
    "board group list": _asks(Action.SEE_BOARD, "statistics"),
    "board group step": _asks(Action.MANAGE_BOARD, "operation"),
    **dict.fromkeys(("board history load", "board enter", "board postings", "board pay"),
                    _asks(Action.MANAGE_BOARD, "operation")),
    **dict.fromkeys(("dataset draft", "dataset publish", "dataset withdraw"),
                    _asks(Action.MANAGE_DATASETS, "operation")),
    "node publish": _asks(Action.MANAGE_DATASETS, "operation"),
    **dict.fromkeys(
        ("node status", "node conformance", "node preview", "node ask"), _asked(Action.OPERATE, "operation")
    ),
    **dict.fromkeys(("dataset list", "dataset show", "dataset feasibility"), PUBLIC),
    "home init": MACHINE,
    "home status": _asked(Action.OPERATE, "operation"),
    "home accounts": _asked(Action.MANAGE_ACCOUNTS, "operation"),
    "home add-account": _asked(Action.MANAGE_ACCOUNTS, "operation"),
    "home close-account": _asked(Action.MANAGE_ACCOUNTS, "operation"),
    "home end-sessions": _asked(Action.MANAGE_ACCOUNTS, "operation"),
    "home token": _asked(Action.MANAGE_ACCOUNTS, "operation"),
    "home tokens": _asked(Action.MANAGE_ACCOUNTS, "operation"),
    "home revoke-token": _asked(Action.MANAGE_ACCOUNTS, "operation"),
    "home revoke-tokens": _asked(Action.MANAGE_ACCOUNTS, "operation"),
    "home verify-log": _asked(Action.OPERATE, "security"),
}  # fmt: skip
