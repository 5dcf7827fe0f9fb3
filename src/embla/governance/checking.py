"""Does what is shown follow from the log alone? Ledger against its entries, kept state against a fold from scratch."""

from typing import TYPE_CHECKING, Any

from embla.errors import Broken
from embla.governance.standing import read_board
from embla.governance.writing import check_against_log

if TYPE_CHECKING:
    from embla.platform import House


def check_board(house: "House") -> dict[str, Any]:
    """{entries, events}: how many were held against each other. Broken names the first difference."""
    with house.database.reading() as connection:
        entries = check_against_log(connection)
        kept, _ = read_board(connection)
        scratch, _ = read_board(connection, scratch=True)
    if kept.to_json() != scratch.to_json():
        told, whole = kept.to_json(), scratch.to_json()
        first = next(name for name in whole if whole[name] != told[name])
        raise Broken(f"The kept figures differ from the log's in '{first}'.", mend="Empty the table board_fold.")
    return {"entries": entries, "events": scratch.seen}
