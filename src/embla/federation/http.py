"""The doors of this node."""

from fastapi import APIRouter

from embla.federation.beacon import http as beacon
from embla.federation.beacon import sensitive
from embla.federation.catalogue import http as catalogue
from embla.federation.refget import http as refget


def routers() -> tuple[APIRouter, ...]:
    """One for each standard that is spoken."""
    return (beacon.router, sensitive.router, catalogue.router, refget.router)
