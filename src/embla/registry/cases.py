"""Cases: one clinical question of one patient, opened and closed on a day, with the clinicians who treat."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, or_, select, update

from embla.errors import NotFound
from embla.platform import Actor, NewId, Page, append_event, paged
from embla.registry import tables
from embla.registry.model.values import Case


def ensure_case(
    connection: Connection,
    *,
    laboratory: str,
    key: str,
    patient_group: str,
    person: str,
    family: str | None,
    opened: date,
    clinicians: Iterable[str] = (),
    new_id: NewId,
) -> str:
    """The id of the laboratory's case `key`, made when new; what a later package says of it takes its place."""
    found = find_case(connection, laboratory, key)
    values = {"patient_group": patient_group, "person": person}
    if found is None:
        case = "C" + new_id()
        connection.execute(
            insert(tables.cases).values(id=case, laboratory=laboratory, key=key, family=family, opened=opened, **values)
        )
        present: tuple[str, ...] = ()
    else:
        case, present = found.id, found.clinicians
        connection.execute(
            update(tables.cases).where(tables.cases.c.id == case).values(family=family or found.family, **values)
        )
    for account in sorted(set(clinicians) - set(present)):
        connection.execute(insert(tables.case_clinicians).values(case=case, account=account))
    return case


def find_case(connection: Connection, laboratory: str, key: str) -> Case | None:
    """The case that a laboratory calls `key`."""
    row = connection.execute(
        select(tables.cases).where(tables.cases.c.laboratory == laboratory, tables.cases.c.key == key)
    ).one_or_none()
    return None if row is None else _case(connection, row)


def case_of(connection: Connection, case: str) -> Case | None:
    """The case of this id."""
    row = connection.execute(select(tables.cases).where(tables.cases.c.id == case)).one_or_none()
    return None if row is None else _case(connection, row)


@dataclass(frozen=True)
class CasesWanted:
    """Which of a clinician's cases are wanted. `text`: part of the laboratory's name for the case, or all of the
    patient's pseudonym, a genome's accession or the case's id; `group`: a patient group; `state`: see
    `cases_treated_by`. "" is any. `closed`: those whose last open day is over, in place of the open ones."""

    text: str = ""
    group: str = ""
    state: str = ""
    closed: bool = False


def cases_treated_by(
    connection: Connection, account: str, *, on: date, cursor: str | None = None, limit: int = 50,
    wanted: CasesWanted | None = None, states: Mapping[str, Select[Any]] | None = None,
) -> Page[Case]:  # fmt: skip
    """A page of the cases that this clinician treats and that are open on a day, or, if wanted, were closed before it;
    those opened last first.

    `states`: name of a state -> a query of the ids of the cases in it, from the rooms that know; `wanted` names one, or
    `un` and one for the others. A state that nobody knows holds no case.
    """
    cases, clinicians = tables.cases, tables.case_clinicians
    query: Select[Any] = (
        select(cases)
        .join(clinicians, clinicians.c.case == cases.c.id)
        .where(clinicians.c.account == account, cases.c.opened <= on)
    )
    if wanted is not None and wanted.closed:
        query = query.where(cases.c.closed < on)
    else:
        query = query.where(cases.c.closed.is_(None) | (cases.c.closed >= on))
    if wanted is not None:
        query = _narrowed(query, wanted, states or {})
    return paged(
        connection, query, [cases.c.opened, cases.c.id], lambda row: _case(connection, row), cursor=cursor, limit=limit,
        descending=True,
    )  # fmt: skip


def _narrowed(query: Select[Any], wanted: CasesWanted, states: Mapping[str, Select[Any]]) -> Select[Any]:
    cases, genomes = tables.cases.c, tables.genomes.c
    if wanted.text:
        named = select(genomes.case).where(genomes.accession == wanted.text.upper())
        query = query.where(
            or_(
                cases.key.icontains(wanted.text, autoescape=True),
                cases.person == wanted.text.upper(),
                cases.id == wanted.text.upper(),
                cases.id.in_(named),
            )
        )
    if wanted.group:
        query = query.where(cases.patient_group == wanted.group)
    if wanted.state in states:
        query = query.where(cases.id.in_(states[wanted.state]))
    elif wanted.state.removeprefix("un") in states:
        query = query.where(cases.id.not_in(states[wanted.state.removeprefix("un")]))
    elif wanted.state:
        query = query.where(cases.id.is_(None))
    return query


def cases_in(connection: Connection, ids: Select[Any], among: Collection[str]) -> set[str]:
    """Which of some cases a query of case ids holds."""
    cases = tables.cases.c
    return set(connection.execute(select(cases.id).where(cases.id.in_(among), cases.id.in_(ids))).scalars())


def treated_case_about(connection: Connection, account: str, *, of_case: str, person: str, on: date) -> str | None:
    """The case through which a clinician reaches a genome: open, treated by the account, and the one that the genome
    was reported for or one of its person. None where there is none; the same one each time where there are more."""
    cases, clinicians = tables.cases, tables.case_clinicians
    query = (
        select(cases.c.id)
        .join(clinicians, clinicians.c.case == cases.c.id)
        .where(
            clinicians.c.account == account,
            (cases.c.id == of_case) | (cases.c.person == person),
            cases.c.opened <= on,
            cases.c.closed.is_(None) | (cases.c.closed >= on),
        )
    )
    return connection.execute(query.order_by(cases.c.id).limit(1)).scalar_one_or_none()


def all_treated_by(account: str) -> Select[Any]:
    """A query of the ids of every case that a clinician treats or treated, closed ones too."""
    clinicians = tables.case_clinicians
    return select(clinicians.c.case).where(clinicians.c.account == account)


def assign_clinician(connection: Connection, case: str, account: str, *, by: Actor, at: datetime) -> None:
    """Note that an account's holder treats the patient of this case; again changes nothing."""
    found = case_of(connection, case)
    if found is None:
        raise NotFound(f"There is no case {case}.")
    if account not in found.clinicians:
        connection.execute(insert(tables.case_clinicians).values(case=case, account=account))
        body = {"account": account}
        append_event(connection, at=at, actor=by.id, kind="clinician-assigned", subject=f"case:{case}", body=body)


def close_case(connection: Connection, case: str, *, on: date, by: Actor, at: datetime) -> None:
    """Close a case; `on` is its last open day."""
    if case_of(connection, case) is None:
        raise NotFound(f"There is no case {case}.")
    connection.execute(update(tables.cases).where(tables.cases.c.id == case).values(closed=on))
    body = {"on": on.isoformat()}
    append_event(connection, at=at, actor=by.id, kind="case-closed", subject=f"case:{case}", body=body)


def _case(connection: Connection, row: Row[Any]) -> Case:
    table = tables.case_clinicians
    accounts = connection.execute(select(table.c.account).where(table.c.case == row.id).order_by(table.c.account))
    return Case(
        row.id,
        row.laboratory,
        row.key,
        row.patient_group,
        row.person,
        row.family,
        row.opened,
        row.closed,
        tuple(accounts.scalars()),
    )
