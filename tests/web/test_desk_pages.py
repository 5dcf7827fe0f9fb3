"""Pages of the treating clinician and of the desk, through the real application: what they show, and to whom."""

import gzip
import json
import re

import httpx
import pytest

from embla.care import break_glass, genomes_for
from embla.errors import NotPermitted
from embla.pgx.passports import issue, revoke
from embla.platform import OPERATOR, Actor, issue_token
from embla.policy import Action
from embla.registry import find_genome
from tests.web.clients import Reading, token_in
from tests.web.conftest import Login
from tests.web.nation import WebNation

REASON = "Unconscious in the emergency room."
DESK = (
    "/dpo", "/dpo/person", "/dpo/alerts", "/dpo/alerts?kind=all", "/dpo/reviews", "/dpo/incidents", "/dpo/processing",
)  # fmt: skip


def a_case(doctor: httpx.Client) -> str:
    page = Reading(doctor.get("/cases").text)
    return next(href for href in page.hrefs() if href.startswith("/case/"))


def post(client: httpx.Client, page: str, to: str, **fields: str) -> httpx.Response:
    token = token_in(client.get(page).text)
    return client.post(to, data={"csrf": token, **fields})


def genome_on(page: str) -> str:
    return next(a["value"] or "" for tag, a in Reading(page).tags if tag == "input" and a.get("name") == "genome")


def test_case__shows_its_genomes_with_quality_and_gives_calls(signed_in: Login) -> None:
    doctor = signed_in("doctor")
    case = a_case(doctor)
    page = doctor.get(f"{case}/genomes")
    assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"]
    genome = genome_on(page.text)

    whole = post(doctor, f"{case}/genomes", f"{case}/calls", genome=genome, where="")
    part = post(doctor, f"{case}/genomes", f"{case}/calls", genome=genome, where="CSTB")

    assert whole.status_code == part.status_code == 200
    text, some = gzip.decompress(whole.content).decode(), gzip.decompress(part.content).decode()
    assert text.startswith("##fileformat=VCF") and len(some) < len(text)
    assert f'filename="{genome}.vcf.gz"' in whole.headers["Content-Disposition"]


def test_file__is_given_back_byte_for_byte(signed_in: Login, nation: WebNation) -> None:
    doctor = signed_in("doctor")
    case = a_case(doctor)
    page = doctor.get(f"{case}/genomes").text
    path = next(a["value"] or "" for _, a in Reading(page).tags if a.get("name") == "path")

    answer = post(doctor, f"{case}/genomes", f"{case}/file", genome=genome_on(page), path=path)

    sent = next(nation.folder.glob(f"packages/*/{path}")).read_bytes()
    assert answer.status_code == 200 and answer.content == sent
    assert answer.headers["Content-Length"] == str(len(sent))


def test_calls__beside_the_case_are_refused_with_a_page_and_an_entry(signed_in: Login, nation: WebNation) -> None:
    doctor = signed_in("doctor")
    case = a_case(doctor)

    answer = post(doctor, f"{case}/genomes", f"{case}/calls", genome="EMBG00000009999", where="")

    assert answer.status_code == 403 and b"##fileformat" not in answer.content


@pytest.mark.parametrize("account", ["board", "lab-south", "researcher", "dpo", "admin"])
def test_nobody_but_a_treating_clinician__gets_at_a_genome(signed_in: Login, account: str) -> None:
    case = a_case(signed_in("doctor"))
    other = signed_in(account)

    assert other.get(f"{case}/genomes").status_code == 403
    assert other.get("/emergency").status_code == 403


@pytest.mark.parametrize("path", DESK)
@pytest.mark.parametrize("language", ["en", "da"])
def test_desk__is_whole_in_both_languages(signed_in: Login, path: str, language: str) -> None:
    answer = signed_in("dpo", language).get(path)

    page = Reading(answer.text)
    assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"]
    assert sum(tag == "h1" for tag, _ in page.tags) == 1
    assert not any(left in page.words for left in ("<built-in", "{{", "{%", "object at 0x", "Undefined", "%("))
    assert dict(page.tags)["html"]["lang"] == language


@pytest.mark.parametrize("path", ["/dpo.json", "/dpo/alerts.json", "/dpo/reviews.json", "/dpo/incidents.json",
                                  "/dpo/processing.json"])  # fmt: skip
def test_twins__say_the_same_as_json(signed_in: Login, path: str) -> None:
    answer = signed_in("dpo").get(path)

    assert answer.status_code == 200 and isinstance(json.loads(answer.text), dict)


