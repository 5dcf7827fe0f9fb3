"""refget 2.0.0: names, stretches, statuses, as the specification and its compliance suite (1.2.6) have them.

The suite itself needs an environment of its own; its sequences, digests and cases are data here.
"""

import gzip
import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import jsonschema
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse

from embla.app import create_app
from embla.federation.refget import http as refget
from embla.federation.refget.model import Alias, Known, NotServed, find, stretch
from embla.platform import Settings
from embla.reference import SEQUENCES, Reference, SequenceNames
from embla.reference.refget import name_sequence
from tests.web.clients import client_of
from tests.web.nation import shared

DATA = Path(__file__).parents[1] / "data" / "conformance"
SERVICE_INFO = json.loads((DATA / "service-info" / "ga4gh-service-info-1-0-0-schema.json").read_text())
CHECKSUMS = json.loads((DATA / "refget" / "checksums.json").read_text())
TRUE_NAMES = {name: facts["md5"] for name, facts in CHECKSUMS.items()}


def official(name: str) -> str:
    """Bases of one of the suite's sequences."""
    packed = DATA / "refget" / f"{name}.faa.gz"
    text = gzip.decompress(packed.read_bytes()) if packed.exists() else (DATA / "refget" / f"{name}.faa").read_bytes()
    return "".join(line for line in text.decode().splitlines() if not line.startswith(">"))


BASES = {"I": official("I"), "NC": official("NC")}


class Official:
    """A reference of the suite's sequences."""

    def sequences(self) -> tuple[SequenceNames, ...]:
        return tuple(name_sequence(name, [bases.encode()]) for name, bases in BASES.items())

    def fetch(self, contig: str, start: int, end: int) -> str:
        return BASES[contig][start:end]


@pytest.fixture(scope="module")
def suite() -> Iterator[httpx.Client]:
    """The door in front of the suite's sequences, of which NC is circular."""
    app = FastAPI()
    app.include_router(refget.router)
    app.state.house = SimpleNamespace(reference=Official(), settings=Settings())

    @app.exception_handler(HTTPException)
    def _(request: object, error: HTTPException) -> PlainTextResponse:
        return PlainTextResponse(error.detail, error.status_code, error.headers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refget, "served", lambda of: tuple(Known(n, n.contig == "NC", ()) for n in of.sequences()))
        yield client_of(app)


def asked(suite: httpx.Client, path: str, **headers: str) -> httpx.Response:
    return suite.get(f"/refget/{path}", headers={"Accept": "text/vnd.ga4gh.refget.v1.0.0+plain"} | headers)


def test_names__of_the_suites_sequences_are_those_that_it_publishes() -> None:
    for name, bases in BASES.items():
        names = name_sequence(name, [bases[:1000].encode(), bases[1000:].encode()])
        # checksums.json tells 5384 bases of phiX174, whose file and digests are of 5386.
        assert (names.md5, names.trunc512) == (CHECKSUMS[name]["md5"], CHECKSUMS[name]["sha512"])
        assert names.length == {"I": 230_218, "NC": 5_386}[name]
    assert name_sequence("x", [b"ACGT"]).ga4gh == "SQ.aKF498dAxcJAqme6QYQ7EZ07-fiw8Kw2"


@pytest.mark.parametrize(
    ("query", "start", "end"),
    [
        ("start=10&end=10", 10, 10), ("start=10&end=20", 10, 20), ("start=230208", 230208, None), ("end=5", 0, 5),
        ("start=230217&end=230218", 230217, 230218), ("start=0", 0, None), ("&end=230218", 0, 230218),
        ("start=1&end=230218", 1, 230218), ("end=0", 0, 0), ("start=230218", 230218, None),
    ],
)  # fmt: skip
def test_sequence__by_start_and_end_is_200_with_those_bases(
    suite: httpx.Client, query: str, start: int, end: int | None
) -> None:
    response = asked(suite, f"sequence/{TRUE_NAMES['I']}?{query}")

    assert response.status_code == 200 and response.text == BASES["I"][start:end]
    assert int(response.headers["content-length"]) == len(response.text)
    assert response.headers["accept-ranges"] == "none"
    assert response.headers["content-type"] == "text/vnd.ga4gh.refget.v2.0.0+plain; charset=us-ascii"
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("ranged", "start", "end"),
    [
        ("bytes=10-19", 10, 20), ("bytes=10-230217", 10, 230218), ("bytes=10-999999", 10, 230218),
        ("bytes=0-0", 0, 1), ("bytes=230217-230217", 230217, 230218), ("bytes=230210-", 230210, 230218),
    ],
)  # fmt: skip
def test_sequence__by_range_is_206_and_says_which_bytes(suite: httpx.Client, ranged: str, start: int, end: int) -> None:
    response = asked(suite, f"sequence/{TRUE_NAMES['I']}", Range=ranged)

    assert response.status_code == 206 and response.text == BASES["I"][start:end]
    assert response.headers["content-range"] == f"bytes {start}-{end - 1}/230218"


