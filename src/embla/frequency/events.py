"""The structural events that fit an allele which is not spelled out in bases, as `chr1-1000-A-<DEL>-2000`.

Where its end (of an insertion its length) is said, an event fits by the rule that makes clusters
(`structural.matches`), held against the event's centre. Where it is not said, every event of that type fits that begins
within 500 bases. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from embla.frequency.structural import MAX_SHOWN, Event, StructuralAnswer, event_name
from embla.genome import GRCH38, Region, Variant
from embla.genotypes import Count
from embla.structural import KIND_NAMES, MAX_DISTANCE, Kind, Type, distance, matches

# What a symbolic allele may be called -> types of events, kinds that have them.
_BOTH: Final[tuple[Kind, ...]] = ("sv", "cnv")
_MEANT: Final[dict[str, tuple[tuple[Type, ...], tuple[Kind, ...]]]] = {
    "DEL": ((Type.DEL,), _BOTH),
    "DUP": ((Type.DUP,), _BOTH),
    "INV": ((Type.INV,), ("sv",)),
    "INS": ((Type.INS,), ("sv",)),
    "CNV": ((Type.DEL, Type.DUP), ("cnv",)),
}
_NAMED: Final = 5


@dataclass(frozen=True)
class LookedUp:
    """`headline` None: no event fits, or nobody was looked at for such events. Its ac and af are None where several
    fit. `people`: those who were looked at for the event that was counted. `kinds` for which anybody was."""

    headline: Count | None
    events: tuple[Event, ...]
    people: int
    notes: tuple[str, ...]
    kinds: tuple[Kind, ...] = ()


def looked_up(asked: Variant, region: Callable[[Region], StructuralAnswer]) -> LookedUp:
    """The events that fit, nearest first; `region` gives all that a stretch has, as the reader may see it: of a part
    nobody could say that none fits."""
    meant = _meant(asked)
    if meant is None:
        return LookedUp(None, (), 0, ("Ask for the region: junctions and repeats are listed there.",))
    answers = [region(stretch) for stretch in _stretches(asked)]
    people = {one.kind: one.people for answer in answers for one in answer.kinds if one.kind in meant[1]}
    called = [kind for kind in meant[1] if people[kind]]
    if not called:
        return LookedUp(None, (), 0, ("Nobody was looked at for such events.",))
    there = {(one.kind, event_name(one.cluster)): one for answer in answers for one in answer.events}
    fitting = sorted(
        (one for one in there.values() if one.kind in called and one.cluster.type in meant[0] and _fits(asked, one)),
        key=lambda one: (called.index(one.kind), _apart(asked, one), one.name),
    )
    if not fitting:
        said = " and ".join(f"{KIND_NAMES[kind]} of {people[kind]:,} people" for kind in called)
        return LookedUp(None, (), 0, (f"No event here fits. Looked for: {said}.",), tuple(called))
    own = [one for one in fitting if one.kind == fitting[0].kind]
    if len(fitting) == 1 or (asked.span and (len(own) == 1 or _nearer(asked, own))):
        # With its ends said, the nearest of the kind that is known by breakpoints; the others are listed beside it.
        one = fitting[0]
        headline = replace(one.count, pos=asked.pos, ref=asked.ref, alt=asked.alt)
        note = f"Counted as the event {one.name}."
        if len(own) > 1:
            note = f"Counted as the event {one.name}, the nearest of {len(own)} that fit."
        return LookedUp(headline, tuple(fitting), one.people, (note,))
    return LookedUp(_several(asked, fitting), tuple(fitting[:MAX_SHOWN]), 0, (_choices(fitting),))


def fits_call(asked: Variant, call: Any, kind: Kind) -> bool:
    """Does one person's call (a row of CALL on the contig that was asked) fit, as an event with it for centre would?"""
    meant, kind_of_call = _meant(asked), Type(int(call["type"]))
    if meant is None or kind_of_call not in meant[0]:
        return False
    if not asked.span:
        return abs(int(call["start"]) - asked.pos) <= MAX_DISTANCE
    place = _place(asked, kind_of_call)
    own = {name: call[name] for name in ("start", "end", "length", "ci")}
    return matches(place, place | own, cnv=kind == "cnv")


def _meant(asked: Variant) -> tuple[tuple[Type, ...], tuple[Kind, ...]] | None:
    if not asked.alt.startswith("<") or ":TR" in asked.alt.upper():
        return None
    return _MEANT.get(asked.alt.strip("<>").split(":")[0].upper())


def _stretches(asked: Variant) -> list[Region]:
    """Where whatever fits lies: around its start; of segments that cover four fifths of it, in its middle."""
    length = GRCH38.contig(asked.contig).length
    near = Region(asked.contig, max(0, asked.pos - MAX_DISTANCE - 1), min(length, asked.pos + MAX_DISTANCE + 1))
    if not asked.span or asked.is_insertion:
        return [near]
    middle = min(asked.pos + asked.span // 2, length - 1)
    return [near, Region(asked.contig, middle, middle + 1)]


def _fits(asked: Variant, one: Event) -> bool:
    if asked.span:
        return matches(_place(asked, one.cluster.type), _centre(one), cnv=one.kind == "cnv")
    return one.cluster.contig == asked.contig and abs(one.cluster.start - asked.pos) <= MAX_DISTANCE


def _apart(asked: Variant, one: Event) -> int:
    return distance(_place(asked, one.cluster.type), _centre(one))


def _nearer(asked: Variant, fitting: list[Event]) -> bool:
    return _apart(asked, fitting[0]) < _apart(asked, fitting[1])


def _place(asked: Variant, what: Type) -> dict[str, Any]:
    """What was asked as a call of this type: VCF's POS is the base before, so boundaries are POS and END."""
    return {
        "contig": asked.contig, "mate": asked.contig, "type": what, "strands": 0, "start": asked.pos,
        "end": asked.end if asked.span else asked.pos, "length": asked.span if what is Type.INS else 0,
        "ci": (0, 0, 0, 0),
    }  # fmt: skip


def _centre(one: Event) -> dict[str, Any]:
    cluster = one.cluster
    return {
        "contig": cluster.contig, "mate": cluster.mate, "type": cluster.type, "strands": 0, "start": cluster.start,
        "end": cluster.end, "length": cluster.length, "ci": (0, 0, 0, 0),
    }  # fmt: skip


def _several(asked: Variant, fitting: list[Event]) -> Count:
    """Somebody has one of them; which is for the reader to say, so there is no number."""
    seen = any(one.count.status == "observed" for one in fitting)
    return replace(
        fitting[0].count, pos=asked.pos, ref=asked.ref, alt=asked.alt, status="observed" if seen else "suppressed",
        ac=None, an=None, af=None, nhet=None, nhomalt=None, nhemi=None, nfail=None, faf95=None, faf99=None,
        af_upper95=None, raw=None, notes=(),
    )  # fmt: skip


def _choices(fitting: list[Event]) -> str:
    names = ", ".join(one.name for one in fitting[:_NAMED])
    more = f" and {len(fitting) - _NAMED} more" if len(fitting) > _NAMED else ""
    return f"{len(fitting)} events fit: {names}{more}. Ask for one of them, or for the region."
