"""Beacon's questions about amino acids and about structural variants, against the names and the release themselves."""

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from embla.app import create_app
from embla.federation.beacon import answering
from embla.federation.beacon.happened import happened, id_of, place_of
from embla.federation.beacon.model.variants import read_question
from embla.federation.purse import Purse
from embla.frequency import Listing, open_structural
from embla.genome import Region, Variant
from embla.platform import House
from embla.reference import allele_of, resolve
from tests.federation.beacons import ROOT, checked, ids, named, post
from tests.structural.test_edges import made as structural_made
from tests.web.clients import client_of
from tests.web.nation import WINDOW, WebNation

made = structural_made
DELETIONS = {"start": 5_030_000, "end": 5_040_000, "variantType": "DEL"}
_SHORT = re.compile(r"p\.\(([A-Z][a-z]{2}\d+[A-Z][a-z]{2})\)")


def changes_of(house: House, variants: list[Variant]) -> dict[tuple[str, str], set[str]]:
    """(gene, change) -> internal ids of the variants whose names say so: the other way round than the Beacon works."""
    found: dict[tuple[str, str], set[str]] = {}
    transcripts = house.names.transcripts
    assert transcripts is not None
    for variant in variants:
        names = allele_of(variant, house.names).names
        for transcript, one in (names.transcripts if names else {}).items():
            match = _SHORT.search(one.p or "")
            model = transcripts.find(transcript)
            if match and model is not None:
                found.setdefault((model.gene, match[1]), set()).add(named(variant))
    return found


def test_amino_acid__finds_the_alleles_whose_names_say_so_and_no_other(beacon: httpx.Client, nation: WebNation) -> None:
    house = nation.house
    everywhere = Listing.open(house).overlapping(WINDOW.contig, WINDOW.start, WINDOW.end)
    expected = changes_of(house, [one.variant for one in everywhere])
    assert expected, "the nation has changes of amino acids"
    for (gene, change), alleles in expected.items():
        told = post(beacon, requestParameters={"geneId": gene, "aminoacidChange": change})
        assert set(ids(told)) >= alleles, change
        read = resolve(f"{gene}:p.{change}", house.names)
        assert set(ids(told)) <= {named(v) for v in (*read.candidates, *([read.variant] if read.variant else []))}


def ask(client: httpx.Client, **parameters: Any) -> dict[str, Any]:
    body = {"meta": {"apiVersion": "2.0"}, "query": {"requestParameters": {"referenceName": "21"} | parameters}}
    answer = client.post(f"{ROOT}/g_variants", json=body)
    assert answer.status_code == 200, answer.text
    return checked(answer.json())


@pytest.mark.parametrize(("kind", "found"), [
    ("DEL", ["chr21-5031002-5032001-DEL"]), ("DUP", []), ("INV", []), ("CNV", []), ("EFO:0030067", []), ("INS", []),
    ("SO:0000159", ["chr21-5031002-5032001-DEL"]),
])  # fmt: skip
def test_event__is_found_by_its_kind_with_the_releases_numbers_and_not_where_too_few_carry_it(
    made: tuple[House, Any, httpx.Client], kind: str, found: list[str]
) -> None:
    _, _, client = made

    told = ask(client, start=5_030_000, end=5_040_000, variantType=kind, variantMinLength=50)

    assert (ids(told) if told["response"]["resultSets"] else []) == found
    for one in told["response"]["resultSets"]:
        (record,) = one["results"]
        (total,) = record["frequencyInPopulations"][0]["frequencies"]
        assert (total["population"], total["alleleCount"], total["alleleNumber"]) == ("Total", 4, 10)
        assert one["resultsHandovers"][0]["url"].endswith("/catalogue/GDI-DK-EMBLA-1")
    onward = [one["url"] for one in told.get("beaconHandovers", ())]
    assert [client.get(url).status_code for url in onward] == [200] * bool(found)


def test_event__tells_a_bounded_reader_no_genotypes_where_one_of_them_is_below_the_floor(
    made: tuple[House, Any, httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, _, free = made
    (deletion,) = happened(house, read_question(DELETIONS | {"referenceName": "21"}), "chr21", 5_030_000, 5_040_000)
    # Three people have both copies: enough for the release, too few for a reader without a name.
    common = replace(deletion, count=replace(deletion.count, ac=18, an=60, nhet=12, nhomalt=3, nhemi=0))
    monkeypatch.setattr(answering, "happened", lambda *_: [common])
    bounded = replace(house, settings=replace(house.settings, demo=False, query_budget_open=3_000))
    assert Purse.of(bounded, "").floor == 4

    cells = []
    with client_of(create_app(bounded.settings, bounded)) as client:
        for one in (free, client):
            (record,) = ask(one, **DELETIONS)["response"]["resultSets"][0]["results"]
            cells += record["frequencyInPopulations"][0]["frequencies"]

    assert [(one["alleleCount"], one["alleleNumber"]) for one in cells] == [(18, 60)] * 2
    assert [one.get("alleleCountHomozygous") for one in cells] == [6, None]


def test_event__has_an_address_and_one_that_too_few_carry_has_none(made: tuple[House, Any, httpx.Client]) -> None:
    _, _, client = made

    assert checked(client.get(f"{ROOT}/g_variants/chr21-5031002-5032001-DEL").json())["responseSummary"]["exists"]
    for name in ("chr21-5036001-5037000-DUP", "chr21-5031002-5032001-DUP", "chr21-1-2-DEL", "chrQ-1-2-DEL"):
        assert client.get(f"{ROOT}/g_variants/{name}").status_code == 404


def test_event__of_a_range_a_bracket_a_place_and_a_length_is_what_a_plain_look_at_all_of_them_finds(
    made: tuple[House, Any, httpx.Client],
) -> None:
    house, _, _ = made
    region = Region("chr21", 5_000_000, 5_100_000)
    every = [e for e in open_structural(house, region, whole=True).events if e.count.status == "observed"]
    for low in range(5_030_950, 5_032_100, 50):
        for high in (low + 1, low + 400, low + 3000):
            asked = read_question({"referenceName": "21", "start": low, "end": high, "variantType": "DEL"})
            expected = [id_of(e) for e in every if e.cluster.start < high and e.cluster.end > low]
            assert [id_of(e) for e in happened(house, asked, "chr21", low, high)] == expected
    (deletion,) = every
    place = place_of(deletion)
    for start, end, fits in (
        ([place.starts[0] - 5, place.starts[0] + 5], [place.ends[1] - 5, place.ends[1] + 5], True),
        ([place.starts[0] - 5, place.starts[0] + 5], [place.ends[1] + 5, place.ends[1] + 9], False),
        ([place.starts[1] + 1, place.starts[1] + 9], [place.ends[1] - 5, place.ends[1] + 5], False),
    ):
        asked = read_question({"referenceName": "21", "start": start, "end": end, "variantType": "DEL"})
        assert bool(happened(house, asked, "chr21", *asked.looked_through)) is fits
    for more, fits in (({"variantMinLength": 1001}, False), ({"variantMaxLength": 1000}, True)):
        asked = read_question(
            {"referenceName": "21", "start": 5_030_000, "end": 5_040_000, "variantType": "DEL"} | more
        )
        assert bool(happened(house, asked, "chr21", 5_030_000, 5_040_000)) is fits
