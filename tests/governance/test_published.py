"""The published figures, each exactly as it was printed or follows from what was."""

from datetime import date
from decimal import Decimal

import pytest

from embla.governance.model.budget import budget_of, millions
from embla.governance.model.folding import Board
from embla.governance.model.forecast import forecast, realised_pace
from embla.governance.model.history import History, paces, shipped
from embla.governance.model.kpis import Figure, hours_down, key_figures
from embla.governance.model.ledger import Ledger
from embla.governance.model.refunds import CAP, paid_of, payable

HISTORY = History(shipped())
END_2023 = date(2023, 12, 31)
SEPTEMBER = date(2025, 9, 30)
AKT = date(2025, 10, 9)


def printed(measure: str, on: date = END_2023) -> Decimal:
    found = HISTORY.value(measure, on)
    assert found is not None, measure
    return found


def on(day: date) -> dict[str, Figure]:
    return key_figures(Board(), HISTORY, day)


def value(day: date, name: str) -> object:
    return on(day)[name].value


def test_growth__of_2023_is_14119_genomes_and_144_40_per_cent() -> None:
    assert value(END_2023, "genomes") == 23_897 and value(date(2022, 12, 31), "genomes") == 9_778
    assert value(END_2023, "growth_year_genomes") == 14_119
    assert value(END_2023, "growth_year_percent") == 144.40


@pytest.mark.parametrize(
    ("year", "clinical", "general", "research", "total"),
    [(2023, 18_449, 4_440, 1_008, 23_897), (2022, 5_338, 4_440, 0, 9_778), (2021, 1_175, 1_630, 0, 2_805),
     (2020, 612, 136, 0, 748)],
)  # fmt: skip
def test_sources__add_up_to_the_genomes_of_each_year(
    year: int, clinical: int, general: int, research: int, total: int
) -> None:
    told = on(date(year, 12, 31))

    assert told["genomes_by_source"].value == {"clinical": clinical, "general": general, "research": research}
    assert clinical + general + research == total == told["genomes"].value


def test_sources__of_2023_without_research_are_22889() -> None:
    assert printed("genomes.clinical") + printed("genomes.general") == 22_889
    assert 22_889 + printed("genomes.research") == 23_897


def test_users__of_2023_by_kind_are_557_and_100_more_than_the_year_before() -> None:
    told = on(END_2023)

    assert told["users_by_kind"].value == {"clinicians": 317, "researchers": 177, "partners": 63}
    assert told["users"].value == 317 + 177 + 63 == 557
    assert 557 - int(printed("users", date(2022, 12, 31))) == 100


def test_forums__in_both_groupings_are_25() -> None:
    assert list(HISTORY.under("forums.", END_2023).values()) == [3, 18, 1, 3]
    assert sum(HISTORY.under("forums.", END_2023).values()) == 1 + 3 + 18 + 3 == 1 + 3 + 4 + 17 == 25


def test_production__planned_for_2024_with_genome_of_europe() -> None:
    pace, goe = printed("plan.pace", date(2024, 1, 1)), printed("plan.goe", date(2024, 1, 1))

    assert pace + goe / 12 == 1_625 and pace * 12 == 18_000 == printed("goal.2024.more", date(2024, 12, 31))
    assert printed("genomes") + pace * 12 == 41_897
    assert round(41_897, -3) == printed("goal.2024.total", date(2024, 12, 31))
    assert pace * 12 / printed("capacity") == Decimal("0.45") and (pace + goe / 12) * 12 == 19_500


def test_forecast__from_the_end_of_2023_is_january_2026_and_december_2025_with_genome_of_europe() -> None:
    plain = forecast(60_000, END_2023, 23_897, Decimal(1500))
    with_goe = forecast(60_000, END_2023, 23_897, Decimal(1500), extra=Decimal(1500), extra_months=12)

    assert plain.reached is not None and (plain.reached.year, plain.reached.month) == (2026, 1)
    assert with_goe.reached is not None and (with_goe.reached.year, with_goe.reached.month) == (2025, 12)
    assert 23_897 + 24 * 1500 == 59_897 < 60_000 <= 61_397 == 23_897 + 24 * 1500 + 1500


def test_forecast__from_september_2025_is_the_middle_of_february_2026_at_the_realised_pace() -> None:
    pace = realised_pace(END_2023, 23_897, SEPTEMBER, 53_473)
    assert pace is not None
    realised = forecast(60_000, SEPTEMBER, 53_473, pace)
    planned = forecast(60_000, SEPTEMBER, 53_473, Decimal(1500))

    assert round(pace) == 1_408 and realised.remaining == 6_527
    assert (realised.to_json()["months"], planned.to_json()["months"]) == (4.63, 4.35)
    assert realised.reached == date(2026, 2, 18)
    assert round(53_473 / 600, 1) == 89.1


def test_forecast__its_range_spans_the_paces_that_were_realised_by_then() -> None:
    known = paces(HISTORY, SEPTEMBER)
    told = forecast(60_000, SEPTEMBER, 53_473, Decimal(1500), realised=known)

    assert [round(pace) for pace in known] == [1_177, 1_408]
    assert told.reached is not None and told.range == (told.reached, date(2026, 3, 17))
    assert paces(HISTORY, date(2020, 12, 31)) == []


