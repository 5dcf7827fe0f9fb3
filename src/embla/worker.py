"""What runs beside the server, every minute until it stops: the log is signed, copied and looked at, what its rules
find is raised though nobody opens the desk, and files of people who left that could not be deleted are tried again."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from embla.oversight import catch_up
from embla.platform import House
from embla.vault import delete_bodies

SECONDS = 60.0
# Of two thousand entries each.
BATCHES = 5
log = logging.getLogger("embla.worker")


@contextmanager
def working(house: House, *, seconds: float = SECONDS) -> Iterator[None]:
    """Work in a thread of its own as long as this lasts. A round that fails is logged, and the next one comes."""
    stop = threading.Event()

    def rounds() -> None:
        while not stop.wait(seconds):
            for task in (_log, _watch, _leavers):
                try:
                    task(house)
                except Exception:
                    log.exception("a round of the worker failed")

    thread = threading.Thread(target=rounds, name="embla-worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _log(house: House) -> None:
    told = house.log.tick(house.clock())
    if not told.intact:
        log.critical("the event log is not intact: %s at entry %s", told.fault, told.first_wrong)


def _watch(house: House) -> None:
    """A bounded part of the log, so that a round never takes long; the next one goes on."""
    looked_at = catch_up(house, batches=BATCHES)
    log.debug("%d entries of the log were looked at", looked_at)


def _leavers(house: House) -> None:
    delete_bodies(house)
