"""How often a variant occurs in the nation: cohorts, live counts, releases, annotation.

Owns: who is counted (`model/cohorts.py`), `Answer` and its parts, releases (frozen, numbered, files under
`releases/<number>/` and a row each), FAF and grpmax over groups. Words: *release* = frozen public state, cut without
opted-out persons; *live* = the store as it is now, for a signed-in clinician with an open case, each answer an event
before the numbers leave; *stratum* = one cohort of a release; *part* = its total or one of its tables, which keeps its
*source*'s numbers as long as few people differ.
Never knows: pages' wording, who may sign in, how calls were read. Open numbers come from a release only and pass
`embla.disclosure.suppress`; live numbers are exact.
Start at model/answers.py, then service.py (open), live.py, cutting.py; model/moving.py says which numbers may change.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.frequency.annotating import annotate_file
    from embla.frequency.cutting import changed_since, cut_release
    from embla.frequency.freezing import make_freeze, tell_research_freeze
    from embla.frequency.handing import hand_over, hand_over_mininode, membership_power, tell_release_file
    from embla.frequency.leaving import Waiting, overdue, refuse_withheld, waiting
    from embla.frequency.listing import Listed, Listing
    from embla.frequency.live import live_answer
    from embla.frequency.members import (
        InRelease,
        Membership,
        membership,
        people_of_release,
        releases_in_order,
        releases_with,
    )
    from embla.frequency.mininode import country_of, genotype_alleles
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
    from embla.frequency.releases import Release, Releases, threshold
    from embla.frequency.service import normal_form, open_answer, open_batch, open_region
    from embla.frequency.structural import StructuralEvent, open_structural

__all__ = [
    "Answer",
    "BatchLine",
    "Cover",
    "Grpmax",
    "HowCounted",
    "InRelease",
    "LeaveOut",
    "Listed",
    "Listing",
    "Membership",
    "RegionAnswer",
    "Release",
    "ReleaseInfo",
    "Releases",
    "StructuralEvent",
    "Waiting",
    "annotate_file",
    "changed_since",
    "country_of",
    "cut_release",
    "genotype_alleles",
    "hand_over",
    "hand_over_mininode",
    "live_answer",
    "make_freeze",
    "membership",
    "membership_power",
    "normal_form",
    "open_answer",
    "open_batch",
    "open_region",
    "open_structural",
    "overdue",
    "people_of_release",
    "refuse_withheld",
    "releases_in_order",
    "releases_with",
    "tell_release_file",
    "tell_research_freeze",
    "threshold",
    "waiting",
]

_WHERE = {
    "model.answers": "Answer BatchLine Cover Grpmax HowCounted LeaveOut RegionAnswer ReleaseInfo",
    "annotating": "annotate_file",
    "cutting": "changed_since cut_release",
    "freezing": "make_freeze tell_research_freeze",
    "handing": "hand_over hand_over_mininode membership_power tell_release_file",
    "mininode": "country_of genotype_alleles",
    "listing": "Listed Listing",
    "leaving": "Waiting overdue refuse_withheld waiting",
    "live": "live_answer",
    "members": "InRelease Membership membership people_of_release releases_in_order releases_with",
    "releases": "Release Releases threshold",
    "structural": "StructuralEvent open_structural",
    "service": "normal_form open_answer open_batch open_region",
}

__getattr__ = lazy(__name__, {name: module for module, names in _WHERE.items() for name in names.split()})
