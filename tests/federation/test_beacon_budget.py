"""The budget of questions to the aggregated Beacon: of an account, and of the open door by blocks of addresses."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import delete, select

from embla.app import create_app
from embla.disclosure.tables import query_spending
from embla.federation import sweep_spending
from embla.federation.purse import SHARES, Purse
from embla.genome import Variant
from embla.platform import OPERATOR, House, issue_token
from tests.federation.beacons import RESPONSES, ROOT, named, place
from tests.federation.schemas import check
from tests.web.clients import client_of
from tests.web.nation import WINDOW, WebNation

DOCTOR = "account:doctor"


def signed(house: House, client: httpx.Client) -> httpx.Client:
    """The same with a doctor's token: a budget of its own."""
    with house.database.transaction() as connection:
        token = issue_token(connection, "doctor", label="b", by=OPERATOR, at=house.clock())
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def bounded(nation: WebNation, **budgets: int) -> House:
    """The nation as a node that is no demo, with a budget."""
    return replace(nation.house, settings=replace(nation.house.settings, demo=False, **budgets))


@pytest.mark.parametrize("granularity", ["boolean", "count", "record"])
def test_budget__is_spent_before_every_granularity_and_what_was_told_stays_told(
    nation: WebNation, shown: list[Variant], granularity: str
) -> None:
    house = bounded(nation, query_budget=20)
    door = signed(house, client_of(create_app(house.settings, house)))
    with house.database.transaction() as connection:
        connection.execute(delete(query_spending))
    single = [v for v in shown if len(v.ref) == len(v.alt) == 1]
    simple = [place(v.pos - 1, referenceBases=v.ref, alternateBases=v.alt) for v in single]
    ask = [{"query": {"requestParameters": one, "requestedGranularity": granularity}} for one in simple]

    answers = [door.post(f"{ROOT}/g_variants", json=one).status_code for one in ask[:12]]

    told = answers.index(429)
    assert 0 < told and set(answers[told:]) == {429}, answers
    refused = door.post(f"{ROOT}/g_variants", json=ask[told])
    check(f"{RESPONSES}/beaconErrorResponse.json", refused.json())
    assert refused.json()["error"]["errorCode"] == 429
    assert door.post(f"{ROOT}/g_variants", json=ask[0]).status_code == 200, "paid for"
    # By its id, and by another granularity, it is the same allele: paid for once.
    assert door.get(f"{ROOT}/g_variants/{named(single[0])}").status_code == 200
    assert door.get(f"{ROOT}/g_variants/{named(shown[-1])}").status_code in (200, 429)
    # Tests of clients tell of nobody and cost nothing; what only informs neither.
    made_up = {"query": {"testMode": True, "requestParameters": place(19_999_999, 20_000_500)}}
    assert door.post(f"{ROOT}/g_variants", json=made_up).status_code == 200
    assert door.get(f"{ROOT}/datasets").status_code == 200


