"""What workers hand to the driver through the store: files under `work/TOKEN/`, each read once, checked, and deleted.

A job that is done twice (its worker was thought dead) writes another file, and the driver reads the one that it was
told of. What a dead driver left is swept with everything else that no state names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex

from embla.errors import Broken, EmblaError
from embla.genotypes.tidying import WORK
from embla.storage import Storage


@dataclass(frozen=True)
class Handed:
    """A file in `work/`: its name, its SHA-256, and the sizes of the parts it is made of."""

    name: str
    digest: str
    sizes: tuple[int, ...]


def hand_over(storage: Storage, token: str, parts: Iterable[bytes | memoryview]) -> Handed:
    """Write parts one after another. On a worker."""
    digest = sha256()
    sizes: list[int] = []

    def watched() -> Iterator[bytes]:
        for part in parts:
            digest.update(part)
            sizes.append(len(part))
            yield bytes(part)

    file = f"{WORK}{token}/{token_hex(8)}"
    storage.put(file, watched())
    return Handed(file, digest.hexdigest(), tuple(sizes))


def receive(storage: Storage, handed: Handed) -> list[memoryview]:
    """The parts. Raises Broken when the bytes are not those that were handed over. On the driver."""
    data = storage.open(handed.name)
    if sha256(data).hexdigest() != handed.digest:
        raise Broken(f"{handed.name} does not match its hash.", mend="Check the shared disk, and run it again.")
    parts, at = [], 0
    for size in handed.sizes:
        parts.append(data[at : at + size])
        at += size
    return parts


def delete_handed(storage: Storage, handed: Iterable[Handed]) -> None:
    """They were read for the last time."""
    for one in handed:
        storage.delete(one.name)


@contextmanager
def working(storage: Storage) -> Iterator[str]:
    """A token for this work; what is left under it is deleted at the end, as far as that works."""
    token = token_hex(8)
    try:
        yield token
    finally:
        with suppress(EmblaError):
            for name in storage.list(f"{WORK}{token}/"):
                storage.delete(name)