@pytest.mark.parametrize(
    ("query", "bases"),
    [
        ("start=5374&end=5", "ATCCAACCTGCAGAGTT"), ("start=5374&end=0", "ATCCAACCTGCA"),
        ("start=5380&end=25", "CCTGCAGAGTTTTATCGCTTCCATGACGCAG"),
    ],
)  # fmt: skip
def test_sequence__of_a_circle_runs_over_its_end(suite: httpx.Client, query: str, bases: str) -> None:
    response = asked(suite, f"sequence/{TRUE_NAMES['NC']}?{query}")

    assert response.text == bases and int(response.headers["content-length"]) == len(bases)


@pytest.mark.parametrize(
    ("name", "query", "ranged", "status"),
    [
        ("I", "start=abc&end=20", "", 400), ("I", "start=-10&end=-29", "", 400), ("I", "start=abc", "", 400),
        ("I", "start=4294967296", "", 400), ("I", "start=230219", "", 400), ("I", "start=1.5", "", 400),
        ("NC", "start=67&end=5387", "", 416), ("NC", "start=5386&end=5375", "", 416),
        ("NC", "start=5386&end=5386", "", 416), ("NC", "start=5386&end=5", "", 416),
        ("I", "start=220218&end=671", "", 416), ("I", "start=1&end=5", "bytes=1-4", 400),
        ("I", "", "units=20-30", 400), ("I", "", "bytes=ab-19", 400), ("I", "", "bytes=-10--19", 400),
        ("I", "", "bytes=10--19", 400), ("I", "", "bytes=-10-", 400), ("I", "", "bytes==10-19", 400),
        ("I", "", "bytes=1-2,5-6", 400), ("NC", "", "bytes=5200-19", 416), ("NC", "", "bytes=59-50", 416),
        ("NC", "", "bytes=5385-5382", 416), ("NC", "", "bytes=5387-5391", 416), ("NC", "", "bytes=9999-99999", 416),
        ("NC", "", "bytes=5386-5387", 416),
    ],
)  # fmt: skip
def test_sequence__that_cannot_be_given_has_the_specifications_status(
    suite: httpx.Client, name: str, query: str, ranged: str, status: int
) -> None:
    headers = {"Range": ranged} if ranged else {}

    assert asked(suite, f"sequence/{TRUE_NAMES[name]}?{query}", **headers).status_code == status


def test_sequence__by_every_name_is_the_same_and_an_unknown_one_is_404(suite: httpx.Client) -> None:
    names = name_sequence("NC", [BASES["NC"].encode()])
    for name in (
        names.md5, names.md5.upper(), f"md5:{names.md5}", names.ga4gh, f"ga4gh:{names.ga4gh}", names.trunc512,
        f"trunc512:{names.trunc512.upper()}",
    ):  # fmt: skip
        assert asked(suite, f"sequence/{name}").text == BASES["NC"], name
    for name in (
        "Garbagechecksum",
        f"trunc512:{names.md5}",
        names.ga4gh.lower(),
        "md5:",
        "..%2f..%2fetc%2fpasswd",
        "\N{SNOWMAN}",
    ):
        assert asked(suite, f"sequence/{name}").status_code == 404, name


def test_form__that_is_not_given_is_406_and_older_clients_get_theirs(suite: httpx.Client) -> None:
    path = f"sequence/{TRUE_NAMES['I']}"

    assert asked(suite, path, Accept="embl/some_json").status_code == 406
    assert asked(suite, f"{path}/metadata", Accept="embl/some_json").status_code == 406
    for accept in ("text/vnd.ga4gh.refget.v2.0.0+plain", "text/plain;q=0.5, image/png", "*/*"):
        assert asked(suite, path, Accept=accept).status_code == 200


