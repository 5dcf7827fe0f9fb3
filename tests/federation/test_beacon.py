"""The aggregated Beacon: every answer against the official schemas and a plain scan."""

import copy
import json
import random
from typing import Any

import httpx
import pytest

from embla.frequency import open_answer, open_region
from embla.genome import Variant
from tests.federation.beacons import DATASET, INFORMING, MODEL, RESPONSES, ROOT, checked, ids, named, place, post
from tests.federation.schemas import check, fits
from tests.web.nation import WINDOW, WebNation


@pytest.mark.parametrize("path", INFORMING)
def test_what_it_says_of_itself__fits_the_official_schema(beacon: httpx.Client, path: str) -> None:
    answer = beacon.get(f"{ROOT}{path}")

    assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == "*"
    check(f"{RESPONSES}/{INFORMING[path]}.json", answer.json())


def test_map__has_only_addresses_that_answer(beacon: httpx.Client, shown: list[Variant]) -> None:
    sets = beacon.get(f"{ROOT}/map").json()["response"]["endpointSets"]
    assert set(sets) == set(beacon.get(f"{ROOT}/entry_types").json()["response"]["entryTypes"])
    asked = place(shown[0].pos - 1, shown[0].pos)
    for name, one in sets.items():
        identifier = DATASET if name == "dataset" else named(shown[0])
        urls = [one["rootUrl"], one["singleEntryUrl"], *(e["url"] for e in one.get("endpoints", {}).values())]
        for url in urls:
            path = httpx.URL(url.replace("{id}", identifier)).path
            query = {"requestParameters": asked} if path.endswith("g_variants") else {}
            answer = beacon.post(path, json={"meta": {}, "query": query})
            assert answer.status_code == 200, (url, answer.text)
            checked(answer.json())


def test_sequence__is_found_by_vcfs_spelling_the_trimmed_one_spdi_and_hgvs(
    beacon: httpx.Client, nation: WebNation, shown: list[Variant]
) -> None:
    simple = [v for v in shown if len(v.ref) == len(v.alt) == 1][:5]
    longer = [v for v in shown if len(v.ref) != len(v.alt)][:5]
    assert simple and longer
    for variant in simple + longer:
        base = {"referenceBases": variant.ref, "alternateBases": variant.alt}
        assert ids(post(beacon, requestParameters=place(variant.pos - 1, **base))) == [named(variant)]
        assert ids(post(beacon, requestParameters=place([variant.pos - 1], alternateBases=variant.alt))) == [
            named(variant)
        ]
        ref, alt, start = variant.ref, variant.alt, variant.pos - 1
        while ref and alt and ref[0] == alt[0]:
            ref, alt, start = ref[1:], alt[1:], start + 1
        trimmed = place(start, referenceBases=ref, alternateBases=alt)
        assert ids(post(beacon, requestParameters=trimmed)) == [named(variant)], trimmed
        for begin, first, second in ((variant.pos - 1, variant.ref, variant.alt), (start, ref, alt)):
            both = place(begin, begin + len(first), referenceBases=first, alternateBases=second)
            assert ids(post(beacon, requestParameters=both)) == [named(variant)], both
        short = f"NC_000021.9:{start}:{ref}:{alt}"
        assert ids(post(beacon, requestParameters={"genomicAlleleShortForm": short})) == [named(variant)]
    one = simple[0]
    hgvs = {"genomicAlleleShortForm": f"NC_000021.9:g.{one.pos}{one.ref}>{one.alt}"}
    (record,) = post(beacon, requestParameters=hgvs)["response"]["resultSets"][0]["results"]
    (frequencies,) = record["frequencyInPopulations"]
    total = open_answer(nation.house, one)
    by = {f["population"]: f for f in frequencies["frequencies"]}
    for label in ("Total", "DK"):
        assert (by[label]["alleleCount"], by[label]["alleleNumber"]) == (total.headline.ac, total.headline.an)
        assert by[label]["alleleFrequency"] == total.headline.af
    cells = total.groups.get("karyotype", {})
    if "M" in by:
        assert (by["M"]["alleleCount"], by["DK_F"]["alleleCount"]) == (cells["XY"].ac, cells["XX"].ac)


