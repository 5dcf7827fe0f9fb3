"""Rules of running: when a disk is full, which backups are kept."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from embla.operations import full_on
from embla.operations.model import to_prune

TODAY = date(2026, 3, 2)


def test_full_on__ten_genomes_a_day_of_a_gigabyte_fill_a_hundred_in_ten_days() -> None:
    assert full_on(100 * 10**9, 10**9, 100, 1000, TODAY) == TODAY + timedelta(days=10)


def test_full_on__nothing_grew_so_nothing_is_foretold() -> None:
    assert full_on(10**9, 10**6, 50, 50, TODAY) is None
    assert full_on(10**9, 0.0, 0, 50, TODAY) is None


def test_full_on__a_disk_for_a_century_is_no_warning() -> None:
    assert full_on(10**15, 1.0, 0, 1, TODAY) is None


days = st.integers(0, 800).map(lambda n: datetime(2026, 3, 2, tzinfo=UTC) - timedelta(days=n))


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=3), days, max_size=30), st.integers(1, 5), st.integers(0, 6)
)
def test_to_prune__keeps_the_newest_and_one_of_each_month(
    backups: dict[str, datetime], keep: int, keep_months: int
) -> None:
    gone = to_prune(backups, keep=keep, keep_months=keep_months, now=datetime(2026, 3, 2, tzinfo=UTC))

    # The plain twin: sort, take, and for each month back take its newest.
    order = sorted(backups, key=lambda name: (backups[name], name))
    kept = set(order[-keep:])
    for back in range(keep_months):
        month = (2026 * 12 + 3 - 1) - back
        inside = [name for name in order if backups[name].year * 12 + backups[name].month - 1 == month]
        kept |= set(inside[-1:])
    assert set(backups) - gone == kept