def test_budget__of_2025_is_90_0_less_85_2_with_2_8_undisposed_and_9_3_the_year_after() -> None:
    told = budget_of(Ledger([]), HISTORY, 2025)

    assert (told.budget, told.expected, told.less) == tuple(Decimal(n) for n in (90_000_000, 85_200_000, 4_800_000))
    assert millions(told.less) == "4.80" and millions(told.parts["undisposed"]) == "2.80"
    assert millions(budget_of(Ledger([]), HISTORY, 2026).parts["undisposed"]) == "9.30"
    assert told.parts["fixed"] is None and "parts" in told.reasons


def test_budget__table_4_adds_up_as_it_was_printed_and_as_it_was_not() -> None:
    years = range(2019, 2026)

    def total(measure: str) -> Decimal:
        return sum((HISTORY.value(measure, date(year, 12, 31)) or Decimal(0) for year in years), Decimal(0))

    told = budget_of(Ledger([]), HISTORY, 2023)
    assert told.deviations == {"november_2023": Decimal(6_500_000), "playbook": Decimal(72_500_000)}
    assert total("budget.new") == Decimal("992.1") and total("budget.accounted") == Decimal("812.3")
    assert total("budget.playbook") == Decimal("990.5") != printed("budget.playbook.total", date(2025, 12, 31))
    assert printed("budget.new.total", date(2025, 12, 31)) - printed(
        "budget.playbook.total", date(2025, 12, 31)
    ) == Decimal("1.5")


def test_grants__are_102_and_888_of_990() -> None:
    assert printed("grant.first", date(2018, 12, 31)) + printed("grant.rest", date(2019, 12, 31)) == 990


def test_appropriation__journal_nets_to_zero_and_recipients_add_up() -> None:
    accounts = HISTORY.under("appropriation.", AKT)

    assert sum(accounts.values()) == 0
    assert sum(amount for amount in accounts.values() if amount > 0) == Decimal("30.0")
    assert sum(HISTORY.under("recipient.16.55.07.", AKT).values()) == accounts["16.55.07"] == Decimal("17.0")
    initiatives = [printed(f"initiative.{n}", date(2025, 12, 31)) for n in ("2.1", "5.1", "5.2")]
    assert sum(initiatives) == Decimal("5.16") and round(sum(initiatives, Decimal(0)), 1) == accounts["16.11.37"]


def test_cap__genome_60000_is_paid_and_60001_is_not() -> None:
    assert payable(59_999, 1) == 1 and payable(60_000, 1) == 0 and payable(59_998, 5) == 2
    assert paid_of(59_998, ["1084", "1081", "1084"]) == {"1084": 1, "1081": 1}
    assert CAP == printed("target.reported", date(2025, 11, 4)) == 60_000


def test_groups__add_up_to_18262_and_187_are_of_no_group() -> None:
    samples = HISTORY.under("groups.samples.", END_2023)

    assert len(samples) == 17 and sum(samples.values()) == 18_262
    assert 18_262 + 187 == printed("genomes.clinical") == 18_449


def test_uptime__of_99_2_per_cent_is_70_1_hours_down() -> None:
    assert value(END_2023, "uptime_percent") == 99.2 and value(END_2023, "uptime_hours_down") == 70.1
    assert hours_down(Decimal("99.95"), 2020) == 4.4


def test_table_1__comes_back_as_printed() -> None:
    told = on(END_2023)

    assert told["pipelines"].value == 13 and told["tools"].value == 3 and told["research_groups"].value == 8
    assert told["clouds"].value == {
        "managed": 65, "self_managed": 18, "production_external": 5, "pipeline_test": 22, "ready": 27, "testing": 2_700,
    }  # fmt: skip
    assert told["patient_groups_included"].value == 17
    assert told["patient_groups_approved"].value is None and "2022-12-31" in told["patient_groups_approved"].because
    assert value(date(2022, 12, 31), "patient_groups_approved") == 12


def test_translate__802_answers_of_which_a_quarter_positive_are_about_200() -> None:
    assert printed("translate.answers") * printed("translate.positive") / 100 == Decimal("200.5")


def test_figure__that_cannot_be_known_is_none_with_a_reason_and_never_0() -> None:
    for day in (date(2019, 6, 1), date(2023, 6, 30), date(2026, 11, 27)):
        for name, figure in on(day).items():
            assert (figure.value is None) == bool(figure.because), (day, name)
            assert figure.value != 0 or name == "patient_groups_pending", (day, name)
    assert value(date(2026, 1, 1), "genomes") == 53_473 and value(date(2026, 1, 1), "genomes_by_source") is None


def test_measures__called_60000_are_three_and_have_three_names() -> None:
    told = {name: [one.value for one in HISTORY.series(f"target.{name}")]
            for name in ("reported", "equivalents", "sequencings")}  # fmt: skip

    assert told == {"reported": [60_000], "equivalents": [60_000], "sequencings": [60_000]}
    assert value(SEPTEMBER, "genomes") == 53_473 and value(SEPTEMBER, "genome_equivalents") is None
