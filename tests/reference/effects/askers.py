"""Alleles to ask about, and stand-ins for csq that refuse, hang or wait."""

from collections.abc import Mapping
from random import Random
from threading import Event
from typing import Any

from embla.errors import Unavailable
from embla.genome import Variant
from embla.reference import Genes, Reference, demo_reference_paths
from embla.reference.beside import Beside, Unanswered

PATHS = demo_reference_paths()
DELETION = Variant("chr21", 43_774_279, "GGA", "G")
SPLICE = Variant("chr21", 43_774_760, "C", "G")


def drawn(count: int, reference: Reference, genes: Genes) -> list[Variant]:
    """Alleles in and beside exons of the slice, by chance: changes of one base, deletions and insertions."""
    dice, found = Random(5), []
    while len(found) < count:
        transcript = dice.choice(dice.choice(genes.all).transcripts)
        first, last = dice.choice(transcript.exons)
        start, size = dice.randrange(first - 12, last + 12), dice.choice([1, 1, 2, 3, 6, 7])
        bases = reference.fetch("chr21", start, start + size + 1)
        if set(bases) - set("ACGT"):
            continue
        new = "".join(dice.choice("ACGT") for _ in range(size))
        ref, alt = dice.choice([(bases[0], new[0]), (bases, bases[0]), (bases[0], bases[0] + new)])
        if ref != alt:
            found.append(Variant("chr21", start + 1, ref, alt))
    return found


class Refusing:
    """csq that cannot read one allele, or is away."""

    def __init__(self, real: Beside, never: Variant) -> None:
        self.real, self.never, self.away, self.asked = real, never, False, 0

    def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked += 1
        if self.away:
            raise Unavailable("away")
        if f"\t{self.never.ref}\t{self.never.alt}\t" in question["records"]:
            return {"error": 256}
        return self.real.ask(question)


class Hanging:
    """csq that one allele hangs, as a server's process beside would tell it."""

    def __init__(self, real: Beside, *hangs: Variant) -> None:
        self.real, self.hangs, self.asked = real, hangs, 0

    def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked += 1
        if any(f"\t{one.ref}\t{one.alt}\t" in question["records"] for one in self.hangs):
            raise Unanswered("late")
        return self.real.ask(question)


def without_memory(*_: object) -> bytes:
    raise MemoryError


class Held:
    """csq whose first question waits until it is let go. `questions`: how many records each had."""

    def __init__(self, real: Beside, *hangs: Variant) -> None:
        self.real, self.hangs, self.let, self.begun = real, hangs, Event(), Event()
        self.questions: list[int] = []

    def ask(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        self.questions.append(sum(not line.startswith("#") for line in question["records"].splitlines()))
        self.begun.set()
        assert self.let.wait(60)
        if any(f"\t{one.ref}\t{one.alt}\t" in question["records"] for one in self.hangs):
            raise Unanswered("late")
        return self.real.ask(question)
