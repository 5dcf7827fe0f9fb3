"""R9's driver: genomes are sent while questions are asked, and nothing is lost or refused. Times are not judged."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from benchmarks.mixed import AIMS, Run, drive, questions_of, write_package
from embla.app import create_app
from embla.frequency import cut_release
from embla.platform import OPERATOR, House
from embla.registry import counted_genomes
from tests.structural.nation import report
from tests.submission import test_transfer
from tests.submission.test_http import make_token
from tests.submission.test_transfer import serving


def test_mixed_load__every_genome_that_was_acknowledged_counts_and_every_question_is_answered(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_transfer, "make_app", lambda own: create_app(own.settings, own))
    small = replace(house, settings=replace(house.settings, suppress_below=2, release_step=2, requests_per_minute=0))
    for n in (1, 2):
        report(small, tmp_path / "before", n)
    cut_release(small, OPERATOR)
    token = make_token(small)
    asked = questions_of(["chr21-5030501-A-G", "chr21-5030502-A-G"], ["chr21-5030001-5040000"], token)
    asked["list of 1,000"] = asked["gene"]  # a thousand lines are a second's work
    with serving(small) as port:
        run = drive(
            f"http://127.0.0.1:{port}", token, lambda n: write_package(tmp_path / "made", n, 40, "north", "heart"),
            asked, seconds=1.0, rate=20, every=0.4,
        )  # fmt: skip

    assert run.wrong == Counter() and set(run.asked) >= {"variant", "listing"}
    assert len(run.genomes) == len(run.sent) >= 1
    with small.database.reading() as connection:
        counted = {one.accession for one in counted_genomes(connection, on=date(2026, 11, 1))}
    assert len(counted) == 2 + len(run.genomes) and set(run.genomes) <= counted


def test_mixed_load__what_is_refused_or_answered_with_an_error_is_told(house: House, tmp_path: Path) -> None:
    token = make_token(house)
    asked = questions_of(["chr21-5030501-A-G"], ["chr21-5030001-5040000"], "no token")
    with serving(house) as port:
        run = drive(
            f"http://127.0.0.1:{port}", token, lambda n: write_package(tmp_path, n, 5, "north", "no such group"),
            dict.fromkeys(asked, asked["listing"]), seconds=0.3, rate=20, every=1,
        )  # fmt: skip

    assert run.genomes == [] and "variant: 401" in run.wrong
    assert any(word.startswith("send: ") for word in run.wrong)


@pytest.mark.parametrize(
    ("sent", "p95", "wrong", "kept"),
    [
        ([8.0] * 9, 0.2, {}, True), ([8.0] * 4, 0.2, {}, False), ([11.0] * 9, 0.2, {}, False),
        ([8.0] * 9, 0.4, {}, False), ([8.0] * 9, 0.2, {"variant: 500": 1}, False),
    ],
)  # fmt: skip
def test_verdicts__hold_only_when_genomes_questions_and_answers_do(
    sent: list[float], p95: float, wrong: dict[str, int], kept: bool
) -> None:
    asked = {kind: [p95 if kind == "variant" else 0.1] for kind in AIMS}
    run = Run(asked, sent, Counter(wrong), ["EMBG"] * len(sent), 100.0)

    assert all(met for _, met in run.verdicts(10.0)) is kept


def test_verdicts__of_a_run_without_questions_hold_nothing() -> None:
    assert not any(met for says, met in Run(seconds=100.0).verdicts(10.0) if "within" in says)
