"""Every way in has a row here: each page and API route, and each command on a home, with the action it stands for.

A route or command without a row fails the build: `create_app` refuses to start, and a house test walks the commands. At
run time the web edge holds what the table says: no answer (2xx) of a row with an action leaves before a decision about
that action was made in this very request. A command that does not ask itself is asked about when it opens the home.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

from embla.errors import UsageError
from embla.policy import Action, Decision

SAFE: Final = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Gate:
    """One row. `actions`: any of these must have been decided. None of them: `signed_in` says whether a session is
    needed, about which the page then shows nothing but what is its own."""

    actions: tuple[Action, ...] = ()
    signed_in: bool = False


@dataclass(frozen=True)
class Command:
    """One row for a command. `asks`: its service asks for the decision itself; else it is asked for when the home
    opens. `purpose` is what the operator then states."""

    action: Action | None = None
    purpose: str = ""
    asks: bool = False


OPEN: Final = Gate()
OWN: Final = Gate(signed_in=True)


def _for(*actions: Action) -> Gate:
    return Gate(actions, signed_in=True)


_DELIVERED: Final = _for(Action.READ_CALLS, Action.READ_FILE, Action.SEND_PERSON_DATA)

ROUTES: Final[Mapping[str, Gate]] = {
    # The house.
    "GET /static/{name:path}": OPEN,
    "GET /openapi.json": OPEN,
    "GET /login": OPEN,
    "POST /login": OPEN,
    "GET /login/start": OPEN,
    "GET /login/callback": OPEN,
    "POST /logout": OPEN,
    "GET /step-up": OWN,
    "POST /step-up": OWN,
    "GET /account": OWN,
    "POST /account/end-session": OWN,
    "POST /sign-out-everywhere": OWN,
    "GET /preferences": OPEN,
    "POST /preferences": OPEN,
    "GET /accessibility": OPEN,
    "GET /privacy": OPEN,
    "GET /status": OPEN,
    "GET /healthz": OPEN,
    # Figures of the machine, to those whom its own token or address lets in.
    "GET /metrics": OPEN,
    "GET /api": OPEN,
    # Releases: open to everybody, past disclosure.
    "GET /": OPEN,
    "GET /search": OPEN,
    "POST /search": OPEN,
    "POST /search/suggest": OPEN,
    "GET /opensearch.xml": OPEN,
    "GET /batch": OPEN,
    "POST /batch": OPEN,
    "POST /batch.csv": OPEN,
    "POST /batch.json": OPEN,
    "GET /variant/{text}": OPEN,
    "GET /variant/{text}.json": OPEN,
    "GET /variant/{text}.csv": OPEN,
    "GET /gene/{name}": OPEN,
    "GET /gene/{name}.json": OPEN,
    "GET /gene/{name}.csv": OPEN,
    "GET /region/{text}": OPEN,
    "GET /region/{text}.json": OPEN,
    "GET /region/{text}.csv": OPEN,
    "GET /how": OPEN,
    "GET /medicines": OPEN,
    "GET /medicines.json": OPEN,
    "GET /releases": OPEN,
    "GET /releases.json": OPEN,
    "GET /releases/compare": OPEN,
    "GET /api/releases": OPEN,
    "GET /api/releases/{before}/compare/{after}": OPEN,
    "GET /api/frequencies/{variant}": OPEN,
    "POST /api/frequencies": OPEN,
    "GET /api/regions/{region}": OPEN,
    "GET /api/structural/{region}": OPEN,
    # The reference, for other nodes' programs.
    "GET /refget/service-info": OPEN,
    "GET /refget/sequence/service-info": OPEN,
    "GET /refget/sequence/{name}": OPEN,
    "GET /refget/sequence/{name}/metadata": OPEN,
    # How often, for other countries' programs: releases only, past disclosure.
    **dict.fromkeys(
        [
            f"GET /beacon/{mount}/v2{name}"
            for mount in ("aggregated", "sensitive", "network")
            for name in (
                "",
                "/",
                "/info",
                "/service-info",
                "/configuration",
                "/entry_types",
                "/map",
                "/filtering_terms",
            )
        ],
        OPEN,
    ),
    **dict.fromkeys(
        [
            f"{method} /beacon/aggregated/v2/{name}"
            for method in ("GET", "POST", "OPTIONS")
            for name in (
                "g_variants",
                "g_variants/{identifier}",
                "datasets",
                "datasets/{identifier}",
                "datasets/{identifier}/g_variants",
            )
        ],
        OPEN,
    ),
    # How many people, for researchers: decided, rounded, within a budget.
    **dict.fromkeys(
        [
            f"{method} /beacon/sensitive/v2/{name}"
            for method in ("GET", "POST")
            for name in ("{entry}", "{entry}/{identifier}", "{entry}/{identifier}/{linked}")
        ],
        _for(Action.COUNT_PEOPLE),
    ),
    # What all nodes say of an allele: for accounts, as it spends this node's budget at the others.
    **dict.fromkeys(("GET /beacon/network/v2/g_variants", "POST /beacon/network/v2/g_variants"), OWN),
    **dict.fromkeys(("GET /network", "POST /network"), OWN),
    "GET /node": _for(Action.OPERATE),
    "GET /node.json": _for(Action.OPERATE),
    # The catalogue, for people and for harvesters.
    "GET /catalogue": OPEN,
    **dict.fromkeys(("GET /catalogue/{identifier}", "POST /catalogue/{identifier}"), OPEN),
    **dict.fromkeys(
        ["GET /fairdp", "GET /fairdp/", "GET /fairdp/{kind}/{identifier}", "GET /fairdp/{kind}/{identifier}/"], OPEN
    ),
    # One person's reads, calls and files, for who may have them: each answer with a decision of its own.
    **dict.fromkeys(("GET /htsget/reads/service-info", "GET /htsget/variants/service-info"), OPEN),
    **dict.fromkeys(("OPTIONS /htsget/reads/{name:path}", "OPTIONS /htsget/variants/{name:path}"), OPEN),
    **dict.fromkeys(
        ("GET /htsget/reads/{name:path}", "POST /htsget/reads/{name:path}"),
        _for(Action.READ_FILE, Action.SEND_PERSON_DATA),
    ),
    **dict.fromkeys(("GET /htsget/variants/{name:path}", "POST /htsget/variants/{name:path}"), _DELIVERED),
    "GET /ga4gh/drs/v1/service-info": OPEN,
    **dict.fromkeys(
        [f"OPTIONS /ga4gh/drs/v1/objects{end}" for end in ("", "/{identifier}", "/{identifier}/access/{access_id}")],
        OPEN,
    ),
    **dict.fromkeys([f"{method} /ga4gh/drs/v1/objects/{{identifier}}" for method in ("GET", "POST")], _DELIVERED),
    **dict.fromkeys(
        [f"{method} /ga4gh/drs/v1/objects/{{identifier}}/access/{{access_id}}" for method in ("GET", "POST")],
        _for(Action.READ_FILE, Action.SEND_PERSON_DATA),
    ),
    "POST /ga4gh/drs/v1/objects": _DELIVERED,
    "POST /ga4gh/drs/v1/objects/access": _for(Action.READ_FILE, Action.SEND_PERSON_DATA),
    "GET /deliver/{capability}": _DELIVERED,
    "OPTIONS /deliver/{capability}": OPEN,
    "GET /leavers": _for(Action.SEE_LEAVERS),
    "GET /leavers.json": _for(Action.SEE_LEAVERS),
    # A clinician's cases.
    "GET /cases": _for(Action.SEE_OWN_CASES),
    "GET /case/{case}": _for(Action.SEE_CASE),
    "POST /case/{case}": _for(Action.LIVE_COUNT, Action.SEE_CASE),
    "POST /api/cases/{case}/frequencies": _for(Action.LIVE_COUNT),
    "POST /api/cases/{case}/structural": _for(Action.LIVE_COUNT),
    # A patient's data back to those who treat, and emergencies. The form of an emergency shows one's own only.
    "GET /case/{case}/genomes": _for(Action.READ_QC),
    "POST /case/{case}/calls": _for(Action.READ_CALLS),
    "POST /case/{case}/file": _for(Action.READ_FILE),
    "GET /emergency": OWN,
    "POST /emergency": _for(Action.BREAK_GLASS),
    "GET /emergency/{emergency}": _for(Action.READ_QC),
    "POST /emergency/{emergency}/calls": _for(Action.READ_CALLS),
    "POST /emergency/{emergency}/file": _for(Action.READ_FILE),
    "GET /case/{case}/medicines": _for(Action.READ_CALLS),
    "GET /case/{case}/medicines/gene/{gene}": _for(Action.READ_CALLS),
    "GET /case/{case}/medicines/drug/{drug}": _for(Action.READ_CALLS),
    "POST /api/pgx/profile": _for(Action.READ_CALLS),
    "POST /api/pgx/medicines": _for(Action.READ_CALLS),
    "GET /cds-services": OPEN,
    "POST /cds-services/{service}": _for(Action.READ_CALLS),
    "POST /api/care/genomes": _for(Action.READ_QC),
    "POST /api/care/calls": _for(Action.READ_CALLS),
    "POST /api/care/file": _for(Action.READ_FILE),
    # A laboratory's submissions.
    "GET /submissions": _for(Action.SEE_OWN_SUBMISSIONS),
    **dict.fromkeys(
        [
            f"GET /submissions/{name}"
            for name in (
                "rejected.csv",
                "reconciliation",
                "reconciliation.json",
                "reconciliation.csv",
                "promises",
                "promises.json",
                "quality",
                "quality.json",
                "quality.csv",
            )
        ],
        _for(Action.SEE_OWN_SUBMISSIONS),
    ),
    "GET /submissions/send": _for(Action.SEE_OWN_SUBMISSIONS),
    "POST /submissions/send": _for(Action.SUBMIT),
    # What is on record of a laboratory's own persons, and the registers of organisations.
    "GET /registry/persons": _for(Action.BROWSE_REGISTRY),
    "GET /registry/persons.json": _for(Action.BROWSE_REGISTRY),
    "GET /registry/person/{person}": _for(Action.BROWSE_REGISTRY),
    "GET /registry/person/{person}.json": _for(Action.BROWSE_REGISTRY),
    "GET /registry/organisations": OPEN,
    "GET /registry/organisations.json": OPEN,
    # A regional coordinator's numbers; the first leads to the own region and shows nothing.
    "GET /submissions/region": OWN,
    "GET /submissions/region/{code}": _for(Action.SEE_REGION_SUBMISSIONS),
    "GET /submissions/region/{code}.json": _for(Action.SEE_REGION_SUBMISSIONS),
    "GET /submissions/{submission}": _for(Action.SEE_OWN_SUBMISSIONS),
    "GET /submissions/{submission}.json": _for(Action.SEE_OWN_SUBMISSIONS),
    "GET /submissions/{submission}.csv": _for(Action.SEE_OWN_SUBMISSIONS),
    "POST /submissions/{submission}/certificate": _for(Action.SEE_OWN_SUBMISSIONS),
    "GET /submissions/{submission}/certificate.json": _for(Action.SEE_OWN_SUBMISSIONS),
    "GET /api/submissions/schema": OPEN,
    "GET /api/submissions/key": OPEN,
    "GET /api/submissions": _for(Action.SEE_OWN_SUBMISSIONS),
    "GET /api/submissions/{submission}": _for(Action.SEE_OWN_SUBMISSIONS),
    "POST /api/submissions/{submission}/certificate": _for(Action.SEE_OWN_SUBMISSIONS),
    "GET /api/submissions/{submission}/certificate": _for(Action.SEE_OWN_SUBMISSIONS),
    "GET /api/submissions/{submission}/files": _for(Action.SEE_OWN_SUBMISSIONS),
    "GET /api/submissions/{submission}/files/{number}": _for(Action.FETCH_DEPOSIT),
    "POST /api/submissions": _for(Action.SUBMIT),
    "PUT /api/submissions/uploads/{upload}/{number}": _for(Action.SUBMIT),
    "POST /api/submissions/uploads/{upload}": _for(Action.SUBMIT),
    # What laboratories conclude about variants.
    "GET /classifications": _for(Action.CLASSIFY),
    "GET /classifications/names": _for(Action.CLASSIFY),
    "POST /classifications/names/{name}": _for(Action.CLASSIFY),
    "GET /classifications/new": _for(Action.CLASSIFY),
    "POST /classifications": _for(Action.CLASSIFY),
    "GET /classifications/{classification}": _for(Action.SEE_CLASSIFICATIONS, Action.CLASSIFY),
    "POST /classifications/{classification}": _for(Action.CLASSIFY),
    # Without a token: what is shared with everybody.
    "GET /api/classifications": OPEN,
    "GET /api/classifications/own": _for(Action.CLASSIFY),
    "POST /api/classifications": _for(Action.CLASSIFY),
    "POST /api/classifications/{classification}/sign": _for(Action.CLASSIFY),
    "POST /api/classifications/{classification}/withdraw": _for(Action.CLASSIFY),
    "POST /api/acmg": OPEN,
    "GET /discordances": _for(Action.CLASSIFY),
    "POST /discordances/{discordance}": _for(Action.CLASSIFY),
    # Gene panels that networks agreed on, for everybody.
    "GET /panels": OPEN,
    "GET /panels/{panel}": OPEN,
    "POST /panels/{panel}": OPEN,
    "POST /panels/{panel}/{position}": _for(Action.CLASSIFY),
    # Answers, and what new knowledge asks of those who treat.
    "GET /follow-ups": _for(Action.SEE_FOLLOW_UPS),
    "GET /escalations": _for(Action.SEE_ESCALATIONS),
    "GET /questions": _for(Action.SEE_FOLLOW_UPS),
    "GET /case/{case}/follow-ups/{name}": _for(Action.ANSWER),
    "POST /case/{case}/follow-ups/{name}": _for(Action.ANSWER),
    "GET /case/{case}/answers": _for(Action.ANSWER),
    "POST /case/{case}/answers": _for(Action.ANSWER),
    "POST /case/{case}/answers/{answer}": _for(Action.ANSWER),
    "GET /case/{case}/answers/{answer}/{number}.pdf": _for(Action.ANSWER),
    "GET /case/{case}/answers/{answer}/{number}.fhir.json": _for(Action.ANSWER),
    "POST /case/{case}/questions": _for(Action.ASK_COLLEAGUES),
    "GET /case/{case}/questions/{question}": _for(Action.ANSWER),
    "POST /case/{case}/questions/{question}": _for(Action.ANSWER),
    "POST /api/answers/waiting": _for(Action.ANSWER),
    "POST /api/answers/acknowledge": _for(Action.ANSWER),
    # Who is who: for laboratories' machines.
    "POST /api/identity/persons": _for(Action.REGISTER_IDENTITY),
    "GET /identity": _for(Action.MANAGE_IDENTITY),
    "POST /identity/find": _for(Action.LOOK_UP_IDENTITY),
    "POST /identity/register": _for(Action.REGISTER_IDENTITY),
    # What people decided.
    "GET /case/{case}/consent": _for(Action.READ_CONSENT),
    "POST /case/{case}/consent": _for(Action.MANAGE_CONSENT),
    "GET /decisions": _for(Action.SEE_PROCESSING),
    "POST /decisions": _for(Action.READ_CONSENT),
    # Oversight.
    "GET /erasures": _for(Action.SEE_PROOF),
    "GET /erasures/{identifier}.json": _for(Action.SEE_PROOF),
    "GET /rules": _for(Action.SEE_RULES),
    "GET /rules.json": _for(Action.SEE_RULES),
    "GET /dpo": _for(Action.WATCH_LOG),
    "GET /dpo.json": _for(Action.WATCH_LOG),
    # An empty form.
    "GET /dpo/person": OWN,
    "POST /dpo/person": _for(Action.SEE_ACCESS_LOG),
    "POST /dpo/person/number": _for(Action.LOOK_UP_IDENTITY),
    "POST /dpo/person.json": _for(Action.EXTRACT_LOG),
    "POST /dpo/person.csv": _for(Action.EXTRACT_LOG),
    "POST /dpo/person/letter": _for(Action.EXTRACT_LOG),
    "GET /dpo/alerts": _for(Action.WATCH_LOG),
    "GET /dpo/alerts.json": _for(Action.WATCH_LOG),
    "GET /dpo/alerts/{alert}": _for(Action.WATCH_LOG),
    "POST /dpo/alerts/{alert}": _for(Action.WATCH_LOG),
    "GET /dpo/reviews": _for(Action.REVIEW_BREAK_GLASS),
    "GET /dpo/reviews.json": _for(Action.REVIEW_BREAK_GLASS),
    "GET /dpo/reviews/{emergency}": _for(Action.REVIEW_BREAK_GLASS),
    "POST /dpo/reviews/{emergency}": _for(Action.REVIEW_BREAK_GLASS),
    "GET /dpo/incidents": _for(Action.MANAGE_INCIDENTS),
    "GET /dpo/incidents.json": _for(Action.MANAGE_INCIDENTS),
    "POST /dpo/incidents": _for(Action.MANAGE_INCIDENTS),
    "GET /dpo/incidents/{incident}": _for(Action.MANAGE_INCIDENTS),
    "POST /dpo/incidents/{incident}": _for(Action.MANAGE_INCIDENTS),
    "GET /dpo/processing": _for(Action.SEE_PROCESSING),
    "GET /dpo/processing.json": _for(Action.SEE_PROCESSING),
    # The board: aggregates and its own ledger.
    "GET /board": _for(Action.SEE_BOARD),
    "GET /board.json": _for(Action.SEE_BOARD),
    "GET /board.csv": _for(Action.SEE_BOARD),
    "GET /board/figure/{name}": _for(Action.SEE_BOARD),
    "GET /board/money": _for(Action.SEE_BOARD),
    "GET /board/money.json": _for(Action.SEE_BOARD),
    "GET /board/money.csv": _for(Action.SEE_BOARD),
    "GET /board/annex.pdf": _for(Action.SEE_BOARD),
    "GET /board.xlsx": _for(Action.SEE_BOARD),
    "GET /board/money.xlsx": _for(Action.SEE_BOARD),
    "GET /board/statement.pdf": _for(Action.SEE_BOARD),
    "GET /board/group/{code}/evaluation.pdf": _for(Action.SEE_BOARD),
    "GET /board/ledger": _for(Action.SEE_BOARD),
    "GET /board/ledger/new": _for(Action.MANAGE_BOARD),
    "POST /board/ledger/new": _for(Action.MANAGE_BOARD),
    "GET /board/postings": _for(Action.MANAGE_BOARD),
    "POST /board/postings": _for(Action.MANAGE_BOARD),
    "GET /refunds": _for(Action.SEE_OWN_SUBMISSIONS),
    "GET /refunds.csv": _for(Action.SEE_OWN_SUBMISSIONS),
    "GET /board/decisions": _for(Action.SEE_BOARD),
    "GET /board/reconciliation": _for(Action.SEE_BOARD),
    "GET /board/group/{code}": _for(Action.SEE_BOARD),
    "GET /board/groups": _for(Action.SEE_BOARD),
    "GET /board/groups.json": _for(Action.SEE_BOARD),
}

# On files, bare stores and no home at all; or open to everybody.
BARE: Final = Command()
PUBLIC: Final = Command(Action.READ_RELEASE, "statistics")
# The machine itself: there is nothing to decide about before there is a home.
MACHINE: Final = Command()


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
        ("identity show", "identity alias", "identity rename", "identity rotate", "identity status"),
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


def command_of(words: Sequence[str]) -> Command:
    """The row of a command line, by its leading words. UsageError for a command that nobody gave a row."""
    leading = list(takewhile(lambda word: not word.startswith("-"), words))
    for length in (3, 2, 1):
        found = COMMANDS.get(" ".join(leading[:length]))
        if found is not None:
            return found
    raise UsageError("This command has no row in embla/gates.py, so nobody may use it on a home.")


def routes_of(app: Any) -> Iterator[str]:
    """ "GET /path/{name}" of everything that an application answers, in the words of its own routes."""
    for route in app.routes:
        nested = getattr(route, "effective_route_contexts", None)
        for one in nested() if nested is not None else (route,):
            for method in sorted(set(one.methods or ()) - {"HEAD"}):
                yield f"{method} {one.path}"


def without_a_row(app: Any) -> list[str]:
    """Routes that nobody gave a row, and rows whose route is gone."""
    there = set(routes_of(app))
    return sorted(there - set(ROUTES)) + [f"{row} (no such route)" for row in sorted(set(ROUTES) - there)]


def kept(method: str, pattern: str, path: str, made: Sequence[Decision]) -> bool:
    """True when an answer of this route may leave, seen from the decisions that the request made. No row: never."""
    if pattern == "-":
        # Starlette's own routes do not say their pattern.
        pattern = "/static/{name:path}" if path.startswith("/static/") else path
    gate = ROUTES.get(f"{'GET' if method == 'HEAD' else method} {pattern}")
    if gate is None:
        return False
    return not gate.actions or any(one.allowed and one.action in gate.actions for one in made)
