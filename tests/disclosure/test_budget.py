"""The budget of questions: its arithmetic against a plain ledger, and the membership attack that it holds down."""

import math
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from embla.disclosure import all_paid, power_after, price, spend, spent_by
from embla.platform import Database
from tests.support.homes import START

DAYS = 30
MOST = 0.2


def asks(
    database: Database, names: dict[str, float], *, day: float = 0, budget: float = 0.05, reader: str = "a"
) -> bool:
    with database.transaction() as connection:
        return spend(
            connection, reader, names, budget=budget, most=MOST, at=START + timedelta(days=day), days=DAYS
        )  # fmt: skip


def spent(database: Database, *, day: float = 0, reader: str = "a") -> float:
    with database.reading() as connection:
        return spent_by(connection, reader, at=START + timedelta(days=day), days=DAYS)


def test_spend__admits_while_something_is_left_and_then_only_what_was_paid(database: Database) -> None:
    assert asks(database, {"x": 0.04}) and asks(database, {"y": 0.2})
    assert not asks(database, {"z": 0.0001})
    assert asks(database, {"x": 0.04, "y": 0.2}), "what was told stays told"
    assert asks(database, {"z": 0.0001}, reader="b"), "another reader has another budget"
    assert spent(database) == pytest.approx(0.24)
    with database.reading() as connection:
        assert all_paid(connection, "a", ["x", "y"], at=START, days=DAYS)
        assert not all_paid(connection, "a", ["x", "z"], at=START, days=DAYS)
    assert not asks(database, {"z": 0.1}, day=29) and asks(database, {"z": 0.1}, day=31)
    assert spent(database, day=31) == pytest.approx(0.1), "what is older than the window is forgotten"


def test_spend__whether_one_thing_may_be_asked_does_not_depend_on_its_price(database: Database) -> None:
    for n, cost in enumerate((0.0001, MOST)):
        assert asks(database, {"common": 0.049}, reader=f"r{n}")
        assert asks(database, {"one": cost}, reader=f"r{n}")
        assert asks(database, {"common2": 0.06}, reader=f"s{n}")
        assert not asks(database, {"one": cost}, reader=f"s{n}")


def test_spend__several_things_too_dear_are_refused_and_the_refusal_is_paid_for(database: Database) -> None:
    many = {f"v{n}": 0.1 for n in range(3)}
    assert not asks(database, many)
    assert spent(database) == pytest.approx(MOST)
    assert not asks(database, {"one": 0.001})


@given(
    steps=st.lists(st.tuples(st.sets(st.integers(0, 8), min_size=1, max_size=4), st.integers(0, 20)), max_size=15),
)
@settings(max_examples=12, deadline=None)
def test_spend__is_what_a_plain_ledger_says(
    steps: list[tuple[set[int], int]], migrated_on_sqlite: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import shutil

    from embla.platform import sqlite_url

    path = tmp_path_factory.mktemp("ledger") / "embla.db"
    shutil.copy(str(migrated_on_sqlite), path)
    database = Database(sqlite_url(path))
    book: dict[str, tuple[float, int]] = {}
    day = 0
    for things, later in steps:
        day += later
        prices = {f"v{n}": 0.005 * (n + 1) for n in things}
        book = {name: entry for name, entry in book.items() if entry[1] >= day - DAYS}
        new = {name: cost for name, cost in prices.items() if name not in book}
        so_far = sum(cost for cost, _ in book.values())
        expected = not new or (so_far < 0.05 and sum(new.values()) <= max(0.05 - so_far, MOST) + 1e-12)
        assert asks(database, prices, day=day) == expected
        if new and expected:
            book |= {name: (cost, day) for name, cost in new.items()}
        assert spent(database, day=day) == pytest.approx(sum(cost for cost, _ in book.values()))
        assert spent(database, day=day) <= 0.05 + MOST
    database.close()


def test_price__is_dear_at_both_ends_and_never_above_that_of_the_rarest_told() -> None:
    assert price(5, 4000, below=5) == price(3996, 4000, below=5) == price(2, 4000, below=5) == 0.2
    assert price(2000, 4000, below=5) == 1 / 2000
    assert 0 < price(None, None, below=5) < 0.2


def test_power__bound_is_a_tenth_after_0_13_and_the_false_positives_after_nothing() -> None:
    assert power_after(0.0) == pytest.approx(0.05) and power_after(0.13) == pytest.approx(0.10, abs=0.001)
    assert power_after(2.0) > 0.4


# The attack. A cohort of 2,000; alleles from common to private; the attacker has the target's genome, a panel of the
# same size from the same population, and asks the target's alleles in the order that serves best.
PEOPLE, BELOW, ALLELES, TARGETS = 2_000, 5, 12_000, 250
COPIES = 2 * PEOPLE


def prices_of(below: int) -> np.ndarray:
    """By copies, of an allele that is told from `below` on."""
    return np.array([price(n, COPIES, below=below) if n >= below else price(None, None, below=below)
                     for n in range(COPIES + 1)])  # fmt: skip


PRICES = prices_of(BELOW)
LOGS = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, COPIES + 2)))])


def seen(copies: np.ndarray, of: int, share: np.ndarray) -> np.ndarray:
    """Log of the binomial."""
    return LOGS[of] - LOGS[copies] - LOGS[of - copies] + copies * np.log(share) + (of - copies) * np.log1p(-share)


def few(at_most: np.ndarray, of: int, share: np.ndarray, below: int = BELOW) -> np.ndarray:
    total = np.zeros(share.shape)
    for n in range(below):
        total += np.where(n <= at_most, np.exp(seen(np.full(share.shape, n), of, share)), 0.0)
    return np.log(np.maximum(total, 1e-300))


