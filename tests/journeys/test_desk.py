"""The emergency and the desk in a browser: opened by one, reviewed by another, seen by nobody else; axe throughout."""

import pytest

from tests.journeys.conftest import Open
from tests.journeys.test_accessibility import check

DESK = ("/dpo", "/dpo/person", "/dpo/alerts", "/dpo/reviews", "/dpo/incidents", "/dpo/processing")


@pytest.mark.parametrize(("scheme", "language", "width"), [("light", "da", 320), ("dark", "en", 1280)])
def test_desk_pages__hold_for_everybody(visit: Open, scheme: str, language: str, width: int) -> None:
    window = visit(scheme=scheme, language=language, width=width)
    window.sign_in("dpo", "/dpo")
    for path in DESK:
        window.go(path)
        check(window, width)


@pytest.mark.parametrize(("language", "width"), [("da", 320)])
def test_emergency__from_the_reason_to_the_review(visit: Open, language: str, width: int) -> None:
    doctor = visit(language=language, width=width)
    page = doctor.page
    doctor.sign_in("doctor", "/cases")
    page.click("main tbody a >> nth=0")
    page.click("main a[href$='/genomes']")
    page.wait_for_selector("input[name=genome]", state="attached")
    check(doctor, width)
    genome = page.get_attribute("input[name=genome] >> nth=0", "value")
    doctor.go("/step-up?next=/emergency")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/emergency")
    check(doctor, width)
    page.fill("#person", genome)
    page.fill("#reason", "Unconscious in the emergency room.")
    page.click("main form.card button[type=submit]")
    page.wait_for_url("**/emergency/E*")
    access = page.url.rsplit("/", 1)[1]
    check(doctor, width)

    officer = visit(language=language, width=width)
    officer.sign_in("dpo", "/dpo/reviews")
    officer.page.click(f"a[href='/dpo/reviews/{access}']")
    officer.page.wait_for_selector("#o-justified")
    check(officer, width)
    officer.page.check("#o-justified")
    officer.page.fill("#why", "Confirmed by the head of the ward.")
    officer.page.click("main form.card button[type=submit]")
    officer.page.wait_for_load_state("load")
    assert officer.page.locator("#o-justified").count() == 0

    # A second browser, another account: nothing of it.
    other = visit()
    other.sign_in("board", "/")
    for path in (f"/emergency/{access}", f"/dpo/reviews/{access}", "/dpo"):
        assert other.go(path).status == 403


def test_article_15__extract_in_four_clicks(visit: Open) -> None:
    doctor, officer = visit(), visit()
    doctor.sign_in("doctor", "/cases")
    doctor.page.click("main tbody a >> nth=0")
    doctor.page.click("main a[href$='/genomes']")
    genome = doctor.page.get_attribute("input[name=genome] >> nth=0", "value")
    officer.sign_in("dpo", "/dpo/person")
    officer.page.fill("#person", genome)
    officer.page.click("#ask button[type=submit]")
    officer.page.wait_for_selector("#seen")
    check(officer, 1280)
    officer.page.click("form[action='/dpo/person/letter'] button")
    officer.page.wait_for_load_state("load")
    check(officer, 1280)
    assert "clinician 1" in officer.page.inner_text("main")


@pytest.mark.parametrize(("scheme", "language", "width"), [("dark", "da", 320)])
def test_medicines__profile_gene_and_drug_hold_for_everybody(
    visit: Open, scheme: str, language: str, width: int
) -> None:
    doctor = visit(scheme=scheme, language=language, width=width)
    doctor.sign_in("doctor", "/cases")
    doctor.page.click("main tbody a >> nth=0")
    case = doctor.page.url.rpartition("/case/")[2].split("/")[0]
    for path in ("medicines", "medicines/gene/TPMT", "medicines/drug/azathioprine"):
        doctor.go(f"/case/{case}/{path}")
        check(doctor, width)
