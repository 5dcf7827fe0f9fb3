"""Live counts: decided, logged, exact, and with whom the clinician wants left out."""

from pathlib import Path

import pytest

from embla.errors import NotPermitted, UsageError
from embla.frequency import LeaveOut, cut_release, live_answer, open_answer
from embla.genome import Place, Variant
from embla.platform import ANONYMOUS, OPERATOR, Actor, events_of
from embla.registry import close_case
from tests.frequency.nation import DAY, Nation, Person, nation

SNV = Variant("chr1", 1500, "A", "G")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    """Child and mother carry, a cousin group-mate carries, one stranger carries and opted out, two do not."""
    call = ["chr1 1500 A G 0/1"]
    people = [
        Person("child", family="f", role="index", group="heart", calls=call),
        Person("mother", family="f", role="mother", group="kidney", calls=call),
        Person("father", "XY", family="f", role="father", group="kidney"),
        Person("mate", "XY", group="heart", region="1082", calls=["chr1 1500 A G 1/1"]),
        Person("stranger", group="liver", region="1082", calls=call, opted_out=True),
        Person("other", "XY", group="liver", region="1083"),
    ]
    with nation(tmp_path_factory.mktemp("live"), *people, suppress_below=5) as n:
        yield n


def ask(n: Nation, *words: str) -> tuple[int | None, int | None, str]:
    answer = live_answer(n.house, n.clinician, n.case_of["child"], SNV, LeaveOut.of(*words))
    return answer.headline.ac, answer.headline.an, answer.how.left_out


def test_live_answer__is_exact_and_counts_who_opted_out_in_no_case_but_their_own(made: Nation) -> None:
    assert ask(made) == (4, 10, "nobody")
    own = live_answer(made.house, made.clinician, made.case_of["stranger"], SNV)
    assert (own.headline.ac, own.headline.an) == (5, 12)


@pytest.mark.parametrize(
    "words,expected",
    [
        (("person",), (3, 8, "the patient")),
        (("family",), (2, 4, "the patient's family (3 persons)")),
        (("group",), (1, 6, "everybody of the patient group heart (2 persons)")),
        (("person", "family"), (2, 4, "the patient's family (3 persons)")),
        (
            ("family", "group"),
            (0, 2, "everybody of the patient group heart (2 persons) and the patient's family (3 persons)"),
        ),
    ],
)
def test_live_answer__leaves_out_whom_it_is_told(made: Nation, words: tuple[str, ...], expected: object) -> None:
    assert ask(made, *words) == expected


def test_leave_out__of_another_word_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="neighbours"):
        LeaveOut.of("neighbours")


def test_live_answer__groups_add_up_to_the_headline(made: Nation) -> None:
    answer = live_answer(made.house, made.clinician, made.case_of["child"], SNV)

    for cells in answer.groups.values():
        assert sum(c.ac for c in cells.values()) == answer.headline.ac
        assert sum(c.an for c in cells.values()) == answer.headline.an
    assert (answer.people, answer.covered) == (5, 5)
    assert answer.strip and answer.strip[0].share == 1.0


def test_live_answer__of_a_base_lists_the_variants_there(made: Nation) -> None:
    answer = live_answer(made.house, made.clinician, made.case_of["child"], Place("chr1", 1500))

    assert (answer.headline.status, answer.headline.an, [c.ac for c in answer.at_place]) == ("observed", 10, [4])
    empty = live_answer(made.house, made.clinician, made.case_of["child"], Place("chr1", 1501))
    assert (empty.headline.status, empty.headline.an, empty.at_place) == ("absent", 10, ())


def test_live_answer__of_a_symbolic_allele_is_not_loaded(made: Nation) -> None:
    answer = live_answer(made.house, made.clinician, made.case_of["child"], Variant("chr1", 1500, "A", "<DUP>"))

    assert answer.headline.status == "not_loaded"


@pytest.mark.parametrize(
    "actor",
    [
        ANONYMOUS,
        OPERATOR,
        Actor("doctor"),
        Actor("another", frozenset({"clinician"})),
        Actor("root", frozenset({"admin"})),
    ],
)
def test_live_answer__is_refused_to_everybody_but_a_treating_clinician(made: Nation, actor: Actor) -> None:
    with pytest.raises(NotPermitted):
        live_answer(made.house, actor, made.case_of["child"], SNV)


def test_live_answer__an_unknown_case_is_refused_like_one_of_others(made: Nation) -> None:
    with pytest.raises(NotPermitted):
        live_answer(made.house, made.clinician, "C-none", SNV)


def test_live_answer__is_in_the_log_before_the_numbers_leave(made: Nation, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = f"case:{made.case_of['mate']}"
    seen = []

    def look(self: object, connection: object) -> None:
        with made.house.database.reading() as other:
            seen.extend(event.kind for event in events_of(other, subject))
        raise RuntimeError("stop here")

    monkeypatch.setattr(type(made.house), "view", look)
    with pytest.raises(RuntimeError):
        live_answer(made.house, made.clinician, made.case_of["mate"], SNV)

    assert seen == ["access-granted"]


def test_live_answer__names_its_event_and_the_log_holds_no_variant(made: Nation) -> None:
    answer = live_answer(made.house, made.clinician, made.case_of["child"], SNV)

    with made.house.database.reading() as connection:
        events = events_of(connection, f"case:{made.case_of['child']}")
    assert answer.how.event == str(events[-1].number)
    assert "1500" not in str(events[-1].body)
    assert answer.how.release is None


def test_live_answer__of_a_closed_case_is_refused(tmp_path: Path) -> None:
    from datetime import timedelta

    with nation(tmp_path, Person("p")) as n:
        with n.house.database.transaction() as connection:
            close_case(connection, n.case_of["p"], on=DAY - timedelta(days=1), by=OPERATOR, at=n.house.clock())

        with pytest.raises(NotPermitted, match="case is closed"):
            live_answer(n.house, n.clinician, n.case_of["p"], SNV)


def test_live_answer__sees_a_newcomer_at_once_and_a_release_does_not(tmp_path: Path) -> None:
    with nation(tmp_path, Person("a", calls=["chr1 1500 A G 0/1"])) as n:
        cut_release(n.house, OPERATOR)
        n.add(Person("b", calls=["chr1 1500 A G 1/1"]))

        assert live_answer(n.house, n.clinician, n.case_of["a"], SNV).headline.ac == 3
        assert open_answer(n.house, SNV).headline.ac == 1

        n.remove("a")
        assert live_answer(n.house, n.clinician, n.case_of["b"], SNV).headline.ac == 2
        assert open_answer(n.house, SNV).headline.ac == 1
