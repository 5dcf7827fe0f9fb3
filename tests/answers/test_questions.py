"""Who else has seen it? The asker sees the same whatever is there, until a person answers; the asked never who asks."""

from typing import Any

import pytest

from embla.answers import ask, asked_by_me, asked_of_me, question_to, reply
from embla.answers.model.question import MOST
from embla.errors import NotPermitted, Refused
from embla.platform import OPERATOR, Actor
from embla.registry import set_opt_out
from tests.answers.clinic import CSTB, DOCTOR, OTHER, REGISTRAR, STRANGER, Clinic

WORDS = "Has anybody seen it with myoclonus before the age of six?"


def seen(clinic: Clinic, actor: Actor = DOCTOR) -> list[Any]:
    """What the one who asked sees of each question, but for its id and times."""
    return [(one.text, found) for one, found in asked_by_me(clinic.house, actor)]


def test_question__goes_to_the_other_department_and_its_answer_comes_back_without_names(clinic_on_both: Clinic) -> None:
    clinic = clinic_on_both
    asked = ask(clinic.house, DOCTOR, clinic.case(), "NC_000021.9:g.43774280_43774281del", WORDS)

    ((waiting, key),) = asked_of_me(clinic.house, OTHER)
    assert (key, waiting.case) == ("N1-case", clinic.case("N1"))
    assert not asked_of_me(clinic.house, DOCTOR) and not asked_of_me(clinic.house, REGISTRAR)  # the family's own
    told = question_to(clinic.house, OTHER, waiting.case, asked.id)
    for secret in (clinic.case(), "doctor", clinic.person(), clinic.genome()):
        assert secret not in str(told)
    with pytest.raises(NotPermitted):
        question_to(clinic.house, STRANGER, waiting.case, asked.id)
    reply(clinic.house, OTHER, waiting.case, asked.id, "Yes, with onset at the age of five.", "Ward 7, extension 12")

    ((text, ((words, contact, _),)),) = seen(clinic)
    assert (text, words, contact) == (WORDS, "Yes, with onset at the age of five.", "Ward 7, extension 12")
    for secret in (clinic.case("N1"), "other", clinic.person("N1"), clinic.genome("N1"), "south"):
        assert secret not in str(seen(clinic))
    with pytest.raises(Refused):
        reply(clinic.house, OTHER, waiting.case, asked.id, "And once more, as it were.")


def test_question__nobody_carries_it_or_declines_or_opted_out_looks_the_same(clinic: Clinic) -> None:
    ask(clinic.house, DOCTOR, clinic.case(), CSTB, WORDS)
    before = seen(clinic)
    ((waiting, _),) = asked_of_me(clinic.house, OTHER)
    reply(clinic.house, OTHER, waiting.case, waiting.question.id, "")
    assert seen(clinic) == before

    with clinic.house.database.transaction() as connection:
        today = clinic.house.clock().date()
        set_opt_out(connection, clinic.person("N1"), "genetic", since=today, by=OPERATOR, at=clinic.house.clock())
    ask(clinic.house, DOCTOR, clinic.case(), CSTB, WORDS)
    assert not asked_of_me(clinic.house, OTHER)
    ask(clinic.house, DOCTOR, clinic.case(), "chr21-43774705-C-T", WORDS)  # the child alone carries it
    assert seen(clinic) == [(WORDS, [])] * 3


def test_question__only_about_what_the_own_patient_carries_and_within_the_budget(clinic: Clinic) -> None:
    with pytest.raises(Refused, match="does not carry"):
        ask(clinic.house, OTHER, clinic.case("N2"), CSTB, WORDS)
    with pytest.raises(NotPermitted):
        ask(clinic.house, STRANGER, clinic.case(), CSTB, WORDS)
    for _ in range(MOST):
        ask(clinic.house, DOCTOR, clinic.case(), CSTB, WORDS)
    with pytest.raises(Refused, match="would be a survey"):
        ask(clinic.house, DOCTOR, clinic.case(), CSTB, WORDS)
    clinic.later(days=31)
    assert not asked_of_me(clinic.house, OTHER)
    ask(clinic.house, DOCTOR, clinic.case(), CSTB, WORDS)
