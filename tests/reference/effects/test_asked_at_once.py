"""Consequences that many ask for at once: one question, to each its own, and nobody held up for long."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import sleep
from typing import Any

import pytest

from embla.genome import Region, Variant
from embla.reference import Effect, Effects
from embla.reference import effects as effects_module
from embla.reference.beside import Beside
from embla.reference.stretches import stretches
from tests.reference.effects.askers import DELETION, SPLICE, Held, drawn


def asked_at_once(asked: Effects, csq: Held, first: Variant, rest: Sequence[Variant]) -> list[dict[Variant, Effect]]:
    """What each thread was told: the first one's question is held until all others wait."""
    with ThreadPoolExecutor(len(rest) + 1) as threads:
        told = [threads.submit(asked.of, [first])]
        assert csq.begun.wait(60)
        told += [threads.submit(asked.of, [one]) for one in rest]
        for _ in range(600):
            if len(asked._waiting) == len(rest):
                break
            sleep(0.05)
        csq.let.set()
        return [one.result() for one in told]


def test_effects__that_threads_ask_at_once_are_one_question_and_each_has_its_own(
    loaded: Effects, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_module, "TURN", 60)
    variants = drawn(24, loaded._reference, loaded._genes)  # type: ignore[arg-type]
    first, *rest = [*variants[:10], variants[3]]
    csq = Held(beside)
    asked = Effects(loaded._reference, loaded._genes, csq)  # type: ignore[arg-type]

    told = asked_at_once(asked, csq, first, rest)

    assert csq.questions == [1, len(set(rest))]
    assert told == [loaded.of([one]) for one in (first, *rest)]
    assert len({one.region.contig for one in stretches(rest, loaded._genes)}) == 1  # type: ignore[arg-type]
    assert len(stretches(rest, loaded._genes)) > 2, "of several genes"  # type: ignore[arg-type]
    assert not asked._waiting and not asked._busy


def test_effects__of_one_that_hangs_csq_fail_once_for_those_asked_with_it(
    loaded: Effects, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_module, "TURN", 60)
    first, *rest = [one for one in drawn(8, loaded._reference, loaded._genes) if len(one.ref) == 1]  # type: ignore[arg-type]
    csq = Held(beside, DELETION)
    asked = Effects(loaded._reference, loaded._genes, csq)  # type: ignore[arg-type]

    told = asked_at_once(asked, csq, first, [*rest, DELETION])

    assert told[0] == loaded.of([first])
    assert [effect.reason for each in told[1:] for effect in each.values()] == ["not_now"] * (len(rest) + 1)
    csq.questions.clear()
    assert [asked.of([one]) for one in rest] == [loaded.of([one]) for one in rest]
    assert asked.of([DELETION])[DELETION].reason == "no_answer" and csq.questions == [1] * (len(rest) + 1)


def test_effects__whose_turn_does_not_come_are_told_so_and_wait_no_more(
    loaded: Effects, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_module, "TURN", 0.1)
    csq = Held(beside)
    asked = Effects(loaded._reference, loaded._genes, csq)  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(asked.of, [DELETION])
        assert csq.begun.wait(60)
        late = asked.of([SPLICE])
        csq.let.set()

        assert late[SPLICE].reason == "not_now" and not asked._waiting
        assert first.result() == loaded.of([DELETION]) and asked.of([SPLICE]) == loaded.of([SPLICE])


def test_effects__of_many_whose_genes_are_too_wide_together_hold_nobody_up_for_long(
    loaded: Effects, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_module, "TURN", 60)
    monkeypatch.setattr(effects_module, "WIDEST", 50_000)
    csq = Held(beside)
    asked = Effects(loaded._reference, loaded._genes, csq, now=lambda: 1.5 * len(csq.questions))  # type: ignore[arg-type]
    rest = [one for one in drawn(60, loaded._reference, loaded._genes) if len(one.ref) == 1]  # type: ignore[arg-type]

    told = asked_at_once(asked, csq, SPLICE, rest)

    reasons = [effect.reason for each in told for effect in each.values()]
    assert len(csq.questions) == 3 and reasons[0] == "" and {"", "not_now"} <= set(reasons)
    assert all(asked.of([one])[one].reason in ("", "too_long") for one in rest), "the next time each is asked"


class Twice:
    """Chromosome 22 is chromosome 21 again, with genes of the same ids: as X and Y are in some files."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def fetch(self, contig: str, start: int, end: int) -> str:
        return str(self.real.fetch("chr21", start, end))

    def overlapping(self, region: Region) -> tuple[Any, ...]:
        return tuple(self.real.overlapping(replace(region, contig="chr21")))


def test_effects__of_two_chromosomes_are_one_question_also_where_they_have_genes_of_one_id(
    loaded: Effects, beside: Beside
) -> None:
    csq = Held(beside)
    csq.let.set()
    asked = Effects(Twice(loaded._reference), Twice(loaded._genes), csq)  # type: ignore[arg-type]
    variants = drawn(40, loaded._reference, loaded._genes)  # type: ignore[arg-type]
    again = [replace(one, contig="chr22") for one in variants]

    found = asked.of([*variants[::2], *again])

    assert csq.questions == [len({*variants[::2], *again})]
    assert [found[one] for one in again] == [loaded.of([one])[one] for one in variants]
    assert [found[one] for one in variants[::2]] == [loaded.of([one])[one] for one in variants[::2]]
