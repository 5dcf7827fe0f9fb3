"""Deposit certificates in the demo: each laboratory has one for the package that it sent first."""

from embla.demo.people import LABORATORIES
from embla.errors import Refused
from embla.platform import Actor, House
from embla.submission import certify_deposit, list_submissions


def certify_some(house: House) -> int:
    """Read the files of one package of each laboratory again, and sign; how many."""
    done = 0
    for laboratory in LABORATORIES.values():
        with house.database.reading() as connection:
            found = list_submissions(connection, laboratory=laboratory, state="accepted", limit=5).items
        for one in found:
            try:
                certify_deposit(house, Actor(f"lab-{laboratory}", frozenset({"lab"}), laboratory), one.id)
            except Refused:  # the person of this package withdrew: its files are gone
                continue
            done += 1
            break
    return done
