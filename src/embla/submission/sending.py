"""Sending many packages from the command line: to a server some at a time, or into the home here."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from embla.submission.client import Client
from embla.submission.model.acknowledgement import Acknowledgement
from embla.submission.model.finding import PackageRefused
from embla.submission.sealed import is_sealed, receive_sealed

if TYPE_CHECKING:
    from embla.platform import House

Told = Callable[[int, int], None]  # how much is done, of how much
Outcome = tuple[int, Acknowledgement | PackageRefused]


class Meter:
    """Adds up how far each of many files is, from any thread."""

    def __init__(self, told: Told, total: int) -> None:
        self._told, self._total = told, total
        self._done: dict[Path, int] = {}
        self._lock = Lock()

    def __call__(self, path: Path, done: int, of: int) -> None:
        with self._lock:
            self._done[path] = done
            self._told(min(sum(self._done.values()), self._total), self._total)


def sent_to_server(client: Client, packages: Sequence[Path], told: Told, *, parallel: int) -> Iterator[Outcome]:
    """Each package with its outcome, in the order in which they were decided.

    A server that stays away ends it: what was acknowledged was given before, and the rest may be sent again.
    """
    meter = Meter(told, sum(file.stat().st_size for folder in packages for file in folder.rglob("*") if file.is_file()))
    with ThreadPoolExecutor(parallel) as pool:
        waiting: dict[Future[Acknowledgement], int] = {}
        places = iter(range(len(packages)))
        while True:
            # No more at once than are worked on: after an error nothing further is begun.
            for place in places:
                waiting[pool.submit(client.send, packages[place], meter)] = place
                if len(waiting) >= parallel:
                    break
            if not waiting:
                return
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                place = waiting.pop(future)
                try:
                    yield place, future.result()
                except PackageRefused as refused:
                    yield place, refused


def sent_here(house: "House", packages: Sequence[Path], told: Told) -> Iterator[Outcome]:
    """Into the home on this machine, some dozens of genomes to a commit; encrypted packages one by one."""
    from embla.platform import OPERATOR
    from embla.submission.receive import receive_many
    from embla.submission.sweep import tend

    sealed = [place for place, folder in enumerate(packages) if is_sealed(folder)]
    plain = [place for place in range(len(packages)) if place not in sealed]
    done = 0
    for place, outcome in receive_many(house, OPERATOR, [packages[place] for place in plain]):
        done += 1
        told(done, len(packages))
        yield plain[place], outcome
    for place in sealed:
        try:
            taken: Acknowledgement | PackageRefused = receive_sealed(house, OPERATOR, packages[place])
        except PackageRefused as refused:
            taken = refused
        done += 1
        told(done, len(packages))
        yield place, taken
    tend(house)
