"""How each gated route is asked, and in which situations its subject can be: the targets of S1."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

import httpx

from embla.federation.delivery.capabilities import sealed
from embla.federation.delivery.deciding import CARE as IN_CARE
from embla.federation.delivery.model.part import Capability, Part, Thing
from embla.platform.accounts import hash_token
from embla.platform.web import seal_question
from embla.policy import Action
from tests.web.world import NUMBER, World

VARIANT: Final = "chr21-43774500-G-C"
WHY: Final = "Seen with the ward, and so it was."
# Ways in which a subject can stand to somebody, by what the subject is.
ALONE: Final = ("own",)
OF_CASE: Final = (
    "own", "other_laboratory", "other_region", "other_project", "no_relation", "expired", "revoked", "no_consent",
)  # fmt: skip
OF_LABORATORY: Final = ("own", "other_laboratory", "other_region", "expired", "revoked")
OF_ACCOUNT: Final = ("own", "expired", "revoked")
OF_REGION: Final = ("own", "other_region")
OF_EMERGENCY: Final = ("emergency", "no_relation", "expired", "revoked")
STEPPED: Final = ("own", "stale_sign_in")
OF_REVIEW: Final = ("own", "own_doing")

Ask = Callable[[World, str, str], httpx.Response]


@dataclass(frozen=True)
class Target:
    """One way to ask one route. `action` is what the table is asked about, `purpose` what the route states ("" where it
    states what the role may); `let_in`: the answers of somebody whom policy lets in; `pages_of`: the only roles that
    the page is for, where that is fewer than the table's."""

    row: str
    ask: Ask
    action: Action
    situations: tuple[str, ...] = ALONE
    purpose: str = ""
    let_in: tuple[int, ...] = (200,)
    pages_of: tuple[str, ...] = ()
    note: str = ""

    @property
    def name(self) -> str:
        return f"{self.row}{f' ({self.note})' if self.note else ''}"


def _names(world: World, role: str, situation: str) -> dict[str, str]:
    """What a path or a field in braces stands for."""
    account = world.account(role, situation)
    case = world.case.get(situation, world.case["own"])
    known = situation if situation in world.case else "own"
    glass = {"emergency": "glass", "no_relation": "no_relation"}.get(situation, f"glass_{situation}")
    review = world.emergency["no_relation"]
    return {
        "case": case, "genome": world.genome[known], "person": world.person[known], "path": world.file[known],
        "stranger": world.stranger, "number": NUMBER, "alert": world.alert, "incident": world.incident,
        "submission": world.submission.get(situation, ""), "upload": world.upload.get(situation, "0" * 64),
        "code": "1085" if situation == "other_region" else "1084",
        "emergency": world.emergency.get(situation, ""), "glass_genome": world.genome.get(glass, ""),
        "glass_path": world.file.get(glass, ""), "glass_digest": world.digest.get(glass, ""),
        "digest": world.digest[known], "mine": world.case["own"], "theirs": world.genome["no_relation"],
        "their_path": world.file["no_relation"],
        "review": world.doing.get(account, review) if situation == "own_doing" else review,
    }  # fmt: skip


def page(path: str) -> Ask:
    """A link in a browser."""

    def ask(world: World, role: str, situation: str) -> httpx.Response:
        return world.client(world.account(role, situation)).get(path.format(**_names(world, role, situation)))

    return ask


def form(path: str, /, **fields: str) -> Ask:
    """A form of one of our own pages."""

    def ask(world: World, role: str, situation: str) -> httpx.Response:
        account, names = world.account(role, situation), _names(world, role, situation)
        said = {name: value.format(**names) for name, value in fields.items()}
        client = world.client(account)
        return client.post(path.format(**names), data={"csrf": world.form(account), **said})

    return ask


def counted(world: World, role: str, situation: str) -> httpx.Response:
    """The address of a live count, sealed for this account and case."""
    account, case = world.account(role, situation), _names(world, role, situation)["case"]
    house = world.house
    asked = seal_question(house.wrapping, account, f"/case/{case}", {"q": VARIANT, "leave_out": []}, house.clock())
    return world.client(account).get(f"/case/{case}/count?asked={asked}")


def package(world: World, role: str, situation: str) -> httpx.Response:
    """The form with a package: the manifest alone, so that whoever may report hears of the missing files."""
    account = world.account(role, situation)
    files = [("files", ("manifest.json", world.manifest[situation]))]
    return world.client(account).post("/submissions/send", data={"csrf": world.form(account)}, files=files)


