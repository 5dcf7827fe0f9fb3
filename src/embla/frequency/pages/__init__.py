"""Open pages of this room: search, variant, gene, region, many variants, releases, how it works; and the live count.

Each endpoint parses, asks one service, renders. What a page shows beyond the answer itself is worked out in `words.py`
(names), `places.py` (exon, intron), `tables.py` (rows, order, twins) and `drawings.py` (SVG); templates have loops and
ifs only. `asking.py` alone calls the services. Used by `embla.app`, and by nothing else.
"""

from pathlib import Path

from fastapi import APIRouter

from embla.frequency.pages.asking import frame, newest_release
from embla.frequency.pages.examples import example
from embla.frequency.pages.retold import SHAPES

TEMPLATES = Path(__file__).parent.parent / "templates"


def routers() -> tuple[APIRouter, ...]:
    """Everything to mount, in the order to be tried."""
    from embla.frequency.http import router as for_programs
    from embla.frequency.pages import about, batch, changing, live, search, stretch, variant
    from embla.frequency.structural_http import router as structural_for_programs

    own = (stretch, search, batch, about, changing, live)
    # Every route before the right one costs a match: what is asked most goes first.
    return (variant.router, for_programs, structural_for_programs, *(module.router for module in own))


__all__ = ["SHAPES", "TEMPLATES", "example", "frame", "newest_release", "routers"]