def test_budget__a_record_costs_the_rarest_number_that_it_tells_of_a_sex_or_a_genotype(
    nation: WebNation, shown: list[Variant]
) -> None:
    house = bounded(nation, query_budget=100_000)
    door = signed(house, client_of(create_app(house.settings, house)))
    below = house.settings.suppress_below
    dearer = 0
    for variant in shown[:40]:
        with house.database.transaction() as connection:
            connection.execute(delete(query_spending))
        around = place(variant.pos - 1, variant.pos - 1 + len(variant.ref))
        counted = {"query": {"requestParameters": around, "requestedGranularity": "count"}}
        assert door.post(f"{ROOT}/g_variants", json=counted).status_code == 200
        of_number = Purse.of(house, DOCTOR).spent()

        told = door.get(f"{ROOT}/g_variants/{named(variant)}").json()["response"]["resultSets"][0]["results"][0]

        numbers = []
        for one in told["frequencyInPopulations"][0]["frequencies"]:
            copies, of, het = one["alleleCount"], one["alleleNumber"], one.get("alleleCountHeterozygous", 0)
            numbers += [copies, of - copies, het, one.get("alleleCountHomozygous", 0) // 2]
            numbers += [one.get("alleleCountHemizygous", 0)]
            if "alleleCountHeterozygous" in one:
                numbers.append((of - copies - het) // 2)
        cost = 1 / max(below, min(n for n in numbers if n > 0))
        # Counting what lies there did not pay for it.
        assert Purse.of(house, DOCTOR).spent() - of_number == pytest.approx(cost), named(variant)
        total = told["frequencyInPopulations"][0]["frequencies"][0]
        copies = min(total["alleleCount"], total["alleleNumber"] - total["alleleCount"])
        dearer += cost > 1 / max(below, copies)
    assert dearer > 5


def test_budget__a_wide_region_is_refused_whole_and_that_costs(nation: WebNation) -> None:
    house = bounded(nation, query_budget=50)
    door = signed(house, client_of(create_app(house.settings, house)))
    with house.database.transaction() as connection:
        connection.execute(delete(query_spending))

    wide = door.post(f"{ROOT}/g_variants", json={"query": {"requestParameters": place(WINDOW.start, WINDOW.end)}})

    assert wide.status_code == 429 and "budget" in wide.json()["error"]["errorMessage"]
    assert Purse.of(house, DOCTOR).spent() == pytest.approx(1 / house.settings.suppress_below)


def test_open_door__closes_for_one_block_of_addresses_and_stays_open_for_the_others(
    nation: WebNation, shown: list[Variant]
) -> None:
    house = bounded(nation, query_budget_open=1000)
    app = create_app(house.settings, house)
    near, neighbour, far, beyond = (
        client_at(app, at) for at in ("192.0.2.7", "192.0.2.9", "198.51.100.7", "2001:db8::1")
    )
    with house.database.transaction() as connection:
        connection.execute(delete(query_spending))
    misses = [
        {"query": {"requestParameters": place(WINDOW.start + 200 * n, alternateBases="A", variantType="MNP"),
                   "requestedGranularity": "boolean"}} for n in range(200)
    ]  # fmt: skip

    answers = [near.post(f"{ROOT}/g_variants", json=one).status_code for one in misses[:120]]

    spent = answers.index(429)
    assert spent > 5 and set(answers[spent:]) == {429}
    assert neighbour.post(f"{ROOT}/g_variants", json=misses[150]).status_code == 429, "the same block"
    assert neighbour.post(f"{ROOT}/g_variants", json=misses[0]).status_code == 200, "paid for"
    for other in (far, beyond):
        assert other.post(f"{ROOT}/g_variants", json=misses[150 + (other is far)]).status_code == 200
    whole = Purse.of(house, "").spent()
    assert whole <= 1 / SHARES * 1.2 + 0.05 and Purse.of(house, "").budget == 1
    with house.database.reading() as connection:
        readers = set(connection.execute(select(query_spending.c.reader)).scalars())
    assert not any("192" in one or "2001" in one for one in readers), "no address is kept"


def test_open_door__tells_of_no_allele_that_one_share_could_not_pay_and_of_no_rare_genotype(
    nation: WebNation, shown: list[Variant]
) -> None:
    house = bounded(nation, query_budget_open=1000)
    door = client_at(create_app(house.settings, house), "203.0.113.5")
    free = bounded(nation, query_budget_open=0)
    everything = client_of(create_app(free.settings, free))
    floor = Purse.of(house, "").floor
    assert floor == SHARES > house.settings.suppress_below
    told = hidden = 0
    for variant in shown[:25]:
        with house.database.transaction() as connection:
            connection.execute(delete(query_spending))
        whole = everything.get(f"{ROOT}/g_variants/{named(variant)}").json()
        total = whole["response"]["resultSets"][0]["results"][0]["frequencyInPopulations"][0]["frequencies"][0]
        answer = door.get(f"{ROOT}/g_variants/{named(variant)}")
        copies = min(total["alleleCount"], total["alleleNumber"] - total["alleleCount"])
        assert (answer.status_code == 200) is (copies >= floor), named(variant)
        if answer.status_code != 200:
            hidden += 1
            continue
        told += 1
        cells = answer.json()["response"]["resultSets"][0]["results"][0]["frequencyInPopulations"][0]["frequencies"]
        for cell in cells:
            assert cell["alleleCount"] >= floor
            for name in ("Heterozygous", "Homozygous", "Hemizygous"):
                number = cell.get(f"alleleCount{name}", 0)
                assert not number or number >= floor
    assert told and hidden


def client_at(app: FastAPI, address: str) -> httpx.Client:
    client = TestClient(app, base_url="https://testserver", client=(address, 5000), raise_server_exceptions=False)
    client.headers["Accept"] = "application/json"
    return client


def test_sweep__forgets_what_lies_before_the_window_and_nothing_else(nation: WebNation) -> None:
    house = bounded(nation, query_budget=50)
    now = house.clock()
    days = house.settings.query_budget_days
    with house.database.transaction() as connection:
        connection.execute(delete(query_spending))
        for name, age in (("old", days + 1), ("new", days - 1)):
            connection.execute(query_spending.insert().values(
                reader="account:gone", asked=name, price=0.01, at=now - timedelta(days=age)))  # fmt: skip

    assert sweep_spending(house) == 1 and sweep_spending(house) == 0
    with house.database.reading() as connection:
        assert list(connection.execute(select(query_spending.c.asked)).scalars()) == ["new"]