def test_sequence_with_its_end__is_one_allele_in_any_spelling_and_held_against_the_reference(
    beacon: httpx.Client, nation: WebNation, shown: list[Variant]
) -> None:
    """It was read as a range in which the alleles are spelled so, which none is: nobody has it, it said."""
    reference = nation.house.store.reference
    assert reference is not None
    variant = next(v for v in shown if len(v.ref) == 1 == len(v.alt))
    start, end = variant.pos - 2, variant.pos + 1
    bases = reference.fetch("chr21", start, end)
    spelled = bases[0] + variant.alt + bases[2]

    padded = place(start, end, referenceBases=bases, alternateBases=spelled)
    assert ids(post(beacon, requestParameters=padded)) == [named(variant)]

    other = "A" if variant.ref != "A" else "C"
    query = {"requestParameters": place(start + 1, end - 1, referenceBases=other, alternateBases=variant.ref)}
    assert beacon.post(f"{ROOT}/g_variants", json={"meta": {}, "query": query}).status_code == 400


def meant(v: Variant, asked: dict[str, Any]) -> bool:
    """The standard's words, slowly."""
    ref, other, at = v.ref, v.alt, v.pos - 1
    while ref and other and ref[0] == other[0]:
        ref, other, at = ref[1:], other[1:], at + 1
    forms = [(v.pos - 1, v.ref, v.alt), (at, ref, other)]
    if isinstance(asked["start"], list):
        (low, high), (first, last) = asked["start"], asked["end"]
        forms = [f for f in forms if low <= f[0] <= high and first <= f[0] + len(f[1]) <= last]
    elif not (v.pos - 1 < asked["end"] and v.pos - 1 + len(v.ref) > asked["start"]):
        return False
    alt = asked.get("alternateBases")
    forms = [f for f in forms if alt is None or f[2] == alt or (alt == "N" and len(f[2]) == 1)]
    own = "INS" if not ref else "DEL" if not other else "SNP" if len(ref) == len(other) == 1 else "INDEL"
    size = max(len(ref), len(other))
    least, most = asked.get("variantMinLength", 0), asked.get("variantMaxLength", 1 << 30)
    return bool(forms) and asked.get("variantType", own) == own and least <= size <= most


def test_answers__equal_a_scan_of_all_that_is_shown(beacon: httpx.Client, shown: list[Variant]) -> None:
    rng = random.Random(9)
    found = 0
    for _ in range(60):
        start = rng.randrange(WINDOW.start, WINDOW.end - 400)
        end = start + rng.choice([1, 5, 50, 400])
        asked = place([start, end], [start, end + 2]) if rng.random() < 0.3 else place(start, end)
        for name, values in (
            ("variantType", ("SNP", "DEL", "INS", "INDEL")), ("variantMinLength", (2,)), ("variantMaxLength", (2, 3)),
            ("alternateBases", ("A", "N")),
        ):  # fmt: skip
            if rng.random() < 0.3:
                asked[name] = rng.choice(values)
        told = post(beacon, requestParameters=asked, pagination={"limit": 0})

        expected = [named(v) for v in shown if meant(v, asked)]
        assert ids(told) == expected, asked
        assert told["responseSummary"] == {"exists": bool(expected), "numTotalResults": len(expected)}
        found += len(expected)
    assert found > 50


def test_gene__is_its_stretch(beacon: httpx.Client, nation: WebNation, shown: list[Variant]) -> None:
    gene = nation.house.genes.by_name("CSTB")
    inside = [named(v) for v in shown if gene.start < v.pos - 1 + len(v.ref) and v.pos - 1 < gene.end]

    assert ids(post(beacon, requestParameters={"geneId": "CSTB"}, pagination={"limit": 0})) == inside != []