def test_metadata__tells_every_name(suite: httpx.Client) -> None:
    response = asked(suite, f"sequence/{TRUE_NAMES['NC']}/metadata", Accept="application/json")

    told = response.json()["metadata"]
    assert response.headers["content-type"] == "application/vnd.ga4gh.refget.v2.0.0+json; charset=us-ascii"
    assert (told["md5"], told["trunc512"], told["length"]) == (TRUE_NAMES["NC"], CHECKSUMS["NC"]["sha512"], 5386)
    assert told["ga4gh"].removeprefix("ga4gh:SQ.") == urlsafe_b64encode(bytes.fromhex(told["trunc512"])).decode()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Embla itself, over the slice of chromosome 21."""
    house = shared(tmp_path_factory).house
    yield client_of(create_app(house.settings, house))
    house.database.close()


@pytest.mark.parametrize("path", ["/refget/service-info", "/refget/sequence/service-info"])
def test_service_info__fits_the_official_schema_and_a_mutant_does_not(node: httpx.Client, path: str) -> None:
    told = node.get(path, headers={"Accept": "application/json"}).json()

    jsonschema.validate(told, SERVICE_INFO)
    assert told["type"] == {"group": "org.ga4gh", "artifact": "refget", "version": "2.0.0"}
    assert told["refget"]["algorithms"] == ["md5", "ga4gh", "trunc512"]
    for key in SERVICE_INFO["required"]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({k: v for k, v in told.items() if k != key}, SERVICE_INFO)


def test_node__serves_the_contig_that_it_counts_on_and_says_which_bases_those_are(
    node: httpx.Client,
) -> None:
    reference: Reference = node.app.state.house.reference
    (names,) = reference.sequences()
    bases = reference.fetch("chr21", 43_774_000, 43_774_500)

    answer = node.get(
        f"/refget/sequence/{names.ga4gh}",
        params={"start": 43_774_000, "end": 43_774_500},
        headers={"Accept": "text/plain"},
    )

    assert answer.text == bases and set(bases) <= set("ACGT")
    assert names.length == 46_709_983 and names.ga4gh == reference.contig_digest("chr21")
    assert names.ga4gh != SEQUENCES["chr21"], "a slice is not the whole contig, and has another name"
    told = node.get(f"/refget/sequence/{names.md5}/metadata", headers={"Accept": "application/json"}).json()
    assert told["metadata"]["aliases"] == []
    for unknown in (SEQUENCES["chr21"], "refseq:NC_000021.9", "chr21"):
        error = node.get(f"/refget/sequence/{unknown}", headers={"Accept": "text/plain"})
        assert error.status_code == 404 and error.json()["status"] == 404


def test_aliases__are_found_only_with_the_authority_that_gave_them() -> None:
    known = Known(name_sequence("chrM", [b"ACGT"]), True, (Alias("NC_012920.1", "RefSeq"), Alias("chrM", "UCSC")))

    assert find("refseq:NC_012920.1", [known]) is known and find("UCSC:chrM", [known]) is known
    assert find("NC_012920.1", [known]) is None and find("ucsc:NC_012920.1", [known]) is None


@given(
    bases=st.text("ACGTN", min_size=1, max_size=12),
    start=st.integers(0, 14),
    end=st.integers(0, 14),
    circle=st.booleans(),
)
def test_stretch__is_what_slicing_gives_or_a_refusal(bases: str, start: int, end: int, circle: bool) -> None:
    known = Known(name_sequence("x", [bases.encode()]), circle, ())
    n = len(bases)
    expected = bases[start:end] if start <= end <= n and start < n else None
    if circle and end < start < n:
        expected = bases[start:] + bases[:end]

    try:
        asked = stretch(known, str(start), str(end), None)
    except NotServed as error:
        assert expected is None and error.status == 416
    else:
        assert "".join(bases[a:b] for a, b in asked.pieces) == expected and asked.length == len(expected or "")


def test_remembered_names__that_were_cut_short_are_computed_again(tmp_path: Path) -> None:
    fasta = tmp_path / "r.fa"
    fasta.write_text(">chr21\nACGTN\nac\n")
    first = Reference.open(fasta, cache=tmp_path / "cache", any_length=True).sequences()
    (note,) = (tmp_path / "cache").glob("*.names")
    note.write_text(note.read_text()[:-9])

    again = Reference.open(fasta, cache=tmp_path / "cache", any_length=True).sequences()

    assert again == first == (name_sequence("chr21", [b"ACGTNAC"]),)
    assert first[0].md5 == hashlib.md5(b"ACGTNAC").hexdigest()
