"""What is written for the board: the published series, entries of the ledger, postings from a file, refunds.

Each asks policy first, checks the rules against the ledger as it is, and leaves an event with the entry's hash, so that
a ledger that was changed behind the log's back is found (`embla board check`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from embla.errors import BadInput, Broken, Refused
from embla.governance import store
from embla.governance.holding import reports_for
from embla.governance.model import budget, entered, groups, ledger, refunds
from embla.governance.model import initiatives as initiatives_
from embla.governance.model.history import Published, shipped
from embla.governance.model.ledger import Ledger, Line
from embla.governance.model.refunds import Report
from embla.governance.standing import history_of, read_board
from embla.platform import append_event, events_since
from embla.policy import Action, permit

if TYPE_CHECKING:
    from embla.platform import Actor, House


@dataclass(frozen=True)
class Loaded:
    """`loaded`: figures that were new or changed; `there`: all of them."""

    loaded: int
    there: int


def load_history(house: "House", actor: "Actor") -> Loaded:
    """Write each published figure as an event marked as history. What is there already changes nothing."""
    permit(house.database, actor, Action.MANAGE_BOARD, purpose="operation", clock=house.clock)
    with house.database.transaction() as connection:
        board, _ = read_board(connection)
        there = {subject: Published.of(body, event) for subject, (body, event) in board.history.items()}
        new = [one for one in shipped() if one.subject not in there or there[one.subject].body() != one.body()]
        for one in new:
            append_event(
                connection, at=house.clock(), actor=actor.id, kind="history-loaded", subject=one.subject,
                body=one.body(),
            )  # fmt: skip
    return Loaded(len(new), len(shipped()))


def enter(house: "House", actor: "Actor", said: Mapping[str, Any]) -> Line:
    """Add one entry to the ledger: {kind, name, day, decision?, demo?, and what its kind says}."""
    permit(house.database, actor, Action.MANAGE_BOARD, purpose="operation", clock=house.clock)
    reports = reports_for(house, [said])
    with house.database.transaction() as connection:
        known = store.read_ledger(connection)
        line = _enter(connection, house, actor, known, said, reports.get(1))
        _check_journal(known, [line])
        return line


def _check_journal(known: Ledger, lines: Sequence[Line]) -> None:
    acts = [one.says["act"] for one in lines if one.kind == "appropriation"]
    budget.check_journal(Ledger((*known.lines, *lines)), acts)


def _enter(
    connection: Connection, house: "House", actor: "Actor", known: Ledger, said: Mapping[str, Any],
    report: Report | None,
) -> Line:  # fmt: skip
    line = ledger.line_of(len(known.lines) + 1, said)
    check(connection, known, line, report)
    line = _logged(connection, house, actor, line)
    store.add_line(connection, line, by=actor.id, at=house.clock())
    return line


def check(connection: Connection, known: Ledger, line: Line, report: Report | None) -> None:
    """Every rule that an entry must pass. `report`: for a refund, what was reported in its quarter."""
    ledger.check_decision(known, line)
    if line.kind == "refund":
        refunds.check_refund(known, line)
        assert report is not None
        refunds.check_reported(known, line, report)
    elif line.kind == "programme":
        board, _ = read_board(connection)
        budget.check_programme(known, history_of(board), line)
    elif line.kind == "budget_line":
        budget.check_line(line)
    elif line.kind == "carry_over":
        board, _ = read_board(connection)
        budget.check_carry_over(known, history_of(board), line)
    elif line.kind == "co_financing":
        entered.check_co_financing(known, line)
    elif line.kind == "posting":
        budget.check_posting(known, line)
    elif line.kind == groups.KIND:
        groups.check_step(known, line)
    elif line.kind in ("initiative_start", "initiative_report"):
        initiatives_.check(known, line)


def _logged(connection: Connection, house: "House", actor: "Actor", line: Line) -> Line:
    """The event says what kind of entry, on which decision, and its hash; its words stay in the ledger."""
    event = append_event(
        connection, at=house.clock(), actor=actor.id, kind="board-entry-made", subject=f"board:{line.number}",
        body={"entry": line.number, "entry_kind": line.kind, "decision": line.decision, "sha256": digest(line)},
    )  # fmt: skip
    return replace(line, event=event.number)


def digest(line: Line) -> str:
    """SHA-256 over everything an entry says."""
    told = "\n".join([line.kind, line.name, line.day.isoformat(), line.decision or "", str(line.demo)])
    return hashlib.sha256(f"{told}\n{store.body_text(line)}".encode()).hexdigest()


def check_against_log(connection: Connection) -> int:
    """Every entry is as the log has it; returns how many. Broken names the first that is not."""
    known = {line.number: line for line in store.read_ledger(connection).lines}
    logged = {event.body["entry"]: event for event in events_since(connection, 0, kinds=("board-entry-made",))}
    for number in sorted(set(known) | set(logged)):
        line, event = known.get(number), logged.get(number)
        if line is None or event is None:
            raise Broken(f"Ledger entry {number} is {'gone' if line is None else 'not in the log'}.")
        if event.body["sha256"] != digest(line):
            raise Broken(f"Ledger entry {number} is not what the log says (event {event.number}).")
    return len(known)


class _DryRun(Exception):
    """Ends a transaction that was only to see whether it could be."""


def enter_all(house: "House", actor: "Actor", said: Sequence[Any], *, dry_run: bool = False) -> list[Line]:
    """Entries in their order, all of them or none. BadInput and Refused say which one. In a dry run every rule is
    asked and nothing stays, in the log neither."""
    permit(house.database, actor, Action.MANAGE_BOARD, purpose="operation", clock=house.clock)
    done: list[Line] = []
    reports = reports_for(house, said)
    with suppress(_DryRun), house.database.transaction() as connection:
        before = known = store.read_ledger(connection)
        for number, one in enumerate(said, start=1):
            if not isinstance(one, dict):
                raise BadInput(f"Entry {number} is not an object.")
            try:
                done.append(_enter(connection, house, actor, known, one, reports.get(number)))
                known = Ledger((*known.lines, done[-1]))
            except (BadInput, Refused) as error:
                if len(said) == 1:
                    raise
                raise type(error)(f"Entry {number}: {error.message}", mend=error.mend) from None
        _check_journal(before, done)
        if dry_run:
            raise _DryRun
    return done