def test_small_counts__are_not_told_of_at_any_granularity(beacon: httpx.Client, nation: WebNation) -> None:
    hidden = [c for c in open_region(nation.house, WINDOW, page_size=1000).variants if c.status == "suppressed"][:5]
    for count in hidden:
        asked = place(count.pos - 1, referenceBases=count.ref, alternateBases=count.alt)
        for granularity in ("boolean", "count", "record"):
            told = post(
                beacon, requestParameters=asked, requestedGranularity=granularity, includeResultsetResponses="ALL"
            )
            assert told["responseSummary"]["exists"] is False and str(count.pos) not in json.dumps(told.get("response"))
        there = beacon.get(f"{ROOT}/g_variants/{count.contig}-{count.pos}-{count.ref}-{count.alt}")
        base = nation.house.reference.fetch("chr21", 43_770_000, 43_770_001)
        nobody = beacon.get(f"{ROOT}/g_variants/chr21-43770001-{base}-{base}ACGTACGTACGT")
        assert (there.status_code, there.json()["error"]) == (nobody.status_code, nobody.json()["error"])
        assert there.status_code == 404


@pytest.mark.parametrize("granularity", ["boolean", "count", "record"])
@pytest.mark.parametrize("include", ["HIT", "ALL", "MISS", "NONE"])
def test_granularity_and_include__shape_the_answer_and_the_summary_stays_true(
    beacon: httpx.Client, shown: list[Variant], granularity: str, include: str
) -> None:
    hit, miss = place(shown[0].pos - 1, shown[0].pos), place(WINDOW.end + 400_000, WINDOW.end + 400_001)
    for asked, exists in ((hit, True), (miss, False)):
        told = post(
            beacon, requestParameters=asked, requestedGranularity=granularity, includeResultsetResponses=include
        )
        assert told["responseSummary"]["exists"] is exists
        assert told["meta"]["returnedGranularity"] == granularity
        assert ("numTotalResults" in told["responseSummary"]) == (granularity != "boolean")
        sets = told.get("response", {}).get("resultSets", [])
        listed = granularity != "boolean" and include in ("ALL", "HIT" if exists else "MISS")
        assert [s["id"] for s in sets] == ([DATASET] if listed else [])
        assert all(bool(s["results"]) == (granularity == "record" and exists) for s in sets)


def test_pages__follow_each_other_without_a_gap(beacon: httpx.Client, shown: list[Variant]) -> None:
    asked = place(WINDOW.start, WINDOW.end)
    seen = []
    for skip in range(-(-len(shown) // 7)):
        told = post(beacon, requestParameters=asked, pagination={"skip": skip, "limit": 7})
        assert told["meta"]["receivedRequestSummary"]["pagination"] == {"skip": skip, "limit": 7}
        seen += ids(told)
    assert seen == [named(v) for v in shown]
    everything = post(beacon, requestParameters=asked, pagination={"limit": 0})
    assert everything["meta"]["receivedRequestSummary"]["pagination"]["limit"] == 1000


def test_mutants__of_good_answers_are_rejected_by_the_schemas(beacon: httpx.Client, shown: list[Variant]) -> None:
    good = post(beacon, requestParameters=place(shown[0].pos - 1, shown[0].pos))
    response, record = (
        f"{RESPONSES}/beaconResultsetsResponse.json",
        f"{MODEL}/genomicVariations/defaultSchema.json",
    )
    for path in (("meta",), ("meta", "beaconId"), ("meta", "returnedGranularity"), ("responseSummary", "exists"),
                 ("response", "resultSets", 0, "exists"), ("response", "resultSets", 0, "id")):  # fmt: skip
        mutant = copy.deepcopy(good)
        part = mutant
        for step in path[:-1]:
            part = part[step]
        del part[path[-1]]
        assert not fits(response, mutant), path
    for damage in (
        {"variation": None},
        {"variantInternalId": 7},
        {"frequencyInPopulations": [{}]},
        {"variation": {"location": {}}},
    ):
        assert not fits(record, good["response"]["resultSets"][0]["results"][0] | damage)
