"""The row of each page and API route."""

from collections.abc import Mapping
from typing import Final

from embla.gates.rows import OPEN, OWN, Gate
from embla.policy import Action


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
    "POST /cases": _for(Action.SEE_OWN_CASES),
    "GET /case/{case}": _for(Action.SEE_CASE),
    "POST /case/{case}": _for(Action.LIVE_COUNT, Action.SEE_CASE),
    "GET /case/{case}/count": _for(Action.LIVE_COUNT),
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
    "GET /classifications/shared": _for(Action.SEE_CLASSIFICATIONS),
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
    "GET /case/{case}/variants": _for(Action.ANSWER),
    "POST /case/{case}/variants": _for(Action.ANSWER),
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
