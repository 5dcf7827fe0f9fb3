"""An allele that is not spelled out in bases is answered in the same question: the events that fit it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from embla.cli import run
from embla.errors import BadInput
from embla.frequency import cut_release, open_answer, open_batch
from embla.frequency.live import live_answer
from embla.frequency.model.answers import Answer
from embla.genome import Variant
from embla.platform import OPERATOR, House
from embla.reference import parse
from tests.structural.nation import LOSS, report
from tests.structural.test_counting import CASE, DOCTOR, deletion
from tests.structural.test_edges import made as made

OTHER = "chr21 5031300 x N <DEL> . PASS END=5031700 GT 0/1"


def read(text: str, house: House) -> Variant:
    asked = parse(text, house.reference)
    assert isinstance(asked, Variant)
    return asked


SPELLINGS = (
    "chr21-5031000-N-<DEL>-5032000", "chr21-5031000-N-<DEL>", "chr21:5031000 N><DEL> SVLEN=-1000",
    "21\t5031000\t.\tN\t<DEL>\t.\tPASS\tSVTYPE=DEL;END=5032000", "chr21-5031001-5032000-DEL",
    "chr21-5031041-5032040-DEL", "chr21-5031000-N-<DEL:ME>-5032000",
)  # fmt: skip
UNFIT = ("chr21-5031001-5031300-DEL", "chr21-5031001-5032000-DUP", "chr21-5034000-N-<DEL>", "chr21-5031001-5032000-INV")


def test_release__answers_in_any_spelling_hides_what_is_hidden_and_gives_no_number_where_none_fits(
    made: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house, _, client = made

    for text in SPELLINGS:
        told = open_answer(house, read(text, house))
        (event,) = told.events
        assert event.name == "chr21-5031002-5032001-DEL" and event.name in told.notes[-1], text
        assert (told.headline.status, told.headline.ac, told.headline.an, told.covered) == ("observed", 4, 10, 5)
        (line,) = open_batch(house, [text])
        assert line.headline is not None and line.headline.ac == 4

    monkeypatch.setattr("embla.frequency.service.MAX_EVENTS", 2)
    lines = open_batch(house, [SPELLINGS[0]] * 3 + ["chr21-5030501-A-G"])
    assert [line.headline is not None for line in lines] == [True, True, False, True] and "Only 2" in lines[2].error

    hidden = open_answer(house, read("chr21-5036001-5037000-DUP", house)).headline
    assert (hidden.status, hidden.ac, hidden.af) == ("suppressed", None, None)
    assert json.loads(client.get("/variant/chr21-5036000-N-<DUP>-5037000.json").text)["events"][0]["ac"] is None

    for text in UNFIT:
        told = open_answer(house, read(text, house))
        assert told.headline.status == "not_loaded" and told.events == () and not told.headline.an, text
        assert "Looked for: structural variants of 5 people" in told.notes[-1]
    nobody = open_answer(house, read("chr21-5031000-N-<CNV>-5032000", house))
    assert nobody.headline.status == "not_loaded" and nobody.notes[-1] == "Nobody was looked at for such events."

    by_name = client.get("/variant/chr21-5031002-5032001-DEL", follow_redirects=True)
    assert by_name.status_code == 200 and 'href="/variant/chr21-5031002-5032001-DEL' in by_name.text
    assert "#structural" in by_name.text

    capsys.readouterr()
    monkeypatch.setenv("EMBLA_HOME", str(house.home))
    monkeypatch.setenv("EMBLA_SUPPRESS_BELOW", "3")
    assert run(["frequency", "count", "chr21-5031001-5032000-DEL", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["ac"], said["events"][0]["name"]) == (4, "chr21-5031002-5032001-DEL")


def several(house: House, tmp_path: Path) -> tuple[House, list[Any]]:
    small = replace(house, settings=replace(house.settings, suppress_below=2, release_step=2))
    acks = [
        report(small, tmp_path, n, sv=[deletion(n), OTHER], cnv=[LOSS.format(pos=5_031_000, end=5_032_000)], **CASE)
        for n in range(1, 4)
    ]
    cut_release(small, OPERATOR)
    return small, acks


def test_several__are_named_and_none_is_chosen_until_the_end_is_said(house: House, tmp_path: Path) -> None:
    small, acks = several(house, tmp_path)

    told = open_answer(small, read("chr21-5031100-N-<DEL>", small))
    assert (told.headline.status, told.headline.ac, told.headline.an) == ("observed", None, None)
    assert [one.kind for one in told.events] == ["sv", "sv", "cnv"]
    assert "Ask for one of them" in told.notes[-1] and all(one.name in told.notes[-1] for one in told.events)

    asked = read("chr21-5031000-N-<DEL>-5032000", small)
    for told in (open_answer(small, asked), live_answer(small, DOCTOR, acks[0].case, asked)):
        # By reads; the event by depth, which has a denominator of its own, is beside it.
        assert [one.kind for one in told.events] == ["sv", "cnv"]
        assert (told.headline.ac, told.headline.an) == (told.events[0].count.ac, told.events[0].count.an) == (3, 6)


def test_an_event_beyond_what_a_page_lists__is_found_all_the_same(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, acks = several(house, tmp_path)
    monkeypatch.setattr("embla.frequency.structural.MAX_SHOWN", 1)

    asked = read("chr21-5031300-N-<DEL>-5031700", small)
    for told in (open_answer(small, asked), live_answer(small, DOCTOR, acks[0].case, asked)):
        assert (told.headline.status, told.headline.ac) == ("observed", 3)


def test_an_event_that_begins_with_base_1__is_asked_by_name_and_as_vcf_writes_it(house: House, tmp_path: Path) -> None:
    small = replace(house, settings=replace(house.settings, suppress_below=2, release_step=2))
    first = "chr21 0 x N <DEL> . PASS END=2000 GT 0/1"
    acks = [report(small, tmp_path, n, sv=[first], **CASE) for n in range(1, 4)]
    cut_release(small, OPERATOR)

    spellings = ("chr21-1-2000-DEL", "chr21-0-N-<DEL>-2000", "chr21-0-N-<DEL>", "21\t0\t.\tN\t<DEL>\t.\t.\tEND=2000")
    for text in spellings:
        asked = read(text, small)
        assert (asked.pos, asked.ref) == (0, "N"), text
        for told in (open_answer(small, asked), live_answer(small, DOCTOR, acks[0].case, asked)):
            (event,) = told.events
            assert (event.name, told.headline.pos, told.headline.ac) == ("chr21-1-2000-DEL", 0, 3), text
    other = read("chr21-1-2000-DUP", small)
    assert live_answer(small, DOCTOR, acks[0].case, other).headline.status == "absent"
    assert open_answer(small, other).headline.status == "not_loaded"
    for text in ("chr21-0-A-G", "chr21-0", "chr21-0-100-DEL", "chr21-0-N-<DEL>-99999999", "chr21:0-100"):
        with pytest.raises(BadInput):
            parse(text, small.reference)


def test_live__nobody_has_it_is_absent_among_those_looked_at_there(house: House, tmp_path: Path) -> None:
    acks = [report(house, tmp_path, n, sv=[deletion()] if n == 1 else [], **CASE) for n in (1, 2)]
    report(house, tmp_path, 3)  # nobody called structural variants of this one

    def live(text: str) -> Answer:
        return live_answer(house, DOCTOR, acks[0].case, read(text, house))

    there, elsewhere = live("chr21-5031001-5032000-DEL"), live("chr21-5036001-5037000-DUP")
    assert (there.headline.status, there.headline.ac, there.headline.an) == ("observed", 1, 4)
    assert sum(cell.ac or 0 for cell in there.groups["karyotype"].values()) == 1
    assert (elsewhere.headline.status, elsewhere.headline.ac, elsewhere.headline.an) == ("absent", 0, 4)
    assert live("chr21-5036000-N-<CNV>").headline.status == "not_loaded"


def test_live__whose_only_call_there_failed_is_in_no_denominator(house: House, tmp_path: Path) -> None:
    failed = {
        1: ["chr21 5036100 x N <DUP> . LowQual END=5037000 GT 0/1"],
        2: [
            "chr21 5036000 x N <DEL> . LowQual END=5037000 GT 0/1",
            "chr21 5036600 x N <DUP> . LowQual END=5037000 GT 0/1",
        ],
        3: [],
    }
    acks = [report(house, tmp_path, n, sv=own, **CASE) for n, own in failed.items()]

    for text in ("chr21-5036001-5037000-DUP", "chr21-5036000-N-<DUP>"):
        told = live_answer(house, DOCTOR, acks[0].case, read(text, house))
        assert (told.headline.status, told.headline.ac, told.headline.an, told.covered) == ("absent", 0, 4, 2), text
