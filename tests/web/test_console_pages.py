"""The laboratory's console without scripts: the sentence, filters, tables with twins, in both languages."""

import csv
import io

import httpx
import pytest
from sqlalchemy import select

from embla.submission.tables import submissions
from tests.web.clients import Reading, token_in
from tests.web.nation import WebNation
from tests.web.test_submission_pages import files_of


@pytest.fixture
def north(nation: WebNation, signed_in) -> httpx.Client:  # type: ignore[no-untyped-def]
    """North's account, whose last package is refused and waits."""
    client: httpx.Client = signed_in("lab-north")
    form = {"csrf": token_in(client.get("/submissions/send").text)}
    client.post("/submissions/send", data=form, files=list(files_of(nation.refused)))
    return client


def own(nation: WebNation, state: str) -> int:
    with nation.house.database.reading() as connection:
        query = select(submissions.c.id).where(submissions.c.laboratory == "north", submissions.c.state == state)
        return len(list(connection.execute(query)))


def test_list__says_in_one_sentence_what_needs_the_laboratory(nation: WebNation, north: httpx.Client) -> None:
    page = Reading(north.get("/submissions").text)

    assert f"{own(nation, 'accepted')} packages accepted, 1 needs you." in page.words
    assert "/submissions?state=waiting" in page.hrefs() and "/submissions/rejected.csv" in page.hrefs()
    waiting = north.get("/submissions?state=waiting").text
    assert waiting.count("refused</span>") == 1


def test_list__is_filtered_by_beginning_group_and_state_and_says_when_nothing_is_left(
    nation: WebNation, north: httpx.Client
) -> None:
    with nation.house.database.reading() as connection:
        row = connection.execute(select(submissions).where(submissions.c.laboratory == "north")).first()
    assert row is not None

    found = north.get("/submissions", params={"q": row.package, "group": row.patient_group}).text
    none = north.get("/submissions", params={"q": "no%such_"})

    assert f'href="/submissions/{row.id}"' in found and found.count('scope="row"') == 1
    assert "Leave the filter out" in none.text and none.status_code == 200


def test_rejected__are_rows_with_line_and_mend(north: httpx.Client) -> None:
    answer = north.get("/submissions/rejected.csv")

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["cache-control"] == "no-store"
    assert {"group.known", "files.size"} <= {row["rule"] for row in rows} and all(row["mend"] for row in rows)


def test_reconciliation__page_and_twins_say_the_same(nation: WebNation, north: httpx.Client) -> None:
    page = Reading(north.get("/submissions/reconciliation").text)
    (month,) = [m for m in north.get("/submissions/reconciliation.json").json()["months"] if m["accepted"]]
    rows = list(csv.DictReader(io.StringIO(north.get("/submissions/reconciliation.csv").text)))

    assert month["accepted"] == own(nation, "accepted") and month["unexplained"] == 0
    assert month["sent"] == month["accepted"] + month["waiting"] + month["mended"]
    assert month["acknowledged"] == sum(month["fates"].values())
    assert {row["month"] for row in rows} >= {month["month"]} and month["month"] in page.words


def test_promises__page_and_twin_say_the_same_and_lead_to_how_it_was_measured(
    nation: WebNation, north: httpx.Client
) -> None:
    page = Reading(north.get("/submissions/promises").text)
    told = north.get("/submissions/promises.json").json()

    assert told["packages"] == own(nation, "accepted") and told["missing"] == told["silent"] == []
    assert (told["cut_off"], told["open"]) == (0, 0) and told["median"] is not None
    assert page.words.count(" kept ") >= 2 and "nothing was cut off" in page.words
    assert "submission-accepted" in page.words
    assert "/submissions/reconciliation" in page.hrefs()
    assert f"Entries {told['entries']['first']} to {told['entries']['last']} of the log." in page.words


def test_quality__has_a_drawing_with_its_table_for_each_measure(north: httpx.Client) -> None:
    answer = north.get("/submissions/quality")
    told = north.get("/submissions/quality.json").json()["versions"]
    rows = list(csv.DictReader(io.StringIO(north.get("/submissions/quality.csv").text)))

    measures = {name for version in told for name in version["measures"]}
    assert measures and answer.text.count('role="img"') == len(measures)
    assert {row["measure"] for row in rows} == measures
    assert "style=" not in answer.text


@pytest.mark.parametrize(
    "path", ["/submissions", "/submissions/reconciliation", "/submissions/promises", "/submissions/quality"]
)
def test_console__in_danish_is_danish(signed_in, path: str) -> None:  # type: ignore[no-untyped-def]
    text = Reading(signed_in("lab-north", "da").get(f"/submissions{path}").text).words

    for english in (
        "packages accepted",
        "needs you",
        "Sent, accepted",
        "third quartile",
        "not explained",
        "begins with",
    ):
        assert english not in text


def test_certificate__is_made_on_the_page_and_saved(nation: WebNation, north: httpx.Client) -> None:
    with nation.house.database.reading() as connection:
        query = select(submissions.c.id).where(submissions.c.laboratory == "north", submissions.c.state == "accepted")
        one = connection.execute(query).scalars().first()
    page = north.get(f"/submissions/{one}").text

    made = north.post(f"/submissions/{one}/certificate", data={"csrf": token_in(page)})
    after = Reading(north.get(made.headers["location"]).text)

    assert made.status_code == 303 and "Safe to delete locally" in after.words and "kept, read again" in after.words
    assert north.get(f"/submissions/{one}/certificate.json").json()["payloadType"].startswith("application/vnd.embla")