@pytest.mark.parametrize("account", ["doctor", "board", "lab-south", "researcher"])
@pytest.mark.parametrize("path", list(DESK))
def test_desk__is_for_nobody_else(signed_in: Login, account: str, path: str) -> None:
    assert signed_in(account).get(path).status_code == 403


def test_desk__without_a_session_leads_to_sign_in(client: httpx.Client) -> None:
    for path in (*DESK, "/emergency"):
        answer = client.get(path)
        assert answer.status_code in (303, 302) and answer.headers["Location"].startswith("/login")


def test_person__who_saw_what_on_one_screen_and_in_three_forms(signed_in: Login) -> None:
    doctor, dpo = signed_in("doctor"), signed_in("dpo")
    case = a_case(doctor)
    genome = genome_on(doctor.get(f"{case}/genomes").text)

    screen = post(dpo, "/dpo/person", "/dpo/person", person=genome)
    words = Reading(screen.text).words
    assert screen.status_code == 200 and "the quality of a genome was looked at" in words and "doctor" in words
    assert "health" in words.lower()

    table = post(dpo, "/dpo/person", "/dpo/person.csv", person=genome)
    told = post(dpo, "/dpo/person", "/dpo/person.json", person=genome).json()
    letter = post(dpo, "/dpo/person", "/dpo/person/letter", person=genome)
    assert table.text.startswith("number,at,who,role,what") and "clinician 1" in table.text
    # One more entry than in the table: the extract as JSON was a look of its own.
    assert len(told["entries"]) == len(table.text.splitlines()) and told["opt_out"]["marked"] is False
    assert "clinician 1" in letter.text and "doctor" not in Reading(letter.text).words.replace("doctors", "")


def test_person__of_nobody_is_told_kindly(signed_in: Login) -> None:
    answer = post(signed_in("dpo"), "/dpo/person", "/dpo/person", person="010203-1234")

    assert answer.status_code == 404 and "010203" not in answer.text


def test_emergency__is_reviewed_by_another_through_the_pages(signed_in: Login, nation: WebNation) -> None:
    from dataclasses import replace
    from datetime import timedelta

    house = nation.house
    doctor = signed_in("doctor")
    genome = genome_on(doctor.get(f"{a_case(doctor)}/genomes").text)
    fresh = replace(Actor("doctor", frozenset({"clinician"})), stepped_up_until=house.clock() + timedelta(minutes=5))
    made = break_glass(house, fresh, genome, REASON)

    assert "EMBG" in doctor.get(f"/emergency/{made.id}").text
    assert post(doctor, f"/emergency/{made.id}", f"/emergency/{made.id}/calls", genome=genome).status_code == 200
    admin = signed_in("admin")
    listed = admin.get("/dpo/reviews")
    assert made.id in listed.text and REASON not in listed.text
    page = admin.get(f"/dpo/reviews/{made.id}")
    assert REASON in Reading(page.text).words
    short = post(admin, f"/dpo/reviews/{made.id}", f"/dpo/reviews/{made.id}", outcome="justified", text="ok")
    assert short.status_code == 422
    done = post(
        admin, f"/dpo/reviews/{made.id}", f"/dpo/reviews/{made.id}", outcome="justified", text="Confirmed by the ward."
    )
    assert done.status_code == 303
    assert doctor.get(f"/dpo/reviews/{made.id}").status_code == 403


def test_emergency_form__refuses_a_personal_number_and_does_not_repeat_it(signed_in: Login) -> None:
    doctor = signed_in("doctor")
    post(doctor, "/step-up", "/step-up", next="/emergency")

    numbered = post(doctor, "/emergency", "/emergency", person="x", reason="the patient 010203-1234 is here")
    mistyped = post(doctor, "/emergency", "/emergency", person="P-of-nobody", reason=REASON)
    by_number = post(doctor, "/emergency", "/emergency", person="0102031234", reason=REASON)

    assert numbered.status_code == 422 and "010203" not in numbered.text
    # One wrong letter costs a letter, not the reason.
    assert mistyped.status_code == 422 and 'value="P-of-nobody"' in mistyped.text and REASON in mistyped.text
    assert by_number.status_code == 422 and "0102031234" not in by_number.text and REASON in by_number.text


def test_incident__goes_through_its_pages(signed_in: Login) -> None:
    dpo = signed_in("dpo")
    made = post(dpo, "/dpo/incidents", "/dpo/incidents", kind="disclosure", text="A letter went astray.", detected="")
    place = made.headers["Location"]

    assert made.status_code == 303
    assert post(dpo, place, place, step="close", text="Closed too early.").status_code == 409
    assert post(dpo, place, place, step="assess", risk="risk", text="One person concerned.").status_code == 303
    assert post(dpo, place, place, step="report", text="By form, reference 17.").status_code == 303
    assert post(dpo, place, place, step="close", text="New envelopes.").status_code == 303
    assert "told in time" in Reading(dpo.get(place).text).words


