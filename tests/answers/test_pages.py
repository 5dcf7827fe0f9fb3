"""The page on which a clinician answers: nothing that was typed is lost without a word, nothing unseen is final."""

import re
from collections.abc import Iterator
from threading import Barrier, Thread

import httpx
import pytest

from embla.answers import Draft, Said, answers_of, give
from embla.app import create_app
from embla.classification import Shown
from embla.errors import Conflict
from embla.frequency import cut_release, open_answer
from embla.genome import Variant
from embla.platform import OPERATOR
from tests.answers.clinic import CSTB, DOCTOR, SPLICED, Clinic
from tests.web.clients import client_of, token_in

NOBODYS = "21-25911880-G-A"
SUMMARY = "A cause was looked for."


class Desk:
    """The doctor's window on the answers of the trio's case."""

    def __init__(self, clinic: Clinic, client: httpx.Client) -> None:
        self.clinic, self.client, self.path = clinic, client, f"/case/{clinic.case()}/answers"
        page = client.get("/login")
        client.post("/login", data={"csrf": token_in(page.text), "account": "doctor", "next": "/"})

    def press(self, do: str, **fields: str) -> httpx.Response:
        token = token_in(self.client.get(self.path).text)
        return self.client.post(self.path, data={"csrf": token, "do": do, "summary": SUMMARY} | fields)

    def given(self) -> list[tuple[str, list[str]]]:
        reports = answers_of(self.clinic.house, DOCTOR, self.clinic.case())
        return [(v.content.status, [one.allele for one in v.content.findings]) for r in reports for v in r.versions]


@pytest.fixture
def desk(clinic: Clinic) -> Iterator[Desk]:
    clinic.conclude("capital", "P")
    clinic.conclude("capital", "VUS", allele=SPLICED)
    with client_of(create_app(clinic.house.settings, clinic.house)) as client:
        yield Desk(clinic, client)


@pytest.fixture
def standing(desk: Desk) -> Shown:
    return desk.clinic.shared("capital")


def seal_in(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found, "nothing is shown that could be given"
    return found[1]


@pytest.mark.parametrize("do", ["see", "give"])
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (NOBODYS, "Variant 1 of the list cannot be answered."),
        ("no name of anything", "Variant 1 of the list cannot be answered."),
        (CSTB, "Nothing is chosen for variant 1 of the list."),
        (f"{CSTB}\n{NOBODYS}", "Nothing is chosen for variant 1 of the list."),
        ("\n".join(f"21-{5_030_500 + n}-A-G" for n in range(27)), "27 variants were typed"),
    ],
)
def test_a_typed_line_that_comes_to_no_finding_is_refused_and_kept(desk: Desk, do: str, typed: str, told: str) -> None:
    page = desk.press(do, alleles=typed)

    assert page.status_code == 422 and told in page.text
    assert all(line in page.text for line in typed.splitlines()) and SUMMARY in page.text
    assert desk.given() == []


def test_more_lines_than_the_form_takes_are_told_of_at_the_first_look(desk: Desk) -> None:
    page = desk.press("look", alleles="\n".join(f"21-{5_030_500 + n}-A-G" for n in range(26)))

    assert page.status_code == 422 and "the form takes at most 25" in page.text


def test_nothing_is_final_before_somebody_saw_what_it_says(desk: Desk, standing: Shown) -> None:
    fields = {"alleles": CSTB, "allele-0": CSTB, "classification-0": standing.record.id, "role-0": "causative"}

    unseen = desk.press("give", **fields)
    assert unseen.status_code == 200 and "This will be issued" in unseen.text and desk.given() == []
    assert re.search(rf'href="/variant/{CSTB}" target="_blank" rel="noopener"', unseen.text)  # what was typed stays

    seal = seal_in(unseen.text)
    changed = desk.press("give", **fields | {"summary": "Something else.", "seen": seal})
    assert "This is not the answer that you saw before" in changed.text and desk.given() == []

    given = desk.press("give", **fields, seen=seal)
    assert given.status_code == 303 and desk.given() == [("final", [CSTB])]


def test_a_choice_belongs_to_its_allele_when_lines_are_moved(desk: Desk, standing: Shown) -> None:
    other = desk.clinic.shared("capital", SPLICED)
    chosen = {"allele-0": CSTB, "classification-0": "omit", "allele-1": SPLICED, "classification-1": other.record.id}

    page = desk.press("see", alleles=f"{SPLICED}\n{CSTB}", **chosen)

    seen = page.text[page.text.index('id="seen"') : page.text.index("</section>", page.text.index('id="seen"'))]
    assert f"Left out of the answer, as you chose: {CSTB}." in seen and f"/variant/{SPLICED}" in seen


