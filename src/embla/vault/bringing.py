"""What an older Embla left plain comes under keys; and the check of a store whose keys the vault holds."""

import re
from collections.abc import Iterator
from typing import Final

from embla.platform import House, current_manifest
from embla.vault.service import Vault

_OLD: Final = re.compile(r"[0-9a-f]{2}/([0-9a-f]{64})")
_CHUNK: Final = 1 << 20


def bring_in(vault: Vault) -> tuple[int, int]:
    """Encrypt plain files and packs of an older home; returns how many of each. A plain file goes once its encrypted
    one was read back."""
    house, files = vault.house, 0
    for name in house.files.list():
        old = _OLD.fullmatch(name)
        if old is None:
            continue
        vault.put(_pieces(house, name), old[1])
        house.files.delete(name)
        files += 1
    with house.store.writing(), house.database.reading() as connection:
        view = house.view(connection)
    with house.store.writing():
        live = {segment.table.pack(ordinal) for _, segment, ordinal in view.live()}
        packs = house.store.packs.seal_plain(live)
        house.store.give_keys_to_owner()
    return files, packs


def problems_of_store(house: House, *, recount: bool = False) -> list[str]:
    """Everything that is wrong with the home's cohort store, in sentences."""
    from embla.genotypes import verify

    with house.database.reading() as connection:
        pointer = current_manifest(connection)
    return list(verify(house.store, pointer, recount=recount))


def _pieces(house: House, name: str) -> Iterator[bytes]:
    start = 0
    while piece := house.files.read(name, start, _CHUNK):
        yield piece
        start += len(piece)
