"""Structural variants, copy numbers and repeats: three kinds of their own, each with its identity and denominator.

Owns: reading callers' VCFs (Manta, DELLY, Sniffles, GRIDSS; DRAGEN, GATK-gCNV, CNVnator; ExpansionHunter, STRipy,
GangSTR), when two calls are one event, clusters across genomes, repeat-count histograms, and what of them a release
publishes. Words: `kind` sv, cnv or str; *cluster* = calls of one event; *centre* = the call that stands for it; *looked
at* = where a kind was called, which alone makes a denominator; a kind that was not called is `not_loaded`.
Coordinates are boundaries, 0-based (model/values.py). Never knows: who asks, what a page looks like.
Start at model/matching.py, then model/counting.py, model/repeats.py, gathering.py, releasing.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.structural.across import Event, events_of_all, events_over
    from embla.structural.gathering import Called, called, clusters_in, loci_in, looked_without
    from embla.structural.model.counting import Cluster, Tally
    from embla.structural.model.matching import MAX_DISTANCE, distance, matches
    from embla.structural.model.opening import POLICY, Bar, bars_of, count_of, open_count
    from embla.structural.model.repeats import Histogram, Locus
    from embla.structural.model.values import KIND_NAMES, KINDS, CallerSet, Kind, Type
    from embla.structural.reading.files import read_caller_file
    from embla.structural.releasing import Part, Shown, keep_release, prepare_release, published_in
    from embla.structural.sealing import seal_waiting
    from embla.structural.store import callers_of, content_of, drop_genomes, drop_person, keep_set

_WHERE = {
    "across": "Event events_of_all events_over",
    "gathering": "Called called clusters_in loci_in looked_without",
    "model.counting": "Cluster Tally",
    "model.matching": "MAX_DISTANCE distance matches",
    "model.opening": "POLICY Bar bars_of count_of open_count",
    "model.repeats": "Histogram Locus",
    "model.values": "KIND_NAMES KINDS CallerSet Kind Type",
    "reading.files": "read_caller_file",
    "releasing": "Part Shown keep_release prepare_release published_in",
    "sealing": "seal_waiting",
    "store": "callers_of content_of drop_genomes drop_person keep_set",
}

__all__ = [
    "Bar", "Called", "CallerSet", "Cluster", "Event", "Histogram", "KINDS", "KIND_NAMES", "Kind", "Locus",
    "MAX_DISTANCE", "POLICY", "Part", "Shown", "Tally", "Type", "bars_of", "called", "callers_of", "clusters_in",
    "content_of", "count_of", "distance", "drop_genomes", "drop_person", "events_of_all", "events_over",
    "keep_release", "keep_set", "loci_in", "looked_without", "matches", "open_count", "prepare_release",
    "published_in", "read_caller_file", "seal_waiting",
]  # fmt: skip

__getattr__ = lazy(__name__, {name: module for module, names in _WHERE.items() for name in names.split()})
