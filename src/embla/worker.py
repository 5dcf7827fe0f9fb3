"""What runs beside the server, every minute until it stops: the log is signed, copied and looked at."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from embla.platform import House

SECONDS = 60.0
log = logging.getLogger("embla.worker")


@contextmanager
def working(house: House, *, seconds: float = SECONDS) -> Iterator[None]:
    """Work in a thread of its own as long as this lasts. A round that fails is logged, and the next one comes."""
    stop = threading.Event()

    def rounds() -> None:
        while not stop.wait(seconds):
            try:
                told = house.log.tick(house.clock())
            except Exception:
                log.exception("a round of the worker failed")
                continue
            if not told.intact:
                log.critical("the event log is not intact: %s at entry %s", told.fault, told.first_wrong)

    thread = threading.Thread(target=rounds, name="embla-worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
