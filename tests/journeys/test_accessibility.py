"""Every page in a browser: axe finds nothing, nothing overflows, the keyboard gets in, targets are large enough.

Rules: WCAG 2.0, 2.1, 2.2 A and AA, and axe's best practices. The whole matrix runs on the pages people need most; the
others run once each in alternating corners of it. Every page is looked at in both colour schemes: contrast is measured
in each, once for each look that text has on the page; no other rule knows of colours.
"""

from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.classification.labs import names_of_labs, publish
from tests.journeys.conftest import Open, Visit
from tests.web.nation import WebNation

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OBSERVED = "/variant/chr21-43765437-A-G"
CORNERS = list(product(("en", "da"), (1280, 320)))
KEY_PAGES = ("/", OBSERVED)
OTHERS = (
    "/variant/chr21-43774500-G-C", "/variant/chr21-25585733-C-T", "/variant/chr21:43765437", "/how", "/releases",
    "/batch", "/api", "/status", "/login", "/preferences", "/accessibility", "/privacy", "/search?q=hello",
    "/region/chr21-43000000-44000000", "/region/chr21-43772512-43773000", "/variant/chr21-43765445-T-C", "/medicines",
    "/catalogue", "/catalogue?q=patient", "/catalogue/GDI-DK-EMBLA-1?sex=F", "/catalogue?q=zzz",
)  # fmt: skip

SMALL_TARGETS = """() => [...document.querySelectorAll("a[href], button, input, select, summary, textarea")]
  .filter(e => e.tabIndex >= 0 && e.type !== "hidden")
  .map(e => [e, e.getBoundingClientRect()])
  .filter(([e, r]) => r.width > 0 && r.height > 0 && getComputedStyle(e).clipPath === "none" && r.top >= 0)
  // WCAG 2.5.8 leaves out targets inside a sentence.
  .filter(([e, r]) => !(e.closest("p, li, dd, dt, caption, td") && getComputedStyle(e).display === "inline"))
  .filter(([e, r]) => r.height < 23.9 || r.width < 23.9)
  .map(([e, r]) => `${e.tagName} ${e.textContent.trim().slice(0, 30)} ${r.width.toFixed(0)}x${r.height.toFixed(0)}`)"""


@cache
def axe_source() -> str:
    """axe-core as the wheel brings it; injected by evaluate, which works under a strict policy."""
    package = pytest.importorskip("axe_playwright_python", reason="SKIPPED: needs axe-playwright-python (pip)")
    found = sorted(Path(package.__file__).parent.rglob("axe.min.js"))
    assert found, "the wheel brings no axe.min.js"
    return found[0].read_text()


# One element for each look of text: its colours, size and weight, and all of that of everything that it lies in. axe
# would measure each cell of a long table again, which is most of its time.
LOOKS = """() => {
  const numbers = new Map(), known = new Map();
  const look = e => {
    if (!e) return 0;
    if (!known.has(e)) {
      const s = getComputedStyle(e);
      const told = [look(e.parentElement), e.tagName, e.className.baseVal ?? e.className, e.disabled ?? "", s.color,
        s.backgroundColor, s.backgroundImage, s.opacity, s.fontSize, s.fontWeight, s.textShadow, s.fill, s.position,
        s.filter, s.mixBlendMode, s.display, s.visibility, s.clipPath].join("|");
      if (!numbers.has(told)) numbers.set(told, numbers.size + 1);
      known.set(e, numbers.get(told));
    }
    return known.get(e);
  };
  const written = e => /^(INPUT|SELECT|TEXTAREA)$/.test(e.tagName)
    || [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
  const first = new Map();
  for (const e of document.body.querySelectorAll("*"))
    if (written(e) && e.checkVisibility() && !first.has(look(e))) first.set(look(e), e);
  return [...first.values()];
}"""
# Fields that are too narrow to show what they ask for.
CRAMPED = """() => [...document.querySelectorAll("input[placeholder]")].filter(e => e.checkVisibility()).filter(e => {
  const style = getComputedStyle(e), brush = document.createElement("canvas").getContext("2d");
  brush.font = style.font;
  const room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  return brush.measureText(e.placeholder).width > room + 1;
}).map(e => `${e.name}: ${e.placeholder}`)"""
# Parts of a page that lie over each other: what is below cannot be read, and no rule of axe looks for it.
COVERED = """() => {
  const parts = [...document.querySelectorAll("main > .wrap > *")].filter(e => e.checkVisibility())
    .filter(e => !["absolute", "fixed", "sticky"].includes(getComputedStyle(e).position))
    .map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width > 1 && r.height > 1);
  const name = e => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 30)}`;
  const over = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
  return parts.flatMap(([e, r], i) => parts.slice(i + 1).filter(([f, q]) => over(r, q))
    .map(([f]) => `${name(e)} / ${name(f)}`));
}"""
CONTRAST = "color-contrast"


