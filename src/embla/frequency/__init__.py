"""How often a variant occurs in the nation: cohorts, live counts, releases, annotation.

Owns: named cohorts, `Answer` and its parts, releases (frozen, numbered, on disk under `releases/<number>/`), FAF and grpmax
over groups, the tables of releases. Words: *release* = frozen public state, cut without opted-out persons; *live* = the
store as it is now, for a signed-in clinician with an open case, each answer an event before the numbers leave.
Never knows: pages, who may sign in, how calls were read. Open numbers come from a release only and pass
`embla.disclosure.suppress`; live numbers are exact.
Start at `model/answers.py`, then `service.py` (open) and `live.py`.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.frequency.live import live_answer
    from embla.frequency.model.answers import (
        Answer,
        BatchLine,
        Cover,
        Grpmax,
        HowCounted,
        LeaveOut,
        RegionAnswer,
        ReleaseInfo,
    )
    from embla.frequency.releases import Releases, cut_release
    from embla.frequency.service import annotate_file, open_answer, open_batch, open_region

__all__ = [
    "Answer",
    "BatchLine",
    "Cover",
    "Grpmax",
    "HowCounted",
    "LeaveOut",
    "RegionAnswer",
    "ReleaseInfo",
    "Releases",
    "annotate_file",
    "cut_release",
    "live_answer",
    "open_answer",
    "open_batch",
    "open_region",
]

_ANSWERS = "Answer BatchLine Cover Grpmax HowCounted LeaveOut RegionAnswer ReleaseInfo".split()

__getattr__ = lazy(
    __name__,
    dict.fromkeys(_ANSWERS, "model.answers")
    | dict.fromkeys(["open_answer", "open_batch", "open_region", "annotate_file"], "service")
    | {"live_answer": "live", "Releases": "releases", "cut_release": "releases"},
)
