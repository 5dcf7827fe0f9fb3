"""What runs beside the server, every minute until it stops: the log is signed, copied and looked at, what its rules
find is raised though nobody opens the desk, and files of people who left that could not be deleted are tried again."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from embla.answers import catch_up as follow_up
from embla.errors import Unavailable
from embla.federation import sweep_spending
from embla.oversight import catch_up
from embla.platform import House
from embla.structural import seal_waiting
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
            for task in (_log, _send, _watch, _leavers, _seal, _follow_up, _spending):
                try:
                    task(house)
                except Exception:
                    log.exception("a round of the worker failed")

    lines = house.log_sender.lines if house.log_sender is not None else None
    if lines is not None:
        logging.getLogger().addHandler(lines)
    thread = threading.Thread(target=rounds, name="embla-worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        if lines is not None:
            logging.getLogger().removeHandler(lines)


def _log(house: House) -> None:
    told = house.log.tick(house.clock())
    if not told.intact:
        log.critical("the event log is not intact: %s at entry %s", told.fault, told.first_wrong)


def _send(house: House) -> None:
    """What is new in the log, to the machine that collects it. One that is away gets it later."""
    if house.log_sender is not None:
        try:
            house.log_sender.send(house.clock())
        except Unavailable as error:
            log.warning("the log was not sent: %s", error)


def _watch(house: House) -> None:
    """A bounded part of the log, so that a round never takes long; the next one goes on."""
    looked_at = catch_up(house, batches=BATCHES)
    log.debug("%d entries of the log were looked at", looked_at)


def _leavers(house: House) -> None:
    delete_bodies(house)


def _seal(house: House) -> None:
    """Structural rows of before there were keys; nothing once all are sealed."""
    done = seal_waiting(house)
    if done:
        log.info("the structural rows of %d genomes were sealed", done)


def _spending(house: House) -> None:
    """What readers asked before the window of their budgets is forgotten."""
    sweep_spending(house)


def _follow_up(house: House) -> None:
    """News about variants, panels, profiles and genomes to those who treat; and the clocks of what waits."""
    told = follow_up(house, batches=BATCHES)
    if told.news or told.escalated:
        log.info("%d news opened %d follow-ups; %d were escalated", told.news, told.opened, told.escalated)
    if told.aside:
        log.error("%d entries of the log wait, as their follow-ups could not be worked out", told.aside)