def test_api__gives_a_treating_clinicians_program_the_same(signed_in: Login, nation: WebNation, app: object) -> None:
    from tests.web.clients import client_of

    house = nation.house
    case = a_case(signed_in("doctor")).removeprefix("/case/")
    with house.database.transaction() as connection:
        token = issue_token(connection, "doctor", label="test", by=OPERATOR, at=house.clock())
    api = client_of(app)  # type: ignore[arg-type]
    head = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    found = api.post("/api/care/genomes", json={"case": case}, headers=head).json()["genomes"][0]
    vcf = api.post("/api/care/calls", json={"case": case, "genome": found["accession"], "where": "CSTB"}, headers=head)
    path = found["sent"]["files"][0]["path"]
    asked = {"case": case, "genome": found["accession"], "path": path, "start": 3, "end": 9}
    piece = api.post("/api/care/file", json=asked, headers=head)

    assert vcf.text.startswith("##fileformat=VCF") and vcf.headers["X-Log-Event"].isdecimal()
    assert piece.content == next(nation.folder.glob(f"packages/*/{path}")).read_bytes()[3:9]
    assert api.post("/api/care/genomes", json={"case": case}).status_code == 401
    strange = {"case": case, "genome": "EMBG00000009999"}
    assert api.post("/api/care/calls", json=strange, headers=head).status_code == 403


def test_person__is_found_by_number_after_a_fresh_sign_in_and_the_number_is_on_no_page(
    signed_in: Login, nation: WebNation
) -> None:
    from embla.identity import Entry, parse_number, register_persons

    number = "0101017777"
    (known,) = register_persons(nation.house, OPERATOR, [Entry(parse_number(number), "Nora Nordlys")])
    dpo = signed_in("dpo")

    stale = post(dpo, "/dpo/person", "/dpo/person/number", number=number)
    assert stale.headers["Location"].startswith("/step-up") and number not in stale.headers["Location"]
    post(dpo, "/step-up", "/step-up", next="/dpo/person")
    found = post(dpo, "/dpo/person", "/dpo/person/number", number="010101-7777")
    wrong = post(dpo, "/dpo/person", "/dpo/person/number", number="9999999999")
    nobody = post(dpo, "/dpo/person", "/dpo/person/number", number="0202027777")

    # Registered in the zone, and no laboratory reported a genome: the page says so.
    assert found.status_code == 200 and known in found.text
    assert (wrong.status_code, nobody.status_code) == (422, 404)
    for answer in (found, wrong, nobody):
        assert not any(text in answer.text for text in (number, "010101-7777", "9999999999", "0202027777"))
    assert post(signed_in("doctor"), "/cases", "/dpo/person/number", number=number).status_code in (403, 404)


def test_medicines__say_first_what_was_not_assessed_and_never_all_clear(signed_in: Login) -> None:
    doctor = signed_in("doctor")
    case = a_case(doctor)
    assert f"{case}/medicines" in Reading(doctor.get(f"{case}/genomes").text).hrefs()

    page = doctor.get(f"{case}/medicines")

    words = Reading(page.text).words
    assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"]
    assert "Not assessed: ABCG2" in words and "No source gives advice on these results" in words
    assert signed_in("researcher").get(f"{case}/medicines").status_code == 403
    assert "Ikke vurderet:" in Reading(signed_in("doctor", "da").get(f"{case}/medicines").text).words


def test_medicines__say_that_the_passport_was_revoked_until_there_is_a_new_one(
    signed_in: Login, nation: WebNation
) -> None:
    doctor = signed_in("doctor")
    case = a_case(doctor)
    actor = Actor("doctor", frozenset({"clinician"}))
    made = issue(nation.house, actor, case.removeprefix("/case/"), unchecked=True)
    assert "revoked" not in Reading(doctor.get(f"{case}/medicines").text).words

    revoke(nation.house, OPERATOR, made.id, "sample-swap")

    words = Reading(doctor.get(f"{case}/medicines").text).words
    assert made.id in words and "was revoked on" in words and "the sample was swapped" in words
    issue(nation.house, actor, case.removeprefix("/case/"), unchecked=True)
    assert "revoked" not in Reading(doctor.get(f"{case}/medicines").text).words


