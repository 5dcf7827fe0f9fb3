"""What people come for, done in a browser: with the mouse, with the keyboard alone, and without script."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import Open
from tests.web.nation import WebNation

NAME = "21-43765437-A-G"


@pytest.mark.parametrize("js", [True, False])
def test_search_to_variant_to_how_it_was_counted(visit: Open, js: bool) -> None:
    window = visit(js=js)
    page = window.page
    window.go("/")
    page.fill("#q", "21:43,765,437 A>G")
    page.press("#q", "Enter")
    page.wait_for_url("**/variant/chr21-43765437-A-G**")
    assert NAME in page.inner_text("h1")
    page.click(".strip dt a >> nth=0")
    page.wait_for_url("**/how#af")
    assert page.is_visible("#af")
    assert window.faults == []


def test_search_with_the_keyboard_alone(visit: Open) -> None:
    window = visit()
    page = window.page
    window.go("/how")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("cst", delay=20)
    page.wait_for_selector("#q-options [role=option]")
    assert page.get_attribute("#q", "aria-expanded") == "true"
    assert page.inner_text("#spoken") != ""
    page.keyboard.press("ArrowDown")
    active = page.get_attribute("#q", "aria-activedescendant")
    assert page.get_attribute(f"#{active}", "aria-selected") == "true"
    page.keyboard.press("Escape")
    assert page.locator("#q-options [role=option]").count() == 0
    assert page.get_attribute("#q", "aria-expanded") == "false"
    page.keyboard.type("b", delay=20)
    page.wait_for_selector("#q-options [role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gene/CSTB")
    assert window.faults == []


def test_the_one_letter_key_can_be_switched_off(visit: Open) -> None:
    window = visit()
    page = window.page
    window.go("/preferences")
    page.uncheck("#keys")
    page.check("#theme-dark")
    page.click("main button[type=submit]")
    page.wait_for_load_state("load")
    page.keyboard.press("/")

    assert page.evaluate("document.activeElement.id") != "q"
    assert page.get_attribute("html", "data-theme") == "dark"
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(13, 21, 23)"


def test_language_is_kept_once_chosen(visit: Open) -> None:
    window = visit()
    page = window.page
    window.go("/gene/CSTB?release=2026.1")
    page.click("a[hreflang=da]")
    page.wait_for_load_state("load")
    assert page.get_attribute("html", "lang") == "da"
    assert "2026.1" in page.inner_text(".band")
    window.go("/how")
    assert page.get_attribute("html", "lang") == "da"


def test_several_lines_pasted_into_the_search_box_become_a_list(visit: Open) -> None:
    window = visit()
    page = window.page
    window.go("/")
    page.focus("#q")
    page.evaluate(
        """text => { const data = new DataTransfer(); data.setData("text/plain", text);
        const paste = {clipboardData: data, bubbles: true, cancelable: true};
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", paste)); }""",
        "21-43774500-G-C\n21-43765437-A-G",
    )
    page.wait_for_url("**/batch")
    assert page.locator("main tbody tr").count() == 2
    assert window.faults == []


def test_a_list_and_its_csv(visit: Open) -> None:
    window = visit(js=False)
    page = window.page
    window.go("/batch")
    page.fill("#list", "21-43774500-G-C\nnonsense\n21-43765437-A-G")
    page.click("text=Look them up")
    page.wait_for_load_state("load")
    assert page.locator("main tbody tr").count() == 3
    with page.expect_download() as download:
        page.click("text=As CSV")
    table = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert [row["line"] for row in table] == ["1", "2", "3"]


def test_lollipop_leads_to_its_variant(visit: Open) -> None:
    window = visit()
    page = window.page
    window.go("/gene/CSTB")
    target = page.get_attribute(".plot .pick >> nth=0", "data-href")
    page.locator(".plot .pick .v").first.dispatch_event("click")
    page.wait_for_url(f"**{target}")
    assert window.faults == []


@pytest.mark.parametrize("js", [True, False])
def test_laboratory_sends_a_bad_package_and_reads_every_error(visit: Open, web: WebNation, js: bool) -> None:
    window = visit(js=js)
    page = window.page
    window.sign_in("lab-north", "/submissions")
    page.click("text=Send a package")
    page.set_input_files("#files", [str(path) for path in sorted(web.refused.iterdir())])
    page.click("main button[type=submit]")
    page.wait_for_selector("main table")
    rules = page.locator("main tbody code").all_inner_texts()
    assert {"group.known", "files.size"} <= set(rules)
    window.go("/submissions?state=refused")
    assert page.locator("main tbody tr").count() >= 1


def test_laboratory_sees_its_package_and_its_acknowledgement(visit: Open, web: WebNation) -> None:
    window = visit()
    page = window.page
    window.sign_in("lab-north", "/submissions/send")
    page.set_input_files("#files", [str(path) for path in sorted(web.good.iterdir())])
    page.click("main button[type=submit]")
    page.wait_for_selector("#ack-title")
    assert "EMBG" in page.inner_text("main")
    assert page.locator(".steps .done").count() == 5
    assert window.faults == []


@pytest.mark.parametrize("js", [True, False])
def test_clinician_counts_live_and_leaves_the_patient_out(visit: Open, js: bool) -> None:
    window = visit(js=js)
    page = window.page
    window.sign_in("doctor", "/cases")
    page.click("main tbody a >> nth=0")
    page.fill("#live-q", NAME)
    page.click("text=Count now")
    page.wait_for_selector(".live")
    without = page.inner_text(".live .strip")
    assert "the patient" in page.inner_text("#how").lower()
    page.uncheck("#leave-person")
    page.click("text=Count now")
    page.wait_for_load_state("load")
    assert page.inner_text(".live .strip") != without
    assert "Live, exact, logged" in page.inner_text(".live")
    page.click("text=Sign out")
    page.wait_for_load_state("load")
    assert "Sign in" in page.inner_text(".tools")
    assert window.faults == []


def test_the_api_pages_own_python_example_runs(visit: Open, web: WebNation) -> None:
    window = visit(js=False)
    window.go("/api")
    code = window.page.locator("pre", has_text="import json").inner_text()

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    assert 0 <= float(done.stdout) <= 1


@pytest.mark.parametrize("js", [True, False])
def test_live_count__can_be_gone_back_to(visit: Open, js: bool) -> None:
    window = visit(js=js)
    window.sign_in("doctor", "/cases")
    page = window.page
    page.fill("#c-text", "K-")
    page.click("form[action='/cases'] button")
    found = page.locator("main tbody tr").count()
    page.click("main tbody a >> nth=0")
    page.fill("#live-q", "21-43765437-A-G")
    page.click("#ask button[type=submit]")
    page.click(".live a[href^='/variant/']")

    page.go_back()
    assert page.locator(".live").count() == 1 and page.input_value("#live-q").endswith("43765437-A-G")
    page.go_back()
    page.go_back()
    assert page.locator("main tbody tr").count() == found > 0 and page.input_value("#c-text") == "K-"
    assert not window.faults