def violations(page: Any) -> list[str]:
    """What axe finds in the colour scheme that is shown, one line each with the first place."""
    return [*found_by(page, "document", rules={CONTRAST: {"enabled": False}}), *too_faint(page)]


def too_faint(page: Any) -> list[str]:
    """Text without contrast enough, one line with the first place."""
    return found_by(page, f"{{include: ({LOOKS})()}}", runOnly={"type": "rule", "values": [CONTRAST]})


def found_by(page: Any, where: str, **options: Any) -> list[str]:
    """What axe finds there, by its tags unless `options` say by which rules."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(axe_source())
    # Without preload false, axe itself would fetch style sheets and trip the policy.
    given = {"runOnly": {"type": "tag", "values": TAGS}, "preload": False, "resultTypes": ["violations"]} | options
    # Summed up in the browser: axe's whole report is megabytes on a long page.
    found: list[str] = page.evaluate(
        f"""async options => (await axe.run({where}, options)).violations
        .map(v => `${{v.id}}: ${{v.help}}: ${{v.nodes[0].html.slice(0, 160)}} (${{v.nodes.length}})`)""",
        given,
    )
    return found


def test_the_check_itself_finds_planted_faults(visit: Open) -> None:
    window = visit(width=320)
    window.go("/how")
    window.page.evaluate(
        """() => { const box = document.createElement("div"); box.innerHTML =
        '<img src="/static/mark.svg"><button></button><input type="image" alt="x" width="9" height="9">';
        document.querySelector("main").append(box); }"""
    )

    found = " ".join(violations(window.page))

    window.page.evaluate("() => { document.querySelector('main > .wrap > :nth-child(2)').style.marginTop = '-3rem'; }")
    assert window.page.evaluate(COVERED) != []
    assert "image-alt" in found and "button-name" in found and "color-contrast" not in found
    assert window.page.evaluate(SMALL_TARGETS) != []


def test_the_check_itself_finds_text_too_faint_in_one_cell_of_a_table_and_in_one_scheme(visit: Open) -> None:
    window = visit()
    window.go("/gene/CSTB")
    assert violations(window.page) == []
    page, cell = window.page, "document.querySelectorAll('main tbody tr')[7].cells[1]"

    page.evaluate(f"() => {{ {cell}.style.color = '#8a8a8a'; }}")
    assert "color-contrast" in " ".join(too_faint(page))
    page.emulate_media(color_scheme="dark")
    assert too_faint(page) == []
    page.evaluate(f"() => {{ {cell}.style.color = ''; {cell}.parentElement.style.background = '#6a6a6a'; }}")
    assert "color-contrast" in " ".join(too_faint(page))


def check(window: Visit, width: int) -> None:
    page = window.page
    assert violations(page) == []
    page.emulate_media(color_scheme="light" if window.scheme == "dark" else "dark")
    assert too_faint(page) == []
    page.emulate_media(color_scheme=window.scheme)
    assert window.faults == []
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{overflow} px too wide"
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(CRAMPED) == []
    assert page.evaluate(COVERED) == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


@pytest.mark.parametrize(("language", "width"), CORNERS)
def test_key_pages__in_every_corner_of_the_matrix(visit: Open, language: str, width: int) -> None:
    window = visit(language=language, width=width)
    # The gene page is the longest; half of the corners see every scheme, language and width of it.
    odd = (language == "en") + (width == 320)
    for path in (*KEY_PAGES, *(["/gene/CSTB"] if odd % 2 else [])):
        window.go(path)
        check(window, width)


def test_other_pages__in_alternating_corners(visit: Open) -> None:
    windows = [visit(language=language, width=width) for language, width in CORNERS]
    for number, path in enumerate(OTHERS):
        window = windows[(number + number // len(CORNERS)) % len(CORNERS)]
        window.go(path)
        check(window, CORNERS[windows.index(window)][1])


@pytest.mark.parametrize(("scheme", "language", "width"), [("light", "da", 320), ("dark", "en", 1280)])
def test_private_pages__hold_the_same(visit: Open, scheme: str, language: str, width: int) -> None:
    window = visit(scheme=scheme, language=language, width=width)
    window.sign_in("doctor", "/cases")
    check(window, width)
    window.page.fill("#c-text", "no case is called so")
    window.page.click("form[action='/cases'] button")
    window.page.wait_for_selector("main .note")
    check(window, width)
    window.go("/cases")
    window.page.click("main tbody a >> nth=0")
    window.page.fill("#live-q", "21-43765437-A-G")
    window.page.click("#ask button[type=submit]")
    window.page.wait_for_selector(".live")
    check(window, width)
    window.page.click("main a[href$='/consent'] >> nth=0")
    window.page.wait_for_selector("#version")
    check(window, width)
    others = (
        ("dpo", "/decisions"),
        ("zone", "/identity"),
        ("coordinator", "/submissions/region/1084"),
        ("board", "/board"),
        ("board", "/board/money"),
        ("board", "/board/decisions"),
        ("admin", "/board/ledger"),
        ("admin", "/board/ledger/new?kind=initiative"),
        ("admin", "/board/postings"),
        ("lab-north", "/refunds"),
    )
    # What breaks, breaks where it is narrow: the wide corner takes every other page.
    for account, path in others if width == 320 else others[::2]:
        other = visit(scheme=scheme, language=language, width=width)
        other.sign_in(account, path)
        check(other, width)
    lab = visit(scheme=scheme, language=language, width=width)
    lab.sign_in("lab-south", "/submissions")
    check(lab, width)
    lab.page.click("main tbody a >> nth=0")
    lab.page.wait_for_selector("#ack-title")
    check(lab, width)
    for path in ("/submissions/send", "/submissions/reconciliation", "/submissions/promises", "/submissions/quality"):
        lab.go(path)
        check(lab, width)


@pytest.mark.parametrize(("scheme", "language", "width"), [("light", "da", 320), ("dark", "en", 1280)])
def test_classification_pages__hold_the_same(
    visit: Open, web: WebNation, scheme: str, language: str, width: int
) -> None:
    names = names_of_labs(web.house)
    south, other = names.index("south"), names.index("north")
    pos = 43774510 + width % 7
    assert web.house.reference is not None
    base = web.house.reference.fetch("chr21", pos - 1, pos)
    allele = f"chr21-{pos}-{base}-{'T' if base == 'A' else 'A'}"
    mine = publish(web.house, south, "P", allele=allele, codes=("PVS1", "PS1"), summary="Loss of function.")
    publish(web.house, other, "B", allele=allele)
    lab = visit(scheme=scheme, language=language, width=width)
    lab.sign_in("lab-south", "/classifications")
    check(lab, width)
    for path in (f"/classifications/{mine.record.id}", "/discordances", f"/classifications/new?from={mine.record.id}",
                 f"/variant/{allele}", "/classifications?q=CSTB", "/classifications/shared?q=nothing"):  # fmt: skip
        lab.go(path)
        check(lab, width)


def test_error_page__holds_the_same(visit: Open) -> None:
    window = visit(scheme="dark")
    window.go("/nothing-here")
    window.faults.clear()
    check(window, 1280)


def test_search_list__holds_the_same_while_open(visit: Open) -> None:
    window = visit()
    window.go("/")
    window.page.fill("#q", "CST")
    window.page.wait_for_selector("#q-options [role=option]")

    assert violations(window.page) == []
    assert window.faults == []


@pytest.mark.parametrize("path", ["/", OBSERVED, "/gene/CSTB", "/batch", "/how", "/login"])
def test_page__says_the_same_without_script(visit: Open, path: str) -> None:
    plain, full = visit(js=False), visit()
    plain.go(path)
    full.go(path)

    assert plain.page.inner_text("main h1") == full.page.inner_text("main h1")
    assert plain.page.locator("main table tbody tr").count() == full.page.locator("main table tbody tr").count()
    assert plain.faults == []
    # A button that only script could serve is not shown.
    assert plain.page.locator("button[data-copy]:visible, button[data-print]:visible").count() == 0


def test_print__leaves_navigation_out_and_says_where_it_is_from(visit: Open) -> None:
    window = visit()
    window.go(OBSERVED)
    window.page.emulate_media(media="print")

    assert not window.page.is_visible(".head nav") and not window.page.is_visible(".foot")
    assert window.page.is_visible(".printfoot") and "2026.2" in window.page.inner_text(".printfoot")


def test_forced_colours__keep_the_drawings(visit: Open) -> None:
    window = visit()
    window.page.emulate_media(forced_colors="active")
    window.go("/gene/CSTB")

    fill = window.page.evaluate("getComputedStyle(document.querySelector('.plot .exon')).fill")
    ink = window.page.evaluate("getComputedStyle(document.querySelector('main p')).color")
    assert fill == ink
