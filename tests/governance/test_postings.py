"""Postings of the accounts: tried dry, then posted once; what cannot be read is refused whole."""

import json
from decimal import Decimal
from typing import Any

import pytest

from embla.errors import BadInput
from embla.governance import view
from embla.governance.posting import import_postings
from embla.platform import OPERATOR, House

CSV = "Dato;Konto;Beloeb;Bilag\n03-02-2026;2210;1.234,50;B1\n04-02-2026;2210;-34,50;B2\n"
MAP = json.dumps(
    {
        "year": 2026,
        "date_format": "%d-%m-%Y",
        "lines": {"2210": "HPC"},
        "columns": {"day": "Dato", "account": "Konto", "amount": "Beloeb", "reference": "Bilag"},
    }
)


def test_postings__are_tried_dry_then_posted_once(decided: House) -> None:
    dry = import_postings(decided, OPERATOR, CSV, MAP, dry_run=True)
    assert (dry.new, dry.amount, dry.written) == (2, Decimal("1200.00"), False)
    assert view(decided).budget(2026).spend is None

    import_postings(decided, OPERATOR, CSV, MAP, dry_run=False)
    again = import_postings(decided, OPERATOR, CSV, MAP, dry_run=False)
    assert (again.new, again.there) == (0, 2)
    told = view(decided).budget(2026)
    assert (told.spend, told.rest) == (Decimal(1200), Decimal(-1100))


def test_postings__with_a_fault_are_all_refused_and_each_fault_has_its_line(decided: House) -> None:
    bad = CSV + "05-02-2026;9999;1,00;B3\n05-02-2025;2210;1,00;B4\n05-02-2026;2210;1e5;B5\n05-02-2026;2210;1,00;B1\n"

    with pytest.raises(BadInput) as told:
        import_postings(decided, OPERATOR, bad, MAP, dry_run=False)

    assert [line.partition(":")[0] for line in told.value.message.splitlines()] == [f"line {n}" for n in (4, 5, 6, 7)]
    assert not list(view(decided).ledger.of("posting"))


@pytest.mark.parametrize("amount", ["1.50", "1.5", "12.34,00", "1,234.50", ",5", "1.234.5", ""])
def test_postings__of_another_countrys_decimals_are_refused_and_never_read_as_a_hundredfold(
    decided: House, amount: str
) -> None:
    with pytest.raises(BadInput, match=r"line 2: .* is no amount as 1\.234,50"):
        import_postings(decided, OPERATOR, f"{CSV.splitlines()[0]}\n05-02-2026;2210;{amount};B9\n", MAP, dry_run=False)

    assert not list(view(decided).ledger.of("posting"))


@pytest.mark.parametrize(
    "wrong", [{"delimiter": '"'}, {"delimiter": "\n"}, {"delimiter": 1}, {"date_format": 5}, {"decimal": ["."]}]
)
def test_postings__with_a_mapping_that_makes_no_sense_are_refused(decided: House, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="mapping"):
        import_postings(decided, OPERATOR, CSV, json.dumps(json.loads(MAP) | wrong), dry_run=True)
    with pytest.raises(BadInput, match="mapping"):
        import_postings(decided, OPERATOR, CSV, "[" * 100_000, dry_run=True)


def test_postings__with_a_cell_that_no_reader_takes_are_refused(decided: House) -> None:
    with pytest.raises(BadInput, match="line 3"):
        import_postings(decided, OPERATOR, CSV.replace("B2", "x" * 200_000), MAP, dry_run=True)