def test_cds_hooks__a_prescribers_system_gets_cards_and_strangers_get_none(signed_in: Login, nation: WebNation) -> None:
    case = a_case(signed_in("doctor")).removeprefix("/case/")
    with nation.house.database.transaction() as connection:
        token = issue_token(connection, "doctor", label="EHR", by=OPERATOR, at=nation.house.clock())
    order = {"resourceType": "MedicationRequest", "id": "1", "medicationCodeableConcept": {
        "coding": [{"system": "http://www.whocc.no/atc", "code": "B01AC04"}]}}  # fmt: skip
    orders = {"resourceType": "Bundle", "entry": [{"resource": order}]}

    def ask(patient: str, hook: str = "order-sign", **headers: str) -> httpx.Response:
        context = {"userId": "Practitioner/1", "patientId": patient, "draftOrders": orders}
        body = {"hook": hook, "hookInstance": "1", "context": context}
        return signed_in("").post(f"/cds-services/pgx-{hook}", json=body, headers=headers)

    mine = {"Authorization": f"Bearer {token}"}
    offered = signed_in("").get("/cds-services").json()["services"]
    answer = ask(case, **mine, **{"Accept-Language": "da"})

    assert {one["id"] for one in offered} == {"pgx-order-select", "pgx-order-sign", "pgx-patient-view"}
    assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"]
    assert [card["indicator"] for card in answer.json()["cards"]] == ["info"]
    assert answer.json()["cards"][0]["summary"].startswith("Ikke vurderet i genomet: clopidogrel")
    assert ask(case).status_code == 401 and ask("C0000000000000000", **mine).status_code == 403
    assert ask(case, "patient-view", **mine).status_code == 412 and ask(case, "other", **mine).status_code == 404


def test_medicines__one_gene_shows_every_position_and_one_drug_every_source(signed_in: Login) -> None:
    doctor, danish = signed_in("doctor"), signed_in("doctor", "da")
    case = a_case(doctor)
    hrefs = Reading(doctor.get(f"{case}/medicines").text).hrefs()
    assert f"{case}/medicines/gene/CYP2C19" in hrefs and f"{case}/medicines/drug/clopidogrel" in hrefs

    gene, drug = doctor.get(f"{case}/medicines/gene/CYP2C19"), doctor.get(f"{case}/medicines/drug/clopidogrel")

    words = Reading(gene.text).words
    assert "rs4244285" in words and "94842866" in words and "absent" in words
    assert words.count("chr10:") >= 35
    assert Reading(drug.text).words.count("Not assessed, so no advice is possible.") >= 2
    for page in (gene, drug):
        assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"]
    assert "fraværende" in Reading(danish.get(f"{case}/medicines/gene/CYP2C19").text).words
    assert doctor.get(f"{case}/medicines/gene/NOGENE").status_code == 404
    assert doctor.get(f"{case}/medicines/drug/nothing").status_code == 404
    assert signed_in("researcher").get(f"{case}/medicines/gene/CYP2C19").status_code == 403


def test_letter__is_danish_throughout_and_shows_no_code(signed_in: Login, nation: WebNation) -> None:
    doctor, dpo = signed_in("doctor"), signed_in("dpo", "da")
    case = a_case(doctor)
    genome = genome_on(doctor.get(f"{case}/genomes").text)
    doctor.get(f"{case}/answers")
    with nation.house.database.reading() as connection:
        found = find_genome(connection, genome)
    assert found is not None

    letter = post(dpo, "/dpo/person", "/dpo/person/letter", person=found.person).text
    words = Reading(letter).words

    assert "der blev arbejdet med svaret om personen (hvorfor: behandling; sundhedsloven § 223 b)" in words
    assert "i en zone for sig med sin egen nøgle" in words and "Den har hverken dit navn" not in words
    lines = re.findall(r"(?s)<li>(.*?)</li>", letter[letter.index("<main") : letter.index("</main")])
    codes = {str(action) for action in Action} | {"passport-issued", "Health Act", "section", "article", "stepped_up"}
    assert lines and not [line for line in lines if any(code in line for code in codes if "_" in code or "-" in code)]
    assert not any(word in words for word in ("Health Act", "section ", "article "))


def test_refusal__in_the_log_of_a_person_is_told_in_words(signed_in: Login, nation: WebNation) -> None:
    doctor, dpo = signed_in("doctor"), signed_in("dpo", "da")
    case = a_case(doctor)
    genome = genome_on(doctor.get(f"{case}/genomes").text)
    with nation.house.database.reading() as connection:
        found = find_genome(connection, genome)
    assert found is not None
    with pytest.raises(NotPermitted):
        genomes_for(nation.house, Actor("stranger", frozenset({"clinician"})), case=case.removeprefix("/case/"))

    page = Reading(post(dpo, "/dpo/person", "/dpo/person", person=found.person).text).words

    assert "afvist" in page and ".clinician." not in page and ".treats" not in page
