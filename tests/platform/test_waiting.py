"""A waiting room: never more at once than allowed, in order, nobody for too long, and each turn comes back."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.platform.web.waiting import TooMany, WaitingRoom


def on_a_loop(work: Coroutine[Any, Any, Any]) -> Any:
    """In a thread of its own: a browser of another test may keep a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@given(at_once=st.integers(1, 5), line=st.integers(0, 10), askers=st.integers(0, 30))
def test_waiting_room__lets_in_as_many_as_allowed_and_sends_the_rest_away(at_once: int, line: int, askers: int) -> None:
    most, now, served = 0, 0, []

    async def ask(number: int, turns: WaitingRoom) -> bool:
        nonlocal most, now
        try:
            async with turns.one():
                now += 1
                most = max(most, now)
                served.append(number)
                for _ in range(3):
                    await asyncio.sleep(0)
                now -= 1
        except TooMany:
            return False
        return True

    async def all_of_them() -> list[bool]:
        turns = WaitingRoom(at_once, line, patience=60)
        answers = await asyncio.gather(*(ask(number, turns) for number in range(askers)))
        assert turns.waiting == 0
        return answers

    answers: list[bool] = on_a_loop(all_of_them())

    assert sum(answers) == min(askers, at_once + line)
    assert most == min(askers, at_once) and served == sorted(served)


def test_waiting_room__those_of_a_line_that_stands_still_are_refused_in_time_and_given_again_later() -> None:
    async def story() -> None:
        turns = WaitingRoom(1, 5, patience=0.01)
        async with turns.one():
            with pytest.raises(TooMany):
                async with turns.one():
                    raise AssertionError("two had the only turn")
        async with turns.one():
            assert turns.waiting == 0

    on_a_loop(story())


def test_waiting_room__a_turn_of_work_that_fails_comes_back() -> None:
    async def story() -> None:
        turns = WaitingRoom(1, 0, patience=0.01)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with turns.one():
                    raise ZeroDivisionError

    on_a_loop(story())
