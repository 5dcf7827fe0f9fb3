"""`embla log` and `embla verify LOG` as an operator, an auditor and a forger use them."""

import json
import sqlite3
from pathlib import Path

import pytest

from embla import cli
from embla.platform import House, append_event


class Office:
    """The operator's shell, with an auditor beside it who holds the public keys and yesterday's checkpoints."""

    def __init__(self, house: House, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.house, self.folder, self.capsys = house, folder, capsys
        self.keys, self.log = folder / "keys.json", folder / "log.jsonl"

    def run(self, *words: object) -> tuple[int, str, str]:
        code = cli.run([str(word) for word in words])
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def verify(self, *more: object) -> tuple[int, dict[str, object]]:
        code, out, err = self.run("verify", self.log, "--key", self.keys, "--json", *more)
        told: dict[str, object] = json.loads(out or err)
        return code, told


@pytest.fixture
def office(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Office:
    monkeypatch.setenv("EMBLA_HOME", str(house.home))
    with house.database.transaction() as connection:
        for n in range(30):
            append_event(
                connection, at=house.clock(), actor="ann", kind=f"k{n % 2}", subject=f"s{n % 3}", body={"n": n}
            )
    made = Office(house, tmp_path, capsys)
    assert made.run("keys", "export", "-o", made.keys)[0] == 0
    assert made.run("log", "export", "-o", made.log)[0] == 0
    return made


def test_verify__of_an_exported_log_needs_no_home(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBLA_HOME", str(office.folder / "nowhere"))

    code, told = office.verify()

    assert code == 0 and told["intact"] and told["size"] == told["signed"] == 32
    assert office.run("verify", office.log)[0] == 2
    assert "32 entries, unbroken" in office.run("verify", office.log, "--key", office.keys)[1]


@pytest.mark.parametrize(
    ("change", "fault", "number"),
    [
        (lambda lines: [*lines[:7], lines[7].replace('"ann"', '"eve"'), *lines[8:]], "edited", 7),
        (lambda lines: [line for line in lines if not line.startswith("[9,")], "deleted", 9),
        (lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]], "reordered", 5),
        (lambda lines: [*lines[:20], lines[12], *lines[20:]], "inserted", 20),
        (lambda lines: lines[:20], "cut", 20),
        (lambda lines: [line for line in lines if "payloadType" not in line], "unsigned", 1),
    ],
)  # fmt: skip
def test_verify__names_what_was_done_to_the_file(office: Office, change: object, fault: str, number: int) -> None:
    lines = office.log.read_text().splitlines()
    office.log.write_text("\n".join(change(lines)) + "\n")  # type: ignore[operator]

    code, told = office.verify()

    assert (code, told["fault"], told["number"]) == (1, fault, number), told


def test_verify__a_cut_tail_is_found_with_the_second_places_checkpoints(office: Office) -> None:
    (copied,) = (office.house.home / "log").glob("*.jsonl")
    elsewhere = office.folder / "elsewhere.jsonl"
    elsewhere.write_bytes(copied.read_bytes())
    assert office.verify("--checkpoint", elsewhere)[1]["beside"] == len(elsewhere.read_text().splitlines())

    raw = sqlite3.connect(office.house.home / "embla.db")
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    size, digest, peaks = raw.execute(
        "SELECT e.number, e.hash, c.peaks FROM events e JOIN log_checkpoints c ON c.size = e.number ORDER BY 1 LIMIT 1"
    ).fetchone()
    raw.execute("DELETE FROM events WHERE number > ?", (size,))
    raw.execute("DELETE FROM log_checkpoints WHERE size > ?", (size,))
    raw.execute("UPDATE event_head SET number = ?, hash = ?, peaks = ?", (size, digest, peaks))
    raw.commit()
    raw.close()
    assert office.run("log", "export", "-o", office.log)[0] == 1  # the home's own copy of the checkpoints knows better
    assert office.run("log", "status")[0] == 1
    copied.unlink()
    assert office.run("log", "export", "-o", office.log)[0] == 0

    code, told = office.verify("--checkpoint", elsewhere)

    assert code == 1 and told["fault"] in ("cut", "forked")


def test_verify__a_file_that_is_no_log_or_has_no_end_is_refused_in_a_sentence(office: Office) -> None:
    for content in (
        b"",
        b"{}",
        b'{"format":"embla-log/1"}\n',
        b'{"format":"embla-log/9","log":"x","size":1,"head":""}\n',
    ):
        office.log.write_bytes(content)
        code, _, err = office.run("verify", office.log, "--key", office.keys)
        assert code == 1 and "embla: error" in err and "Traceback" not in err


def test_log_show__writes_that_somebody_looked_before_it_shows(office: Office) -> None:
    code, out, _ = office.run("log", "show", "--subject", "s1", "--limit", "3", "--json")
    shown = [json.loads(line) for line in out.splitlines()]
    newest = [json.loads(line) for line in office.run("log", "show", "--limit", "5", "--json")[1].splitlines()]
    (_, looked) = [event for event in newest if event["kind"] == "log-shown"]

    assert code == 0 and [event["subject"] for event in shown] == ["s1"] * 3
    assert looked["body"]["for"]["subject"] == "s1"


def test_log_status__is_green_signed_and_copied(office: Office) -> None:
    code, out, _ = office.run("log", "status", "--whole", "--json")
    told = json.loads(out)

    assert code == 0 and told["intact"] and told["signed"] == told["size"] == told["copies"][0]["size"]
    assert office.run("log", "checkpoint")[1].startswith(f"{told['size'] + 1} entries, root ")


def test_log_prove__shows_one_entry_and_no_other(office: Office) -> None:
    proof = office.folder / "proof.json"
    assert office.run("log", "prove", 7, "-o", proof)[0] == 0

    code, out, _ = office.run("verify", proof, "--key", office.keys)

    assert code == 0 and "entry 7 is in log" in out and '[7,"' in out
    assert office.run("log", "prove", 10_000, "-o", proof)[0] == 1