def test_left_out_by_choice_is_an_answer_without_it(desk: Desk) -> None:
    fields = {"alleles": CSTB, "allele-0": CSTB, "classification-0": "omit"}

    page = desk.press("see", **fields)
    assert "No finding is reported. That is not the same as no disease." in page.text
    desk.press("give", **fields, seen=seal_in(page.text))

    assert desk.given() == [("final", [])]


def test_an_answer_is_amended_from_its_own_page(desk: Desk, standing: Shown) -> None:
    first = desk.clinic.answered()
    page = desk.client.get(desk.path).text
    link = re.search(rf'href="({desk.path}\?amend={first.answer})#give"', page)
    assert link, "the answer has no way to amend it"
    form = desk.client.get(link[1]).text
    assert CSTB in form and SUMMARY in form and f'name="answer" value="{first.answer}"' in form
    fields = {"alleles": CSTB, "allele-0": CSTB, "classification-0": standing.record.id, "answer": first.answer,
              "expected": "1", "why": "A word was wrong."}  # fmt: skip

    unsaid = desk.press("see", **fields)
    assert unsaid.status_code == 422 and "Nothing is chosen for why the answer is amended." in unsaid.text
    seen = desk.press("see", **fields, status="corrected")
    desk.press("give", **fields, status="corrected", seen=seal_in(seen.text))

    assert desk.given() == [("corrected", [CSTB]), ("final", [CSTB])]
    assert desk.client.get(f"{desk.path}?amend=Anone").status_code == 404


def test_drafted__issues_nothing(clinic: Clinic) -> None:
    from embla.answers.answering import drafted

    content = drafted(clinic.house, DOCTOR, clinic.case(), Draft(SUMMARY))

    assert (content.status, content.findings) == ("final", ())
    assert answers_of(clinic.house, DOCTOR, clinic.case()) == []


def test_a_button_pressed_twice_gives_one_answer(desk: Desk, standing: Shown) -> None:
    fields = {"alleles": CSTB, "allele-0": CSTB, "classification-0": standing.record.id, "role-0": "causative"}
    seal = seal_in(desk.press("see", **fields).text)

    twice = [desk.press("give", **fields, seen=seal) for _ in range(2)]

    assert [one.status_code for one in twice] == [303, 303] and desk.given() == [("final", [CSTB])]


def test_two_presses_at_one_moment_give_one_answer(desk: Desk, standing: Shown) -> None:
    draft = Draft(SUMMARY, (Said(CSTB, standing.record.id),))
    told: list[object] = []
    ready = Barrier(2)

    def press() -> None:
        ready.wait()
        try:
            told.append(give(desk.clinic.house, DOCTOR, desk.clinic.case(), draft))
        except Conflict as error:
            told.append(error)

    threads = [Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(isinstance(one, Conflict) for one in told) == [False, True]
    assert desk.given() == [("final", [CSTB])]


def test_an_amendment_pressed_twice_is_one_version(desk: Desk, standing: Shown) -> None:
    first = desk.clinic.answered()
    fields = {"alleles": CSTB, "allele-0": CSTB, "classification-0": standing.record.id, "answer": first.answer,
              "expected": "1", "why": "A word was wrong.", "status": "corrected"}  # fmt: skip
    seal = seal_in(desk.press("see", **fields).text)

    twice = [desk.press("give", **fields, seen=seal) for _ in range(2)]

    assert [one.status_code for one in twice] == [303, 303]
    assert desk.given() == [("corrected", [CSTB]), ("final", [CSTB])]


def test_an_answer_keeps_how_often_its_release_has_the_variant(desk: Desk) -> None:
    before = desk.clinic.answered().content.findings[0]
    cut_release(desk.clinic.house, OPERATOR)
    after = desk.clinic.answered("capital", case="T1").content

    expected = open_answer(desk.clinic.house, Variant("chr21", 43_774_279, "GGA", "G"), after.release).headline
    assert (before.counted, before.ac, before.an, before.af) == ("", None, None, None)
    found = after.findings[0]
    assert after.release and found.counted == expected.status != ""
    assert (found.ac, found.an, found.af) == (expected.ac, expected.an, expected.af)
    assert f"In release {after.release}:" in desk.client.get(desk.path).text
