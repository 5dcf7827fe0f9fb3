"""The pages as a laboratory meets them: points, draft, second reader, panel, discordance; without JavaScript."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from embla.app import create_app
from embla.classification import Entry, Panel, define_panel, draft_panel
from embla.classification.discording import inbox, inbox_page
from embla.classification.importing import import_list
from embla.classification.model.changes import differences
from embla.classification.model.record import Content, Evidence
from embla.platform import OPERATOR, House, create_account
from tests.classification.labs import CSTB, SPLICE, draft, names_of_labs, person, publish
from tests.web.clients import client_of, token_in
from tests.web.nation import shared


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return shared(tmp_path_factory).house


@pytest.fixture(scope="module")
def clients(house: House) -> Iterator[dict[str, httpx.Client]]:
    labs = names_of_labs(house)
    with house.database.transaction() as connection:
        for name, lab in (("anna", labs[0]), ("bent", labs[0]), ("carl", labs[1]), ("dora", None)):
            create_account(
                connection, name, display=name.title(), roles=("lab",) if lab else ("clinician",), laboratory=lab,
                by=OPERATOR, at=house.clock(),
            )  # fmt: skip
    app = create_app(house.settings, house)
    made = {}
    for name in ("anna", "bent", "carl", "dora", ""):
        made[name] = client_of(app)
        if name:
            page = made[name].get("/login").text
            made[name].post("/login", data={"csrf": token_in(page), "account": name, "next": "/"})
    yield made
    for client in made.values():
        client.close()


def send(client: httpx.Client, page: str, path: str, **said: str) -> httpx.Response:
    return client.post(path, data={"csrf": token_in(client.get(page).text), **said})


FORM = {"variant": "21:43774279:GGA:G", "condition": "MONDO:0009698", "evaluated": "2026-02-01", "PVS1": "VeryStrong",
        "PM2": "Supporting", "PM2-text": "Absent; PMID: 25741868", "class": "LP"}  # fmt: skip


def test_form__works_out_points_keeps_a_draft_and_a_second_reader_signs(clients: dict[str, httpx.Client]) -> None:
    shown = send(clients["anna"], "/classifications/new", "/classifications", do="points", **FORM)
    assert shown.status_code == 200 and "Likely pathogenic" in shown.text and "acmg-2015+svi-2020/" in shown.text

    wrong = send(clients["anna"], "/classifications/new", "/classifications", do="save", **FORM | {"class": "P"})
    assert wrong.status_code == 422 and "The rules propose LP, not P." in wrong.text and "PMID: 25741868" in wrong.text
    saved = send(clients["anna"], "/classifications/new", "/classifications", do="save", **FORM)
    path = saved.headers["location"]
    assert "Second reader" not in clients["anna"].get(path).text
    assert clients["carl"].get(path).status_code == clients["dora"].get(path).status_code == 404
    assert clients["carl"].get("/classifications").text.count(CSTB) == 0
    assert "waits for a second reader" in clients["bent"].get("/classifications").text

    signed = send(clients["bent"], path, path, do="sign", expected="1", verdict="LP")
    assert signed.status_code == 303
    for name in ("dora", "carl", "bent"):
        panel = clients[name].get(f"/variant/{CSTB}").text
        assert "What laboratories concluded" in panel and "Likely pathogenic" in panel and "PVS1" in panel
    assert "Likely pathogenic" not in clients[""].get(f"/variant/{CSTB}").text
    assert "PMID: 25741868" in clients["dora"].get(path).text
    stale = send(clients["anna"], f"/classifications/new?from={path.rpartition('/')[2]}", "/classifications", do="save",
                 **FORM | {"expected": "0"})  # fmt: skip
    assert stale.status_code == 422 and "Somebody saved this classification" in stale.text


def test_differences__are_what_was_changed_and_nothing_else() -> None:
    one = Evidence("PVS1", "met", "VeryStrong", "Null.", ("PMID:1",))
    first = Content("LP", date(2026, 1, 1), "anna", evidence=(one, Evidence("PM2", "met", "Supporting")), summary="So.")
    later = replace(
        first, class_="P", blind=True, af=0.001,
        evidence=(replace(one, strength="Strong", at="2026-02-01"), Evidence("PS3", "not met", text="No effect.")),
    )  # fmt: skip

    assert differences(first, first) == [] and differences(first, replace(first)) == []
    assert [(one.code, one.what, one.before, one.after) for one in differences(first, later)] == [
        ("", "class", "LP", "P"), ("", "af", "", "0.001"), ("", "blind", "no", "yes"),
        ("PM2", "strength", "Supporting", ""), ("PS3", "strength", "", "not met"), ("PS3", "text", "", "No effect."),
        ("PVS1", "strength", "VeryStrong", "Strong"),
    ]  # fmt: skip
    back = [replace(one, before=one.after, after=one.before) for one in differences(first, later)]
    assert differences(later, first) == back


def test_page__shows_what_each_version_says_otherwise_and_nothing_of_it_to_a_blind_reader(
    house: House, clients: dict[str, httpx.Client]
) -> None:
    allele = "chr21-43774705-C-A"
    made = publish(house, 0, "LP", allele=allele, codes=("PVS1_VeryStrong", "PM2_Supporting"), summary="A first look.")
    codes = ("PVS1_VeryStrong", "PS1_Strong")
    draft(
        house, person(house, 0), "P", allele=allele, codes=codes, summary="A second look.", blind=True,
        expected=made.number,
    )  # fmt: skip
    page = f"/classifications/{made.record.id}"

    with_draft = clients["anna"].get(page).text
    assert "Version 2 beside version 1" not in with_draft and "A second look." not in with_draft
    send(clients["anna"], page, page, do="sign", expected="2", verdict="P")
    page_words = re.sub(r"<[^>]+>|\s+", " ", clients["anna"].get(page).text)
    told = re.sub(r" +", " ", page_words)
    assert "Version 2 beside version 1" in told and "A first look. A second look." in told
    assert "PM2 Applied as supporting –" in told and "PS1 Applied as – strong" in told
    assert "beside version" not in clients["carl"].get(page).text


def test_form__a_day_of_evaluation_that_has_not_come_is_refused_and_what_was_typed_stays(
    house: House, clients: dict[str, httpx.Client]
) -> None:
    tomorrow = (house.clock().date() + timedelta(days=1)).isoformat()
    given = FORM | {"variant": SPLICE, "evaluated": tomorrow}

    for language, said in (("en", "has not come yet"), ("da", "er ikke kommet endnu")):
        clients["anna"].headers["Accept-Language"] = language
        shown = send(clients["anna"], "/classifications/new", "/classifications", do="save", **given)
        assert shown.status_code == 422 and said in shown.text and "PMID: 25741868" in shown.text, shown.text
    clients["anna"].headers["Accept-Language"] = "en"
    assert SPLICE not in clients["anna"].get("/classifications?show=drafts").text


def test_inbox__shows_the_disagreement_and_takes_what_each_means_to_do(
    house: House, clients: dict[str, httpx.Client]
) -> None:
    publish(house, 0, "P", share="public", allele=SPLICE)
    publish(house, 1, "B", share="public", allele=SPLICE)

    page = clients["carl"].get("/discordances").text
    one = "/discordances/" + page.partition('action="/discordances/')[2].partition('"')[0]
    assert "opposite" in page
    assert send(clients["carl"], "/discordances", one, triage="confident", expected="1").status_code == 303
    assert send(clients["carl"], "/discordances", one, triage="discuss", expected="1").status_code == 409
    refused = send(clients["anna"], "/discordances", one, do="close", reason="other method", expected="2")
    assert refused.status_code == 409 and "Not everybody has said where they stand" in refused.text
    assert clients["dora"].get("/discordances").status_code == 403
    everybody = clients[""].get(f"/variant/{SPLICE}").text
    assert "laboratories disagree" in everybody and "/classifications/" not in everybody


def test_panel__counts_one_class_per_laboratory_the_one_evaluated_last(
    house: House, clients: dict[str, httpx.Client], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "variant,class,condition,inheritance,evaluated\n"
        "21-43774760-C-A,P,Y,AD,2025-01-01\n21-43774760-C-A,VUS,Y,AR,2026-01-01\n"
    )
    import_list(house, OPERATOR, names_of_labs(house)[0], path)

    told = clients["dora"].get("/variant/chr21-43774760-C-A").text

    assert "Uncertain significance" in told and "laboratories disagree" not in told


def test_panel__is_approved_and_put_in_force_by_its_net_on_its_page(
    clients: dict[str, httpx.Client], house: House
) -> None:
    labs = names_of_labs(house)
    define_panel(house, OPERATOR, Panel("nets", "A net's panel", "GenNet", "rare-diseases", tuple(labs[:2]), 1))
    draft_panel(house, person(house, 0), "nets", [Entry("HGNC:2482", "CSTB", "minimum")], "The first.", expected=0)
    day = house.clock().date()

    for stranger in ("", "dora"):
        assert "In force from" not in clients[stranger].get("/panels/nets").text
    assert "Approve for" not in clients["anna"].get("/panels/nets").text  # who drafted it
    early = send(clients["anna"], "/panels/nets", "/panels/nets/1", do="begin", day=day.isoformat())
    assert early.status_code == 422 and "0 of 1 laboratories have approved" in early.text
    assert f"Approve for {labs[1]}" in clients["carl"].get("/panels/nets").text
    assert send(clients["carl"], "/panels/nets", "/panels/nets/1", do="approve").status_code == 303
    for wrong in ("", "soon", (day - timedelta(days=1)).isoformat()):
        assert send(clients["anna"], "/panels/nets", "/panels/nets/1", do="begin", day=wrong).status_code == 422
    assert send(clients["anna"], "/panels/nets", "/panels/nets/1", do="begin", day=day.isoformat()).status_code == 303

    shown = clients[""].get("/panels/nets").text
    assert "In force: version 1.0" in shown and "Put in force" not in clients["anna"].get("/panels/nets").text
    assert send(clients["anna"], "/panels/nets", "/panels/nets/1", do="begin", day=day.isoformat()).status_code == 422
    assert send(clients["dora"], "/panels/nets", "/panels/nets/1", do="approve").status_code == 403


def test_names__wait_page_by_page_and_are_settled_by_their_laboratory(
    clients: dict[str, httpx.Client], house: House, tmp_path: Path
) -> None:
    table = tmp_path / "many.tsv"
    table.write_text("allele\tclass\n" + "".join(f"no name {n:03}\tP\n" for n in range(120)))
    import_list(house, OPERATOR, names_of_labs(house)[1], table, evaluated=house.clock().date())
    seen: list[str] = []
    path = "/classifications/names"
    while path:
        text = clients["carl"].get(path).text
        seen += re.findall(r"no name \d{3}(?=</th>)", text)
        found = re.search(r'href="(/classifications/names\?after=[^"]+)"', text)
        path = found[1] if found else ""

    assert sorted(seen) == [f"no name {n:03}" for n in range(120)]
    first = re.search(r'action="(/classifications/names/[^"]+)"', clients["carl"].get("/classifications/names").text)
    assert first is not None
    assert send(clients["anna"], "/classifications/names", first[1]).status_code == 404
    assert send(clients["carl"], "/classifications/names", first[1]).status_code == 303
    assert send(clients["carl"], "/classifications/names", first[1]).status_code == 404
    assert "More than 50 names wait" in clients["carl"].get("/classifications").text


def test_inbox__has_pages_in_the_order_of_work_and_loses_none(house: House, tmp_path: Path) -> None:
    labs = names_of_labs(house)
    for lab, classes in ((labs[2], ("P", "VUS", "LB")), (labs[3], ("B", "LB", "VUS"))):
        rows = [f"chr21-{43_900_000 + n}-N-A\t{classes[n % 3]}\n" for n in range(60)]
        table = tmp_path / f"{lab}.tsv"
        table.write_text("allele\tclass\n" + "".join(rows).replace("-N-A", "-G-A"))
        import_list(house, OPERATOR, lab, table, evaluated=house.clock().date())
    actor = person(house, 2)

    whole, parts, cursor, more = inbox(house, actor, labs[2]), [], None, True
    while more:
        part = inbox_page(house, actor, labs[2], cursor=cursor, limit=7)
        parts += part.items
        cursor, more = part.next, part.next is not None

    assert len(whole) > 30 and parts == whole
    assert [one.level for one in whole] == sorted(
        (one.level for one in whole), key=["opposite", "significant", "other"].index
    )