def api(method: str, path: str, /, **body: object) -> Ask:
    """A program with its token; strings in the body may hold names in braces."""

    def ask(world: World, role: str, situation: str) -> httpx.Response:
        names = _names(world, role, situation)
        said = {key: value.format(**names) if isinstance(value, str) else value for key, value in body.items()}
        headers = world.bearer(world.account(role, situation))
        json = said if method == "POST" else None
        return world.client("").request(method, path.format(**names), json=json, headers=headers)

    return ask


def hook(world: World, role: str, situation: str) -> httpx.Response:
    """A prescriber's system signs an order for the patient of a case."""
    case = _names(world, role, situation)["case"]
    orders = {"resourceType": "Bundle", "entry": []}
    context = {"userId": "Practitioner/1", "patientId": case, "draftOrders": orders}
    body = {"hook": "order-sign", "hookInstance": "1", "context": context}
    headers = world.bearer(world.account(role, situation))
    return world.client("").post("/cds-services/pgx-order-sign", json=body, headers=headers)


def bulk(path: str, subject: str) -> Ask:
    """DRS's way to ask for several objects: here for one."""

    def ask(world: World, role: str, situation: str) -> httpx.Response:
        name = subject.format(**_names(world, role, situation))
        ways = [{"bulk_object_id": name, "bulk_access_ids": ["plain"]}]
        body = {"bulk_object_ids": [name], "bulk_object_access_ids": ways}
        return world.client("").post(path, json=body, headers=world.bearer(world.account(role, situation)))

    return ask


def address(kind: Literal["calls", "file"], subject: str) -> Ask:
    """An address as a ticket has it, made for this account's token whatever it may do."""

    def ask(world: World, role: str, situation: str) -> httpx.Response:
        house, headers = world.house, world.bearer(world.account(role, situation))
        token = hash_token(headers.get("Authorization", "").removeprefix("Bearer "))[:12]
        thing = Thing(kind, subject.format(**_names(world, role, situation)))
        part = Part("header", "VCF") if kind == "calls" else Part("raw", "", 0, 20)
        until = house.clock() + timedelta(minutes=1)
        text = sealed(house.wrapping, Capability(thing, part, token, IN_CARE, until))
        return world.client("").get(f"/deliver/{text}", headers={"Accept": "application/json"})

    return ask


def raw(method: str, path: str) -> Ask:
    """Bytes as they are: a manifest, or of a file."""

    def ask(world: World, role: str, situation: str) -> httpx.Response:
        headers = {**world.bearer(world.account(role, situation)), "Content-Type": "application/json"}
        path_ = path.format(**_names(world, role, situation))
        return world.client("").request(method, path_, content=world.manifest[situation], headers=headers)

    return ask


