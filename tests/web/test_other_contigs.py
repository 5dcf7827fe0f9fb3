"""Pages away from the autosomes, in a home without reference and genes: X, Y, mitochondria, opted-out people."""

from collections.abc import Iterator

import httpx
import pytest

from embla.app import create_app
from embla.frequency import cut_release
from embla.platform import OPERATOR
from tests.frequency.nation import Person, nation
from tests.web.clients import Reading, client_of


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Ten XX and ten XY: eight XY carry a variant of X, eight XX a mitochondrial one, an opted-out person one alone."""
    people = [Person(f"a{n}", "XX", calls=["chrM 500 A G 1"] if n < 8 else []) for n in range(10)]
    people += [Person(f"b{n}", "XY", calls=["chrX 3000500 A G 1"] if n < 8 else []) for n in range(10)]
    people += [Person("out", "XX", opted_out=True, calls=["chr1 1500 A G 0/1"])]
    with nation(tmp_path_factory.mktemp("other"), *people, suppress_below=5) as made:
        cut_release(made.house, OPERATOR)
        yield client_of(create_app(made.house.settings, made.house))


def test_x__shows_hemizygous_people(reader: httpx.Client) -> None:
    page = Reading(reader.get("/variant/chrX-3000500-A-G").text).words

    assert "Seen in 8 people" in page
    assert "Hemizygous 8 people" in page
    assert "X outside PAR: one copy for XY, two for XX" in page


def test_mitochondria__show_the_highest_heteroplasmy(reader: httpx.Client) -> None:
    page = Reading(reader.get("/variant/chrM-500-A-G").text).words

    assert "Seen in 8 people" in page and "Highest heteroplasmy" in page


def test_y__of_people_without_y_cannot_be_read(reader: httpx.Client) -> None:
    page = Reading(reader.get("/variant/chrY-3000500-A-G").text).words

    assert "10 of 20 people" in page or "of 20 people" in page


@pytest.mark.parametrize("suffix", ["", ".json", ".csv"])
def test_opted_out_person__is_on_no_open_page(reader: httpx.Client, suffix: str) -> None:
    text = reader.get(f"/variant/chr1-1500-A-G{suffix}").text
    region = reader.get(f"/region/chr1-1400-1600{suffix}").text

    assert "1500-A-G" not in region and ",1500," not in region and '"pos": 1500' not in region
    assert ("Not observed" in text) or ('"status": "absent"' in text) or (",absent," in text)


def test_home_without_genes__says_that_none_are_loaded(reader: httpx.Client) -> None:
    assert reader.get("/").status_code == 200
    assert reader.get("/gene/CSTB").status_code == 404
    assert "REF is unchecked" in reader.get("/variant/chr1-1500-A-G.json").text
    status = reader.get("/status").text
    assert "does not answer, or is not loaded" in status
    assert reader.get("/healthz").status_code == 200
