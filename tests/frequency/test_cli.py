"""`embla frequency ...` as the console script runs it."""

import json
from collections.abc import Iterator

import pytest

from embla.cli import run
from embla.platform import OPERATOR, create_account
from tests.frequency.nation import Nation, Person, nation


@pytest.fixture
def made(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nation]:
    common, few = "chr1 1500 A G 0/1", "chr1 1510 C T 0/1"
    people = [Person(f"p{i}", "XX" if i % 2 else "XY", calls=[common, few] if i < 3 else [common]) for i in range(12)]
    with nation(tmp_path_factory.mktemp("cli"), *people, suppress_below=5) as n:
        with n.house.database.transaction() as connection:
            create_account(connection, "doctor", display="D", roles=["clinician"], by=OPERATOR, at=n.house.clock())
        monkeypatch.setenv("EMBLA_HOME", str(n.house.home))
        yield n


def embla(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = run(["frequency", *words])
    caught = capsys.readouterr()
    return code, caught.out, caught.err


def test_release_cut_list_show_verify__tell_the_same_release(made: Nation, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = embla(capsys, "release", "cut", "--json")
    cut = json.loads(out)

    # The home's own clock is the real one.
    assert code == 0
    assert (cut["people"], cut["threshold"]) == (12, 5)
    assert json.loads(embla(capsys, "release", "list", "--json")[1]) == cut
    assert json.loads(embla(capsys, "release", "show", cut["number"], "--json")[1]) == cut
    assert json.loads(embla(capsys, "release", "verify", cut["number"], "--json")[1])["ok"] is True
    assert cut["number"] in embla(capsys, "release", "list")[1]
    assert "people by karyotype" in embla(capsys, "release", "show", cut["number"])[1]
    assert embla(capsys, "release", "show", "1999.1")[0] == 1


def test_release_cut__says_which_parts_keep_their_numbers_when_few_people_differ(
    made: Nation, capsys: pytest.CaptureFixture[str]
) -> None:
    embla(capsys, "release", "cut")
    made.opt_out("p3")

    code, out, err = embla(capsys, "release", "cut", "--json")

    assert code == 0
    assert "total: fewer than 20 people came or left; the numbers are those of 2026.1" in err
    assert json.loads(out)["numbers_from"]["total"] == "2026.1"
    waits = json.loads(embla(capsys, "leavers", "--json")[1].splitlines()[0])
    assert (waits["part"], waits["people"], waits["numbers_from"]) == ("total", 1, "2026.1")


def test_count__hides_and_lists(made: Nation, capsys: pytest.CaptureFixture[str]) -> None:
    embla(capsys, "release", "cut")

    code, out, _ = embla(capsys, "count", "chr1-1500-A-G", "chr1-1510-C-T", "chr1:1400-1600", "--json")

    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(line["pos"], line["ac"]) for line in lines] == [(1500, 12), (1510, None), (1500, 12), (1510, None)]
    text = embla(capsys, "count", "chr1-1510-C-T", "--groups")[1]
    assert "suppressed" in text and "karyotype=XX" in text
    assert embla(capsys, "count", "chr1:1500")[1].count("observed") == 2


def test_count__without_a_release_says_what_to_do(made: Nation, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = embla(capsys, "count", "chr1-1500-A-G")

    assert code == 1
    assert "embla frequency release cut" in err


def test_live__counts_exactly_and_leaves_out(made: Nation, capsys: pytest.CaptureFixture[str]) -> None:
    case = made.case_of["p0"]
    words = ["live", "chr1-1510-C-T", "--case", case, "--actor", "doctor"]

    code, out, _ = embla(capsys, *words, "--json")
    without = json.loads(embla(capsys, *words, "--leave-out", "person", "--json")[1])

    assert code == 0
    assert (json.loads(out)["ac"], without["ac"], without["how"]["left_out"]) == (3, 2, "the patient")
    assert "left out: nobody" in embla(capsys, *words)[2]


@pytest.mark.parametrize(
    "words,code",
    [
        (["--actor", "nobody"], 1),
        (["--actor", "doctor", "--leave-out", "everyone"], 2),
    ],
)
def test_live__wrong_words_are_told(
    made: Nation, capsys: pytest.CaptureFixture[str], words: list[str], code: int
) -> None:
    found, out, err = embla(capsys, "live", "chr1-1510-C-T", "--case", made.case_of["p0"], *words)

    assert found == code
    assert out == ""
    assert err.count("\n") <= 8


def test_live__of_a_case_of_others_is_refused(made: Nation, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = embla(capsys, "live", "chr1-1510-C-T", "--case", "C-other", "--actor", "doctor")

    assert (code, out) == (1, "")
    assert "treat" in err