A = Action
DPO, LAB, CLINICIAN, ZONE, COORDINATOR = ("dpo",), ("lab",), ("clinician",), ("zone",), ("coordinator",)
CASES: Final = (
    Target("GET /cases", page("/cases"), A.SEE_OWN_CASES),
    Target("GET /case/{case}", page("/case/{case}"), A.SEE_CASE, OF_CASE),
    Target("POST /cases", form("/cases", text="K-"), A.SEE_OWN_CASES, let_in=(303,)),
    Target("POST /case/{case}", form("/case/{case}", q=VARIANT), A.SEE_CASE, OF_CASE, let_in=(303,)),
    Target("GET /case/{case}/count", counted, A.LIVE_COUNT, OF_CASE),
    Target("POST /api/cases/{case}/frequencies", api("POST", "/api/cases/{case}/frequencies", variant=VARIANT),
           A.LIVE_COUNT, OF_CASE),
    Target("POST /api/cases/{case}/structural", api("POST", "/api/cases/{case}/structural", region="chr21:5030001"),
           A.LIVE_COUNT, OF_CASE),
    *(
        Target(f"{method} /beacon/sensitive/v2/{row}", api(method, f"/beacon/sensitive/v2/{path}"), A.COUNT_PEOPLE,
               OF_ACCOUNT, "research", let_in=(200, 404))
        for method in ("GET", "POST")
        for row, path in (("{entry}", "individuals"), ("{entry}/{identifier}", "cohorts/everybody"),
                          ("{entry}/{identifier}/{linked}", "cohorts/everybody/individuals"))
    ),
    Target("GET /case/{case}/consent", page("/case/{case}/consent"), A.READ_CONSENT, OF_CASE),
    Target("POST /case/{case}/consent", form(
        "/case/{case}/consent", says="given", form="general", version="2.1", by="patient", findings="none",
        day="2026-09-09"), A.MANAGE_CONSENT, OF_CASE, "care", (303,), CLINICIAN),
)  # fmt: skip
CARE: Final = (
    Target("GET /case/{case}/genomes", page("/case/{case}/genomes"), A.READ_QC, OF_CASE, "care"),
    Target("GET /case/{case}/medicines", page("/case/{case}/medicines"), A.READ_CALLS, OF_CASE, "care"),
    Target("GET /case/{case}/medicines/gene/{gene}", page("/case/{case}/medicines/gene/CYP2C19"), A.READ_CALLS, OF_CASE,
           "care"),
    Target("GET /case/{case}/medicines/drug/{drug}", page("/case/{case}/medicines/drug/clopidogrel"), A.READ_CALLS,
           OF_CASE, "care"),
    Target("POST /case/{case}/calls", form("/case/{case}/calls", genome="{genome}"), A.READ_CALLS, OF_CASE, "care"),
    Target("POST /case/{case}/calls", form("/case/{mine}/calls", genome="{theirs}"), A.READ_CALLS, ("no_relation",),
           "care", note="a stranger's genome through one's own case"),
    Target("POST /case/{case}/file", form("/case/{case}/file", genome="{genome}", path="{path}"), A.READ_FILE, OF_CASE,
           "care"),
    Target("POST /case/{case}/file", form("/case/{mine}/file", genome="{theirs}", path="{their_path}"), A.READ_FILE,
           ("no_relation",), "care", note="a stranger's file through one's own case"),
    Target("POST /api/care/genomes", api("POST", "/api/care/genomes", case="{case}"), A.READ_QC, OF_CASE, "care"),
    Target("POST /api/pgx/profile", api("POST", "/api/pgx/profile", case="{case}"), A.READ_CALLS, OF_CASE, "care"),
    Target("POST /api/pgx/medicines", api("POST", "/api/pgx/medicines", case="{case}", codes=["B01AC04"]),
           A.READ_CALLS, OF_CASE, "care"),
    Target("POST /cds-services/{service}", hook, A.READ_CALLS, OF_CASE, "care"),
    Target("POST /api/care/calls", api("POST", "/api/care/calls", case="{case}", genome="{genome}"), A.READ_CALLS,
           OF_CASE, "care"),
    Target("POST /api/care/file", api("POST", "/api/care/file", case="{case}", genome="{genome}", path="{path}", end=9),
           A.READ_FILE, OF_CASE, "care"),
    Target("POST /api/care/calls", api("POST", "/api/care/calls", case="{mine}", genome="{theirs}"), A.READ_CALLS,
           ("no_relation",), "care", note="a stranger's genome through one's own case"),
)  # fmt: skip
_DRS: Final = "/ga4gh/drs/v1/objects"
_ONE, _WAY = f"{_DRS}/{{identifier}}", f"{_DRS}/{{identifier}}/access/{{access_id}}"
DELIVERED: Final = (
    *(Target(f"{m} /htsget/variants/{{name:path}}", api(m, "/htsget/variants/{genome}"), A.READ_CALLS, OF_CASE, "care")
      for m in ("GET", "POST")),
    Target("GET /htsget/variants/{name:path}", api("GET", "/htsget/variants/{glass_genome}"), A.READ_CALLS,
           OF_EMERGENCY, "care", note="in an emergency"),
    Target("GET /htsget/variants/{name:path}", api("GET", "/htsget/variants/{digest}"), A.READ_FILE, OF_CASE,
           "care", note="a file"),
    # What the cell's file is, no reads, is told to whoever may read it.
    *(Target(f"{m} /htsget/reads/{{name:path}}", api(m, "/htsget/reads/{digest}"), A.READ_FILE, OF_CASE, "care", (404,))
      for m in ("GET", "POST")),
    *(Target(f"{m} {_ONE}", api(m, f"{_DRS}/{{digest}}"), A.READ_FILE, OF_CASE, "care") for m in ("GET", "POST")),
    Target(f"GET {_ONE}", api("GET", f"{_DRS}/{{genome}}"), A.READ_CALLS, OF_CASE, "care", note="a bundle"),
    *(Target(f"{m} {_WAY}", api(m, f"{_DRS}/{{digest}}/access/plain"), A.READ_FILE, OF_CASE, "care")
      for m in ("GET", "POST")),
    Target(f"POST {_DRS}", bulk(_DRS, "{digest}"), A.READ_FILE, OF_CASE, "care"),
    Target(f"POST {_DRS}/access", bulk(f"{_DRS}/access", "{digest}"), A.READ_FILE, OF_CASE, "care"),
    Target("GET /deliver/{capability}", address("calls", "{genome}"), A.READ_CALLS, OF_CASE, "care"),
    Target("GET /deliver/{capability}", address("file", "{digest}"), A.READ_FILE, OF_CASE, "care", note="a file"),
    Target("GET /deliver/{capability}", address("file", "{glass_digest}"), A.READ_FILE, OF_EMERGENCY,
           "care", note="in an emergency"),
)  # fmt: skip
EMERGENCIES: Final = (
    Target("POST /emergency", form("/emergency", person="{stranger}", reason=WHY), A.BREAK_GLASS, STEPPED, "care",
           (303,)),
    Target("GET /emergency/{emergency}", page("/emergency/{emergency}"), A.READ_QC, OF_EMERGENCY, "care"),
    Target("POST /emergency/{emergency}/calls", form("/emergency/{emergency}/calls", genome="{glass_genome}"),
           A.READ_CALLS, OF_EMERGENCY, "care"),
    Target("POST /emergency/{emergency}/file",
           form("/emergency/{emergency}/file", genome="{glass_genome}", path="{glass_path}"), A.READ_FILE,
           OF_EMERGENCY, "care"),
    Target("POST /api/care/genomes", api("POST", "/api/care/genomes", emergency="{emergency}"), A.READ_QC, OF_EMERGENCY,
           "care", note="in an emergency"),
    Target("POST /api/care/calls", api("POST", "/api/care/calls", genome="{glass_genome}"), A.READ_CALLS, OF_EMERGENCY,
           "care", note="in an emergency"),
    Target("POST /api/care/file", api("POST", "/api/care/file", genome="{glass_genome}", path="{glass_path}", end=9),
           A.READ_FILE, OF_EMERGENCY, "care", note="in an emergency"),
)  # fmt: skip
REPORTING: Final = (
    Target("GET /submissions", page("/submissions"), A.SEE_OWN_SUBMISSIONS, OF_ACCOUNT, pages_of=LAB),
    *(Target(f"GET /submissions/{name}", page(f"/submissions/{name}"), A.SEE_OWN_SUBMISSIONS, OF_ACCOUNT, pages_of=LAB)
      for name in ("rejected.csv", "reconciliation", "reconciliation.json", "reconciliation.csv", "promises",
                   "promises.json", "quality", "quality.json", "quality.csv")),
    *(Target(f"GET /refunds{twin}", page(f"/refunds{twin}"), A.SEE_OWN_SUBMISSIONS, OF_ACCOUNT, pages_of=LAB)
      for twin in ("", ".csv")),
    Target("GET /submissions/send", page("/submissions/send"), A.SEE_OWN_SUBMISSIONS, OF_ACCOUNT, pages_of=LAB),
    Target("POST /submissions/send", package, A.SUBMIT, OF_LABORATORY, let_in=(422,), pages_of=LAB),
    *(Target(f"GET /submissions/{{submission}}{twin}", page(f"/submissions/{{submission}}{twin}"),
             A.SEE_OWN_SUBMISSIONS, OF_LABORATORY, pages_of=LAB) for twin in ("", ".json", ".csv")),
    # What the cell's package lacks is told to whoever may ask: a certificate, or more files.
    Target("GET /submissions/{submission}/certificate.json", page("/submissions/none/certificate.json"),
           A.SEE_OWN_SUBMISSIONS, OF_ACCOUNT, let_in=(404,), pages_of=LAB),
    Target("POST /submissions/{submission}/certificate", form("/submissions/none/certificate"), A.SEE_OWN_SUBMISSIONS,
           OF_ACCOUNT, let_in=(404,), pages_of=LAB),
    *(Target(f"{method} /api/submissions/{{submission}}/certificate",
             api(method, "/api/submissions/none/certificate"), A.SEE_OWN_SUBMISSIONS, OF_ACCOUNT, let_in=(404,))
      for method in ("GET", "POST")),
    Target("GET /api/submissions/{submission}/files", api("GET", "/api/submissions/{submission}/files"),
           A.SEE_OWN_SUBMISSIONS, OF_LABORATORY),
    Target("GET /api/submissions/{submission}/files/{number}", api("GET", "/api/submissions/{submission}/files/0"),
           A.FETCH_DEPOSIT, OF_LABORATORY),
    Target("GET /api/submissions", api("GET", "/api/submissions"), A.SEE_OWN_SUBMISSIONS, OF_ACCOUNT),
    Target("GET /api/submissions/{submission}", api("GET", "/api/submissions/{submission}"), A.SEE_OWN_SUBMISSIONS,
           OF_LABORATORY),
    Target("POST /api/submissions", raw("POST", "/api/submissions"), A.SUBMIT, OF_LABORATORY, let_in=(201,)),
    # Not the bytes that the manifest promised: whoever may send them is told so.
    Target("PUT /api/submissions/uploads/{upload}/{number}", raw("PUT", "/api/submissions/uploads/{upload}/0"),
           A.SUBMIT, OF_LABORATORY, let_in=(422,)),
    Target("POST /api/submissions/uploads/{upload}", raw("POST", "/api/submissions/uploads/{upload}"), A.SUBMIT,
           OF_LABORATORY, let_in=(422,)),
    *(Target(f"GET /registry/persons{twin}", page(f"/registry/persons{twin}"), A.BROWSE_REGISTRY, OF_ACCOUNT,
             pages_of=LAB) for twin in ("", ".json")),
    # The cell's person is another laboratory's, or nobody's: whoever may ask hears that nothing is on record.
    *(Target(f"GET /registry/person/{{person}}{twin}", page(f"/registry/person/none{twin}"), A.BROWSE_REGISTRY,
             OF_ACCOUNT, let_in=(404,), pages_of=LAB) for twin in ("", ".json")),
    *(Target(f"GET /submissions/region/{{code}}{twin}", page(f"/submissions/region/{{code}}{twin}"),
             A.SEE_REGION_SUBMISSIONS, OF_REGION) for twin in ("", ".json")),
)  # fmt: skip
IDENTITY: Final = (
    Target("POST /api/identity/persons", api("POST", "/api/identity/persons", persons=[]), A.REGISTER_IDENTITY,
           OF_ACCOUNT, "reporting"),
    Target("GET /identity", page("/identity"), A.MANAGE_IDENTITY),
    Target("POST /identity/find", form("/identity/find", number="{number}"), A.LOOK_UP_IDENTITY, OF_ACCOUNT,
           "operation", pages_of=ZONE),
    Target("POST /identity/register", form("/identity/register", number="{number}"), A.REGISTER_IDENTITY, OF_ACCOUNT,
           "operation", pages_of=ZONE),
)  # fmt: skip
PERSON: Final = ("", ".json", ".csv", "/letter")
OVERSIGHT: Final = (
    Target("GET /decisions", page("/decisions"), A.SEE_PROCESSING),
    Target("POST /decisions", form("/decisions", person="{person}"), A.READ_CONSENT, OF_CASE, "supervision"),
    Target("GET /erasures", page("/erasures"), A.SEE_PROOF),
    Target("GET /erasures/{identifier}.json", page("/erasures/none.json"), A.SEE_PROOF, let_in=(404,)),
    Target("GET /node", page("/node"), A.OPERATE),
    Target("GET /node.json", page("/node.json"), A.OPERATE),
    Target("GET /rules", page("/rules"), A.SEE_RULES),
    Target("GET /rules.json", page("/rules.json"), A.SEE_RULES),
    *(Target(f"GET /leavers{twin}", page(f"/leavers{twin}"), A.SEE_LEAVERS) for twin in ("", ".json")),
    *(Target(f"GET /dpo{twin}", page(f"/dpo{twin}"), A.WATCH_LOG) for twin in ("", ".json")),
    *(Target(f"GET /dpo/processing{twin}", page(f"/dpo/processing{twin}"), A.SEE_PROCESSING) for twin in ("", ".json")),
    *(Target(f"POST /dpo/person{kind}", form(f"/dpo/person{kind}", person="{person}"),
             A.EXTRACT_LOG if kind else A.SEE_ACCESS_LOG, OF_CASE) for kind in PERSON),
    Target("POST /dpo/person/number", form("/dpo/person/number", number="{number}"), A.LOOK_UP_IDENTITY, STEPPED,
           "rights", pages_of=DPO),
    *(Target(f"GET /dpo/alerts{twin}", page(f"/dpo/alerts{twin}"), A.WATCH_LOG) for twin in ("", ".json")),
    Target("GET /dpo/alerts/{alert}", page("/dpo/alerts/{alert}"), A.WATCH_LOG),
    Target("POST /dpo/alerts/{alert}", form("/dpo/alerts/{alert}", state="explained", text=WHY), A.WATCH_LOG,
           let_in=(303,)),
    *(Target(f"GET /dpo/reviews{twin}", page(f"/dpo/reviews{twin}"), A.REVIEW_BREAK_GLASS) for twin in ("", ".json")),
    Target("GET /dpo/reviews/{emergency}", page("/dpo/reviews/{review}"), A.REVIEW_BREAK_GLASS, OF_REVIEW),
    # No such outcome, no such kind, no such risk: whoever may is told so, and nothing changes.
    Target("POST /dpo/reviews/{emergency}", form("/dpo/reviews/{review}", outcome="fine", text=WHY),
           A.REVIEW_BREAK_GLASS, OF_REVIEW, let_in=(422,)),
    *(Target(f"GET /dpo/incidents{twin}", page(f"/dpo/incidents{twin}"), A.MANAGE_INCIDENTS) for twin in ("", ".json")),
    Target("POST /dpo/incidents", form("/dpo/incidents", kind="none", text=WHY), A.MANAGE_INCIDENTS, let_in=(422,)),
    Target("GET /dpo/incidents/{incident}", page("/dpo/incidents/{incident}"), A.MANAGE_INCIDENTS),
    Target("POST /dpo/incidents/{incident}", form("/dpo/incidents/{incident}", step="assess", risk="none", text=WHY),
           A.MANAGE_INCIDENTS, let_in=(422,)),
)  # fmt: skip
CLASSIFIED: Final = (
    Target("GET /classifications", page("/classifications"), A.CLASSIFY, purpose="care", pages_of=LAB),
    Target("GET /classifications/shared", page("/classifications/shared"), A.SEE_CLASSIFICATIONS, purpose="care"),
    Target("GET /classifications/names", page("/classifications/names"), A.CLASSIFY, purpose="care", pages_of=LAB),
    Target("POST /classifications/names/{name}", form("/classifications/names/none"), A.CLASSIFY, purpose="care",
           pages_of=LAB, let_in=(404,)),
    Target("POST /panels/{panel}/{position}", form("/panels/none/1", do="approve"), A.CLASSIFY, purpose="care",
           pages_of=LAB, let_in=(404,)),
    Target("GET /classifications/new", page("/classifications/new"), A.CLASSIFY, purpose="care", pages_of=LAB),
    Target("POST /classifications", form("/classifications", do="points"), A.CLASSIFY, purpose="care", pages_of=LAB),
    Target("GET /classifications/{classification}", page("/classifications/none"), A.SEE_CLASSIFICATIONS,
           purpose="care", let_in=(404,)),
    Target("POST /classifications/{classification}", form("/classifications/none", verdict="P"), A.CLASSIFY,
           purpose="care", let_in=(404,), pages_of=LAB),
    Target("GET /api/classifications/own", api("GET", "/api/classifications/own"), A.CLASSIFY, purpose="care",
           pages_of=LAB),
    Target("POST /api/classifications", api("POST", "/api/classifications", **{"class": "P", "variant": "none"}),
           A.CLASSIFY, purpose="care", pages_of=LAB, let_in=(422,)),
    *(Target(f"POST /api/classifications/{{classification}}/{step}",
             api("POST", f"/api/classifications/none/{step}", **said), A.CLASSIFY, purpose="care", pages_of=LAB,
             let_in=(404,))
      for step, said in (("sign", {"expected": 1, "verdict": "P"}), ("withdraw", {"reason": "other"}))),
    Target("GET /discordances", page("/discordances"), A.CLASSIFY, purpose="care", pages_of=LAB),
    Target("POST /discordances/{discordance}", form("/discordances/none", triage="confident"), A.CLASSIFY,
           purpose="care", let_in=(404,), pages_of=LAB),
)  # fmt: skip
ANSWERED: Final = (
    Target("GET /follow-ups", page("/follow-ups"), A.SEE_FOLLOW_UPS, purpose="care", pages_of=CLINICIAN),
    Target("GET /questions", page("/questions"), A.SEE_FOLLOW_UPS, purpose="care", pages_of=CLINICIAN),
    Target("GET /escalations", page("/escalations"), A.SEE_ESCALATIONS, purpose="care"),
    Target("GET /case/{case}/variants", page("/case/{case}/variants"), A.ANSWER, OF_CASE, "care"),
    Target("POST /case/{case}/variants", form("/case/{case}/variants", alleles="chr21-43774500-G-T"), A.ANSWER,
           OF_CASE, "care", (303,)),
    Target("GET /case/{case}/answers", page("/case/{case}/answers"), A.ANSWER, OF_CASE, "care"),
    Target("POST /case/{case}/answers", form("/case/{case}/answers", do="look"), A.ANSWER, OF_CASE, "care"),
    # There is no such answer, follow-up or question: whoever may look is told so.
    Target("POST /case/{case}/answers/{answer}", form("/case/{case}/answers/none", do="read", number="1"), A.ANSWER,
           OF_CASE, "care", (404,)),
    *(Target(f"GET /case/{{case}}/answers/{{answer}}/{{number}}{end}", page(f"/case/{{case}}/answers/none/1{end}"),
             A.ANSWER, OF_CASE, "care", (404,)) for end in (".pdf", ".fhir.json")),
    Target("GET /case/{case}/follow-ups/{name}", page("/case/{case}/follow-ups/none"), A.ANSWER, OF_CASE, "care",
           (404,)),
    Target("POST /case/{case}/follow-ups/{name}", form("/case/{case}/follow-ups/none", choice="amend", expected="1"),
           A.ANSWER, OF_CASE, "care", (404,)),
    Target("POST /case/{case}/questions", form("/case/{case}/questions", allele="chr21-43774500-G-T", text=WHY),
           A.ASK_COLLEAGUES, OF_CASE, "care", (409,)),
    Target("GET /case/{case}/questions/{question}", page("/case/{case}/questions/none"), A.ANSWER, OF_CASE, "care",
           (404,)),
    Target("POST /case/{case}/questions/{question}", form("/case/{case}/questions/none", do="decline"), A.ANSWER,
           OF_CASE, "care", (404,)),
    Target("POST /api/answers/waiting", api("POST", "/api/answers/waiting", case="{case}"), A.ANSWER, OF_CASE, "care"),
    Target("POST /api/answers/acknowledge",
           api("POST", "/api/answers/acknowledge", case="{case}", answer="none", number=1, receipt="R"), A.ANSWER,
           OF_CASE, "care", (404,)),
)  # fmt: skip
BOARD: Final = (
    *(Target(f"GET /board{path}", page(f"/board{path}"), A.SEE_BOARD)
      for path in ("", ".json", ".csv", "/money", "/money.json", "/money.csv", "/annex.pdf", "/decisions", ".xlsx",
                   "/money.xlsx", "/statement.pdf", "/ledger",
                   "/reconciliation")),
    Target("GET /board/figure/{name}", page("/board/figure/genomes"), A.SEE_BOARD),
    *(Target(f"GET /board/groups{twin}", page(f"/board/groups{twin}"), A.SEE_BOARD) for twin in ("", ".json")),
    Target("GET /board/group/{code}", page("/board/group/heart"), A.SEE_BOARD),
    Target("GET /board/group/{code}/evaluation.pdf", page("/board/group/heart/evaluation.pdf"), A.SEE_BOARD),
    Target("GET /board/ledger/new", page("/board/ledger/new"), A.MANAGE_BOARD, purpose="operation"),
    Target("POST /board/ledger/new", form("/board/ledger/new", kind="forum", do="try"), A.MANAGE_BOARD,
           purpose="operation"),
    Target("GET /board/postings", page("/board/postings"), A.MANAGE_BOARD, purpose="operation"),
    Target("POST /board/postings", form("/board/postings", mapping="none", do="try"), A.MANAGE_BOARD,
           purpose="operation"),
)  # fmt: skip
TARGETS: Final = (
    *CLASSIFIED,
    *ANSWERED,
    *CASES,
    *CARE,
    *DELIVERED,
    *EMERGENCIES,
    *REPORTING,
    *IDENTITY,
    *OVERSIGHT,
    *BOARD,
)
