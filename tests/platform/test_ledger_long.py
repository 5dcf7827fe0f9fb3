"""Long logs: ten million entries, made as they are read, so that no disk is filled."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from embla.errors import Broken
from embla.platform import Keyring, audit
from embla.platform.ledger.audit import Header
from embla.platform.ledger.entry import FIRST_HASH, entry_bytes, entry_hash
from embla.platform.ledger.merkle import Tree, leaf_hash
from tests.support.homes import START

PIECE = 10_000


class MadeLog:
    """A log of `size` entries, signed every PIECE; entry `bent` is not the one that was signed."""

    def __init__(self, keyring: Keyring, size: int) -> None:
        self.keyring, self.size, self.bent = keyring, size, 0
        self.signed: list[bytes] = []
        head, tree = FIRST_HASH, Tree()
        for batch, head in self._entries():
            tree.extend([leaf_hash(entry) for entry in batch])
            says = {"log": "long", "size": tree.size, "root": tree.root().hex(), "head": head}
            at = START + timedelta(seconds=tree.size)
            self.signed.append(keyring.sign("checkpoint", says, at=at).text().encode())
        self.header = Header("long", size, head)

    def batches(self) -> Iterator[list[bytes]]:
        for at, (batch, _) in enumerate(self._entries()):
            place = self.bent - 1 - at * PIECE
            if self.bent and 0 <= place < PIECE:
                batch[place] = batch[place].replace(b"ann", b"eve")
            yield [*batch, self.signed[at]]

    def _entries(self) -> Iterator[tuple[list[bytes], str]]:
        previous = FIRST_HASH
        for start in range(0, self.size, PIECE):
            batch = []
            for number in range(start + 1, start + PIECE + 1):
                batch.append(
                    entry_bytes((number, "2026-03-02T09:00:00.000000Z", "ann", "k", "s", number, "{}", previous))
                )
                previous = entry_hash(batch[-1])
            yield batch, previous


@pytest.mark.parametrize(
    ("size", "bent"), [(200_000, 154_321), pytest.param(10_000_000, 9_876_543, marks=pytest.mark.deep)]
)
def test_audit__of_a_long_log_finds_the_one_entry(tmp_path: Path, size: int, bent: int) -> None:
    keyring = Keyring.of_home(tmp_path)
    keyring.prepare(START)
    made = MadeLog(keyring, size)
    assert audit(made, keyring.public).signed == size

    made.bent = bent

    with pytest.raises(Broken) as told:
        audit(made, keyring.public)
    assert (told.value.facts["fault"], told.value.facts["number"]) == ("edited", bent)
