"""New knowledge reaches a patient, all of it by the pages: two laboratories conclude, disagree and agree, and the
department that answered decides, amends, and closes once the answer was received and read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from embla.answers import catch_up
from embla.platform import OPERATOR, House, create_account
from tests.answers.clinic import CSTB, Clinic, open_clinic
from tests.journeys.conftest import Open, Visit, serving

CONDITION = "MONDO:0009698"
LABS = {f"{lab}-{n}": lab for lab in ("capital", "zealand") for n in (1, 2)}
PATHOGENIC = {"PVS1": "VeryStrong", "PM3": "Moderate", "PM2": "Supporting"}
UNCERTAIN = {"PM2": "Supporting"}


@pytest.fixture
def clinic(house: House, tmp_path: Path) -> Clinic:
    with house.database.transaction() as connection:
        for name, lab in LABS.items():
            create_account(
                connection, name, display=name.title(), roles=["lab"], laboratory=lab, by=OPERATOR, at=house.clock()
            )
    made = open_clinic(house, tmp_path / "packages")
    made.consent(made.person())
    return made


@pytest.fixture
def address(clinic: Clinic) -> Iterator[str]:
    with serving(clinic) as found:
        yield found


class Department:
    """Windows of several people on one server."""

    def __init__(self, visit: Open, address: str) -> None:
        self.visit, self.address = visit, address
        self.windows: dict[str, Visit] = {}

    def at(self, account: str, path: str) -> Visit:
        """This person's window, on a page."""
        if account not in self.windows:
            made = self.windows[account] = self.visit()
            made.base = self.address
            made.sign_in(account)
        self.windows[account].go(path)
        return self.windows[account]

    def conclude(self, lab: str, class_: str, codes: dict[str, str], day: str, *, path: str = "") -> None:
        """One of a laboratory drafts, another signs."""
        page = self.at(f"{lab}-1", path or "/classifications/new").page
        if not path:
            page.fill("#f-variant", CSTB)
            page.fill("#f-condition", CONDITION)
            page.select_option("#f-inheritance", "AR")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        for code, strength in codes.items():
            page.select_option(f"#f-{code}", strength)
            page.fill(f"#f-{code}-text", "As published.")
        page.click("button[value=points]")
        page.wait_for_selector("#points")
        page.fill("#f-class", class_)
        page.fill("#f-evaluated", day)
        page.click("button[value=save]")
        page.wait_for_url("**/classifications/C*")
        signing = self.at(f"{lab}-2", page.url.removeprefix(self.address)).page
        signing.select_option("#verdict", class_)
        signing.click("form:has(#verdict) button")
        signing.wait_for_load_state("load")
        assert "Withdraw it" in signing.content() and signing.locator("#verdict").count() == 0


def test_new_knowledge_reaches_the_patient_and_the_loop_is_closed(visit: Open, clinic: Clinic, address: str) -> None:
    people, house, case = Department(visit, address), clinic.house, clinic.case()
    day = house.clock().date().isoformat()

    people.conclude("capital", "VUS", UNCERTAIN, day)
    doctor = people.at("doctor", f"/case/{case}/answers").page
    doctor.fill("#f-alleles", CSTB)
    doctor.click("button[value=look]")
    doctor.select_option("#f-c0", index=1)
    doctor.fill("#f-summary", "A variant of uncertain meaning.")
    doctor.click("button[value=see]")
    doctor.wait_for_selector("#seen")
    assert CSTB in doctor.inner_text("#seen") and "Version 1" not in doctor.inner_text("main")
    doctor.click("button[value=give]")
    doctor.wait_for_selector("text=Version 1: final")

    people.conclude("zealand", "P", PATHOGENIC, day)
    inbox = people.at("capital-1", "/discordances").page
    assert inbox.locator(f"h2:has-text('{CSTB}')").count() == 1
    inbox.select_option("[name=triage]", "will amend")
    inbox.click("form:has([name=triage]) button")
    inbox.wait_for_load_state("load")
    assert "promised amendments would resolve it" in inbox.inner_text("main")
    people.at("capital-1", "/classifications").page.click(f"a:has-text('{CSTB}') >> nth=0")
    inbox.click("text=Write a new version")
    people.conclude("capital", "P", PATHOGENIC, day, path=inbox.url.removeprefix(address))
    assert "no laboratory concludes otherwise" in people.at("capital-1", "/discordances").page.inner_text("main")

    catch_up(house)  # as the worker does every minute

    doctor = people.at("doctor", "/follow-ups").page
    doctor.click("main tbody a")
    assert "VUS → P/LP (Genome Laboratory Capital)" in doctor.inner_text("main")
    loop = doctor.url.removeprefix(address)
    doctor.select_option("#d-choice", "recontact")
    doctor.click("button[value=decide]")
    doctor.wait_for_selector("button[value=informed]")
    if doctor.locator("#f-c0").count() == 0:
        doctor.fill("#f-alleles", CSTB)
        doctor.click("button[value=look]")
    doctor.select_option("#f-c0", index=1)
    doctor.fill("#f-summary", "The cause is found.")
    doctor.fill("#f-why", "CSTB was classified anew.")
    doctor.click("button[value=see]")
    doctor.click("button[value=give]")
    doctor.wait_for_selector("text=Version 2: amended")
    doctor = people.at("doctor", loop).page
    doctor.click("button[value=informed]")
    doctor.wait_for_load_state("load")
    assert "waits for receipt and reading" in doctor.inner_text("main")

    registrar = people.at("registrar", f"/case/{case}/answers").page
    registrar.fill("[name=receipt] >> nth=0", "EPJ-2026-17")
    registrar.click("button[value=acknowledge] >> nth=0")
    registrar.wait_for_selector("text=receipt EPJ-2026-17")
    registrar.click("button[value=read] >> nth=0")
    registrar.wait_for_selector("text=read by registrar")

    assert "no news concerns a patient of yours" in people.at("doctor", "/follow-ups").page.inner_text("main")
    closed = people.at("doctor", "/follow-ups?kind=closed").page
    assert "closed: answered, acknowledged and read" in closed.inner_text("main")
    assert [fault for window in people.windows.values() for fault in window.faults] == []