def attack(order: str, budget: float, targets: int = TARGETS, below: int = BELOW) -> float:
    """Share of members told apart at 5 % false positives, by the best test of what the door told within the budget."""
    rng, costs = np.random.default_rng(11), prices_of(below)
    share = np.exp(rng.uniform(math.log(0.3 / COPIES), math.log(0.5), ALLELES))
    others = rng.binomial(COPIES - 2, share)
    panel = np.clip(rng.binomial(COPIES, share) / COPIES, 0.5 / COPIES, 1 - 0.5 / COPIES)
    scores: tuple[list[float], list[float]] = ([], [])
    for _ in range(targets):
        target, somebody = rng.binomial(2, share), rng.binomial(2, share)
        carried = np.flatnonzero(target)
        expected = COPIES * panel[carried]
        best = {
            "rarest": expected, "at the bound": np.abs(expected - below), "commonest": -expected,
            "some dozen": np.abs(np.log(expected / (10 * below))),
        }[order]  # fmt: skip
        carried = carried[np.argsort(best)]
        for scored, counted in zip(scores, (target, somebody), strict=True):
            ac = others[carried] + counted[carried]
            told = ac >= below
            prices = costs[ac]
            before = np.cumsum(prices) - prices
            asked = slice(0, int((before < budget).sum()))
            a, g, p, yes = ac[asked], target[carried][asked], panel[carried][asked], told[asked]
            tells = np.where(
                yes,
                seen(np.maximum(a - g, 0), COPIES - 2, p) - seen(a, COPIES, p),
                few(below - 1 - g, COPIES - 2, p, below) - few(np.full(len(g), below - 1), COPIES, p, below),
            )
            scored.append(float(tells.sum()) + 1e-9 * rng.normal())
    member, stranger = (np.array(scored) for scored in scores)
    return float((member > np.quantile(stranger, 0.95, method="higher")).mean())


@pytest.mark.deep
@pytest.mark.parametrize("order", ["rarest", "at the bound", "some dozen", "commonest"])
def test_membership_attack__on_many_targets(order: str) -> None:
    """0.10, give or take twice the error of a share of 3,000."""
    assert attack(order, 0.05, 3_000) <= 0.10 + 2 * math.sqrt(0.09 / 3_000)


@pytest.mark.parametrize("order", ["rarest", "some dozen"])
def test_membership_attack__within_the_default_budget_has_a_power_of_at_most_a_tenth(order: str) -> None:
    assert attack(order, 0.05) <= 0.10


def test_membership_attack__without_a_budget_finds_most() -> None:
    """So the attack is one, and the budget is what holds it down."""
    assert attack("some dozen", 1e9) > 0.5


def attack_on_homozygous(priced_by: str, budget: float = 0.05, targets: int = 1_000) -> float:
    """The same with a record's number of homozygous people, at sites where the target is one of some fifteen."""
    rng = np.random.default_rng(3)
    share = np.exp(rng.uniform(math.log(0.05), math.log(0.2), 10_000))
    both, one = share**2, 2 * share * (1 - share)
    hom = rng.binomial(PEOPLE - 1, both)
    het = rng.binomial(PEOPLE - 1 - hom, one / (1 - both))
    scores: tuple[list[float], list[float]] = ([], [])
    for _ in range(targets):
        sites = np.flatnonzero((rng.random(len(share)) < both) & (hom > BELOW))
        sites = sites[np.argsort(np.abs(np.log(hom[sites] / 15)))]
        drawn = rng.random(len(sites))
        stranger = np.select([drawn < both[sites], drawn < (both + one)[sites]], [2, 1])
        for scored, copies in zip(scores, (np.full(len(sites), 2), stranger), strict=True):
            people = hom[sites] + (copies == 2)
            rarest = {"homozygous": people, "copies": 2 * hom[sites] + het[sites] + copies}[priced_by]
            asked = np.cumsum(PRICES[rarest]) - PRICES[rarest] < budget
            scored.append(float(np.log(people / (PEOPLE * both[sites]))[asked].sum()) + 1e-9 * rng.normal())
    member, other = (np.array(scored) for scored in scores)
    return float((member > np.quantile(other, 0.95, method="higher")).mean())


def test_membership_attack__by_homozygous_people_is_held_down_by_their_number_and_not_by_the_copies() -> None:
    assert attack_on_homozygous("homozygous") <= 0.10 + 2 * math.sqrt(0.09 / 1_000)
    assert attack_on_homozygous("copies") > 0.2


def test_spend__asks_the_ledger_as_often_for_many_things_as_their_number_over_five_hundred(database: Database) -> None:
    asked = 0

    def note(*_: object) -> None:
        nonlocal asked
        asked += 1

    many = {f"v{n}": 0.00001 for n in range(1_200)}
    event.listen(database._engine, "before_cursor_execute", note)
    try:
        assert asks(database, many)
    finally:
        event.remove(database._engine, "before_cursor_execute", note)
    assert asked < 20, "three reads of names, whatever is new among them"


@pytest.mark.deep
@pytest.mark.parametrize("order", ["rarest", "at the bound", "some dozen", "commonest"])
def test_membership_attack__at_the_open_door_on_many_targets(order: str) -> None:
    assert attack(order, 0.1, 3_000, below=100) <= 0.10 + 2 * math.sqrt(0.09 / 3_000)


def test_membership_attack__at_the_open_door_by_all_its_blocks_together_has_a_power_of_at_most_a_tenth() -> None:
    """The whole of the open budget, 0.1, is spent on one target, of alleles that are told from 100 copies on."""
    assert attack("at the bound", 0.1, 60, below=100) <= 0.10
