"""Which pseudonyms the house may use: those whose registration is in its log.

The zone commits first, the log second. A process that dies between the two leaves a pseudonym that nobody has seen;
registering the same number again finds it and logs it then. So the two databases never disagree about who somebody is.
"""

from typing import Final

from sqlalchemy import Connection

from embla.platform import has_event

REGISTERED: Final = "identity-registered"


def is_issued(connection: Connection, person: str) -> bool:
    """True when the log of this (the house's) database says that the zone gave this pseudonym."""
    return has_event(connection, f"person:{person}", REGISTERED)
