"""The regional coordinator's page, through the real application: what it shows, what it leaves out, and to whom."""

import re

import pytest
from sqlalchemy import select

from embla.submission.tables import submissions
from tests.web.clients import Reading, token_in
from tests.web.conftest import Login
from tests.web.nation import WebNation


def send_bad(signed_in: Login, nation: WebNation) -> None:
    lab = signed_in("lab-north")
    form = {"csrf": token_in(lab.get("/submissions/send").text)}
    files = [("files", (path.name, path.read_bytes())) for path in sorted(nation.refused.iterdir())]
    lab.post("/submissions/send", data=form, files=files)


def test_coordinator__is_led_to_the_own_region_and_sees_it_in_numbers(signed_in: Login, nation: WebNation) -> None:
    client = signed_in("coordinator")
    way = client.get("/submissions/region")
    assert way.headers["location"] == "/submissions/region/1084"

    answer = client.get("/submissions/region/1084")
    told = client.get("/submissions/region/1084.json").json()

    page = Reading(answer.text)
    with nation.house.database.reading() as connection:
        rows = list(connection.execute(select(submissions).where(submissions.c.laboratory == "capital")))
    assert answer.status_code == 200 and "no-store" in answer.headers["Cache-Control"]
    assert told["total"]["packages"] == len(rows) > 3
    assert told["total"]["genomes"] == sum(row.genomes for row in rows)
    assert "Genome Laboratory Capital" in page.words and "not public" in page.words
    assert "Genome Laboratory Zealand" not in page.words
    for row in rows:
        for secret in (row.case, row.package, row.id):
            assert not re.search(rf"\b{re.escape(secret)}\b", page.words + str(told))


def test_coordinator__of_the_capital_reads_no_other_region(signed_in: Login) -> None:
    client = signed_in("coordinator")

    for code in ("1081", "1085", "1086", "9999", "1084' OR 1=1", "x" * 300):
        for path in (f"/submissions/region/{code}", f"/submissions/region/{code}.json"):
            answer = client.get(path)
            assert answer.status_code == 403 and "Laboratory" not in answer.text, path


def test_region_page__tells_refusals_by_rule_and_counts_what_a_laboratory_sends(
    signed_in: Login, nation: WebNation
) -> None:
    from embla.platform import OPERATOR, create_account, find_account

    with nation.house.database.transaction() as connection:
        if find_account(connection, "coordinator-north") is None:
            create_account(
                connection, "coordinator-north", display="North", roles=["coordinator"], region="1081", by=OPERATOR,
                at=nation.house.clock(),
            )  # fmt: skip
    send_bad(signed_in, nation)

    client = signed_in("coordinator-north")
    told = client.get("/submissions/region/1081.json").json()
    page = Reading(client.get("/submissions/region/1081").text)

    assert told["total"]["refused"] >= 1 and told["refusals"]
    assert all(one["rule"] in client.get("/submissions/region/1081").text for one in told["refusals"])
    assert ".vcf" not in page.words


@pytest.mark.parametrize("language", ["en", "da"])
def test_region_page__is_whole_in_both_languages(signed_in: Login, language: str) -> None:
    answer = signed_in("coordinator", language).get("/submissions/region/1084")

    page = Reading(answer.text)
    assert sum(tag == "h1" for tag, _ in page.tags) == 1 and dict(page.tags)["html"]["lang"] == language
    assert not any(left in page.words for left in ("<built-in", "{{", "{%", "object at 0x", "Undefined", "%("))
    name = "Region Hovedstaden" if language == "da" else "Capital Region of Denmark"
    assert name in page.words


@pytest.mark.parametrize("account", ["lab-south", "dpo", "admin", "doctor", "board", "researcher", "zone"])
def test_region_page__is_for_coordinators_alone(signed_in: Login, account: str) -> None:
    client = signed_in(account)

    for path in ("/submissions/region", "/submissions/region/1083", "/submissions/region/1083.json"):
        assert client.get(path).status_code == 403


def test_coordinator__sees_no_submission_and_no_case(signed_in: Login, nation: WebNation) -> None:
    client = signed_in("coordinator")
    with nation.house.database.reading() as connection:
        one = (
            connection.execute(select(submissions.c.id).where(submissions.c.laboratory == "capital")).scalars().first()
        )

    for path in ("/submissions", f"/submissions/{one}", f"/submissions/{one}.json", "/submissions/send", "/cases"):
        assert client.get(path).status_code == 403
