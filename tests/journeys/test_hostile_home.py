"""S4 in a browser: a home full of hostile text, walked by those who read it, each in one signed-in window.

No script ran, nothing was asked of another host, no page is too wide, and axe finds nothing.
"""

from collections.abc import Iterator

import pytest

from tests.journeys.conftest import Open, Visit, serving
from tests.journeys.test_accessibility import check
from tests.web.nation import shared
from tests.web.payloads import ALL
from tests.web.planted import Planted, plant

# Pages with given text; those with a star are looked at by axe too, the others are elsewhere without such text.
WALKS: dict[str, tuple[str, ...]] = {
    "doctor": (
        "/cases", "/case/{case}", "*/case/{case}/genomes", "/case/{case}/consent", "/emergency",
        "/emergency/{emergency}",
    ),
    "lab-north": ("/submissions", "/submissions/{refused}", "*/submissions/{broken}", "/submissions/{submission}"),
    "dpo": (
        "/decisions", "/dpo/alerts/{alert}", "*/dpo/incidents/{incident}", "/dpo/reviews/{judged}",
        "/dpo/processing",
    ),
    "wrote-dpo": ("/account",),
}  # fmt: skip
# What the payloads call, made to leave a mark.
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TRAP = "window.alert = () => { window.ran = true; }; window.ran = false;"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Planted]]:
    nation = shared(tmp_path_factory)
    planted = plant(nation)
    with serving(nation) as address:
        yield address, planted


def still(window: Visit) -> None:
    assert window.page.evaluate("window.ran") is False
    assert window.faults == []


def test_the_trap_itself_catches_what_runs(visit: Open, hostile: tuple[str, Planted]) -> None:
    window = visit()
    window.page.add_init_script(TRAP)
    window.page.goto(hostile[0] + "/login")
    window.page.evaluate("alert(1)")

    with pytest.raises(AssertionError):
        still(window)


@pytest.mark.parametrize(("account", "width", "scheme"), [
    ("doctor", 320, "light"), ("lab-north", 320, "dark"), ("dpo", 320, "dark"), ("wrote-dpo", 320, "light"),
])  # fmt: skip
def test_hostile_text__runs_nowhere_and_breaks_no_page(
    visit: Open, hostile: tuple[str, Planted], account: str, width: int, scheme: str
) -> None:
    address, planted = hostile
    window = visit(width=width, scheme=scheme)
    window.base = address
    window.faults.clear()
    window.page.add_init_script(TRAP)
    window.sign_in(account)

    for path in WALKS[account]:
        assert window.go(path.lstrip("*").format(**planted.at)).status == 200, path
        still(window)
        assert window.page.evaluate(TOO_WIDE) <= 0, path
        if path.startswith("*"):
            check(window, width)


def test_hostile_text__typed_into_the_boxes_runs_nowhere(visit: Open, hostile: tuple[str, Planted]) -> None:
    address, _ = hostile
    window = visit()
    window.base = address
    window.page.add_init_script(TRAP)
    window.go("/login")
    still(window)
    window.go("/batch")
    window.page.fill("#list", "\n".join(ALL[:45]))
    window.page.click("main form.card button[type=submit] >> nth=0")
    window.page.wait_for_selector("main table")
    still(window)
    window.go("/")
    window.page.fill("#q", "<img src=x onerror=alert(1)>")
    window.page.wait_for_timeout(400)
    still(window)
    window.page.press("#q", "Enter")
    window.page.wait_for_selector("main h1")
    assert window.page.evaluate("window.ran") is False
