"""What the rows of the gates say, and what the edge makes of them. That each way in has one: test_floors.py."""

import pytest

from embla import gates
from embla.app import create_app
from embla.errors import UsageError
from embla.platform import House
from embla.policy import ACTIONS, RULES, Action, Decision


def test_a_new_route_without_a_row__is_found(house: House) -> None:
    app = create_app(house.settings, house)

    app.add_route("/new", lambda request: None, methods=["GET"])

    assert gates.without_a_row(app) == ["GET /new"]


def test_rows__state_a_purpose_that_allows_the_operator_what_they_name() -> None:
    for words, row in gates.COMMANDS.items():
        if row.action is None or row.asks:
            continue
        allowed = {
            p for rule in RULES if rule.action == row.action and rule.role in ("operator", None) for p in rule.purposes
        }
        assert row.purpose in allowed, words


def test_rows__no_action_about_a_person_is_open() -> None:
    for row in gates.ROUTES.values():
        assert all(ACTIONS[action].level != "open" for action in row.actions)
        assert not row.actions or row.signed_in


@pytest.mark.parametrize("words", [["no-such-room", "x"], [], ["--json"]])
def test_command__without_a_row_opens_no_home(words: list[str]) -> None:
    with pytest.raises(UsageError):
        gates.command_of(words)


def test_answer__leaves_only_after_a_decision_about_its_own_action() -> None:
    def made(action: Action, allowed: bool = True) -> list[Decision]:
        return [Decision(allowed, "r", "t", "a", action, "p", "b", "s")]

    row = ("GET", "/case/{case}", "/case/C1")
    assert not gates.kept(*row, [])
    assert not gates.kept(*row, made(Action.LIVE_COUNT))
    assert not gates.kept(*row, made(Action.SEE_CASE, allowed=False))
    assert gates.kept(*row, made(Action.SEE_CASE))
    assert gates.kept("HEAD", "-", "/static/embla.css", [])
    assert not gates.kept("GET", "-", "/somewhere", [])
    assert not gates.kept("GET", "/no-row", "/no-row", made(Action.SEE_CASE))
