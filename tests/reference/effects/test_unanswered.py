"""Consequences that csq refuses, hangs on or has no room for: said, remembered, and no other allele's loss."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from embla.genome import Variant
from embla.reference import Effects, Reference, consequence_worker
from embla.reference import effects as effects_module
from embla.reference.beside import Beside
from tests.reference.effects.askers import DELETION, PATHS, SPLICE, Hanging, Refusing, drawn, without_memory


def test_effects__of_one_that_csq_refuses_hide_no_other_and_what_is_away_is_asked_again(
    loaded: Effects, beside: Beside
) -> None:
    csq = Refusing(beside, DELETION)
    asked = Effects(loaded._reference, loaded._genes, csq)  # type: ignore[arg-type]

    found = asked.of([DELETION, SPLICE])

    assert (found[DELETION].reason, found[SPLICE]) == ("refused", loaded.of([SPLICE])[SPLICE])
    before = csq.asked
    assert asked.of([DELETION, SPLICE]) == found and csq.asked == before
    csq.away = True
    other = Variant("chr21", 43_774_705, "C", "T")
    assert asked.of([other])[other].reason == "not_now"
    csq.away = False
    assert asked.of([other])[other].reason == ""


def test_effects__that_this_machine_had_no_room_for_are_no_refusal_of_csq(loaded: Effects, tmp_path: Path) -> None:
    class Full:
        """The process beside, on a disk that takes nothing."""

        def __init__(self) -> None:
            self.said: dict[str, Any] = {}

        def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
            self.said = json.loads(consequence_worker._in_a_fork(tmp_path / "gone", json.dumps(question).encode()))
            return self.said

    full = Full()
    asked = Effects(loaded._reference, loaded._genes, full)  # type: ignore[arg-type]

    assert asked.of([SPLICE])[SPLICE].reason == "not_now" and full.said == {"away": True}
    assert json.loads(consequence_worker._in_a_fork(tmp_path, b"{}")).keys() == {"error"}


def test_effects__of_one_that_hangs_csq_are_remembered_as_such_for_ten_minutes_and_take_nothing_from_others(
    loaded: Effects, beside: Beside
) -> None:
    csq, at = Hanging(beside, DELETION), [0.0]
    asked = Effects(loaded._reference, loaded._genes, csq, now=lambda: at[0])  # type: ignore[arg-type]

    assert asked.of([DELETION])[DELETION].reason == "no_answer"
    assert asked.of([SPLICE, DELETION])[SPLICE] == loaded.of([SPLICE])[SPLICE]
    before = csq.asked
    assert asked.of([DELETION])[DELETION].reason == "no_answer" and csq.asked == before
    at[0] = 600.0
    csq.hangs = ()
    assert asked.of([DELETION]) == loaded.of([DELETION])


def test_effects__of_many_with_one_that_hangs_are_told_after_a_few_pages_and_no_page_asks_on_after_a_failure(
    loaded: Effects, beside: Beside
) -> None:
    start = DELETION.pos
    bases = Reference.open(PATHS.fasta).fetch("chr21", start, start + 150)
    variants = [Variant("chr21", start + n + 1, base, "A" if base != "A" else "C") for n, base in enumerate(bases)]
    csq = Hanging(beside, DELETION)
    asked = Effects(loaded._reference, loaded._genes, csq)  # type: ignore[arg-type]

    failed = []
    for _ in range(5):
        before = csq.asked
        found = asked.of([*variants, DELETION])
        failed.append(sum(one.reason == "not_now" for one in found.values()))
        assert csq.asked - before <= 10

    assert failed[0] == len(variants) + 1 and failed[-1] == 0 and failed == sorted(failed, reverse=True)
    assert {one: effect for one, effect in found.items() if one != DELETION} == loaded.of(variants)
    assert found[DELETION].reason == "no_answer"
    patient = Effects(loaded._reference, loaded._genes, csq, patience=8)  # type: ignore[arg-type]
    assert patient.of([*variants, DELETION]) == found


def test_effects__that_had_no_answer_are_kept_up_to_a_bound(loaded: Effects, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects_module, "_FAILED", 3)
    variants = drawn(8, loaded._reference, loaded._genes)  # type: ignore[arg-type]
    asked = Effects(loaded._reference, loaded._genes, Hanging(loaded._beside, *variants))  # type: ignore[arg-type]

    assert {asked.of([one])[one].reason for one in variants} <= {"no_answer", ""}
    assert len(asked._failed) <= 3


def test_effects__of_an_asker_that_fails_leave_nobody_waiting(loaded: Effects, beside: Beside) -> None:
    csq = Refusing(beside, DELETION)
    asked = Effects(loaded._reference, loaded._genes, csq)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csq, "ask", without_memory)
        with pytest.raises(MemoryError):
            asked.of([SPLICE])

    assert asked.of([SPLICE]) == loaded.of([SPLICE]) and not asked._waiting
