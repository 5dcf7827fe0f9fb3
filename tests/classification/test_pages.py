"""The pages as a laboratory meets them: points, draft, second reader, panel, discordance; without JavaScript."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from embla.app import create_app
from embla.classification.importing import import_list
from embla.platform import OPERATOR, House, create_account
from tests.classification.labs import CSTB, SPLICE, names_of_labs, publish
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
