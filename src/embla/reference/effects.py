"""What alleles do to the home's transcripts, asked by a server's threads: bounded, remembered, and never guessed.

bcftools csq works it out in a process beside (`consequence_worker.py`), over the genes around and their bases alone
(`stretches.py`), so that neither the size of the genome's files nor how they name contigs matters. What threads ask
while another's question is worked out is one question after it: most of its time is csq's start.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embla.errors import Unavailable
from embla.genome import Variant
from embla.reference.beside import TURN, Beside, Unanswered
from embla.reference.consequences import Consequence, read_consequences
from embla.reference.stretches import Stretch, question, stretches, transcript_names

if TYPE_CHECKING:
    from embla.reference.fasta import Reference
    from embla.reference.genes import Genes

WHY: Final = {
    "genes_not_loaded": "No gene models are loaded here.",
    "reference_not_loaded": "The bases of this place are not loaded.",
    "symbolic": "The allele is not spelled out in bases.",
    "too_long": "The allele, or the genes around it, are longer than is worked out here.",
    "refused": "bcftools csq does not read this allele.",
    "no_answer": "bcftools csq gave no answer for this allele in time. It is asked again after ten minutes.",
    "not_now": "It could not be worked out just now.",
}
LONGEST: Final = 1_000  # bases of an allele
WIDEST: Final = 6_000_000  # bases of genes in one question; the longest gene has 2.5 million
MOST: Final = 1_000  # alleles in one question
FEW: Final = 8  # alleles of one call that may be asked together with another's
SHARED: Final = 2.0  # seconds after which nothing more is asked of what several ask together
_MEMORY: Final = 20_000  # alleles whose answers are kept; some 500 bytes each
_FAILED: Final = 5_000  # alleles whose questions failed that are kept
_AGAIN: Final = 600.0  # seconds until an allele that alone had no answer is asked again
_PIECES: Final = 8  # in which alleles that together had no answer are asked again
_BASES: Final = frozenset("ACGT")
_PASSING: Final = frozenset({"no_answer", "not_now"})  # why an effect is not told now and may be later
WORKER: Final = "embla.reference.consequence_worker"
_BESIDE: Final = Beside(WORKER)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one allele does to each transcript it touches, by transcript; or `reason`, a key of WHY: why none is told.

    Nothing of both: it touches no transcript.
    """

    consequences: tuple[Consequence, ...] = ()
    reason: str = ""

    @property
    def lasts(self) -> bool:
        """False where the next to ask, of the same genes and bases, may be told something else."""
        return self.reason not in _PASSING

    def tell(self) -> dict[str, object]:
        """For JSON."""
        return {
            "consequences": [one.tell() for one in self.consequences],
            "consequences_reason": self.reason or None,
        }


class _Asking:
    """One call's alleles that wait to be asked; `told` once they were."""

    def __init__(self, variants: Sequence[Variant]) -> None:
        self.variants, self.taken = variants, False
        self.told: Mapping[Variant, Effect] | None = None


class Effects:
    """Asked for alleles of GRCh38 in normal form. Safe between threads; one question at a time is worked out."""

    def __init__(
        self, reference: "Reference | None", genes: "Genes | None", beside: Beside | None = None, *, patience: int = 1,
        now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`beside`: where csq runs; one for all that this process asks unless another is given. `patience`: after how
        many questions without an answer one call asks nothing more. `now`: seconds."""
        self._reference, self._genes = reference, genes
        self._beside, self._patience, self._now = beside or _BESIDE, patience, now
        self._known: OrderedDict[Variant, Effect] = OrderedDict()
        # How many alleles the question had that failed last, and when; by allele.
        self._failed: OrderedDict[Variant, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._turn = threading.Condition()
        self._waiting: list[_Asking] = []
        self._busy = False

    def of(self, variants: Iterable[Variant]) -> dict[Variant, Effect]:
        """One effect for each. What fails by chance (`not_now`) is not remembered; an allele that alone had no answer
        is for ten minutes (`no_answer`). Alleles that had none together are asked in smaller pieces the next time."""
        asked = dict.fromkeys(variants)
        with self._lock:
            found = {one: self._known[one] for one in asked if one in self._known}
        wanted: list[Variant] = []
        for one in asked:
            if one in found:
                continue
            reason = self._reason(one)
            if reason:
                found[one] = Effect(reason=reason)
            else:
                wanted.append(one)
        # A question that failed once is asked by itself, so that it fails for nobody else.
        alone = len(wanted) > FEW or any(one in self._failed for one in wanted)
        found |= self._worked_out(wanted) if alone else self._together(wanted)
        return {one: found[one] for one in asked}

    def _reason(self, variant: Variant) -> str:
        if variant.is_symbolic or set(variant.alt) - _BASES:
            return "symbolic"
        if self._genes is None:
            return "genes_not_loaded"
        if max(len(variant.ref), len(variant.alt)) > LONGEST:
            return "too_long"
        start = variant.pos - 1
        if self._reference is None or (
            self._reference.fetch(variant.contig, start, start + len(variant.ref)) != variant.ref
        ):
            return "reference_not_loaded"
        size, failed = self._failed.get(variant, (0, 0.0))
        return "no_answer" if size == 1 and self._now() < failed + _AGAIN else ""

    def _together(self, variants: Sequence[Variant]) -> dict[Variant, Effect]:
        """Who finds nobody at work asks for all who wait. The others wait: TURN seconds at most until it is begun."""
        if not variants:
            return {}
        mine = _Asking(variants)
        until = time.monotonic() + TURN
        with self._turn:
            self._waiting.append(mine)
            while mine.told is None and (self._busy or mine.taken):
                left = until - time.monotonic()
                if not mine.taken and left <= 0:
                    self._waiting.remove(mine)
                    return dict.fromkeys(variants, Effect(reason="not_now"))
                self._turn.wait(None if mine.taken else left)
            if mine.told is not None:
                return {one: mine.told.get(one, Effect(reason="not_now")) for one in variants}
            now, self._waiting, self._busy = self._waiting, [], True
            for each in now:
                each.taken = True
        told: dict[Variant, Effect] = {}
        try:
            asked = dict.fromkeys(one for each in now for one in each.variants)
            with self._lock:
                told = {one: self._known[one] for one in asked if one in self._known}
            told |= self._worked_out([one for one in asked if one not in told], self._now() + SHARED)
        finally:
            with self._turn:
                self._busy = False
                for each in now:
                    each.told = told
                self._turn.notify_all()
        return {one: told[one] for one in variants}

    def _worked_out(self, variants: Sequence[Variant], until: float | None = None) -> dict[Variant, Effect]:
        """Question by question, those that are more likely to be answered first; after `until` none is begun but the
        first. Genes of many that wait may be too wide for one question, and all of them wait for the last."""
        found: dict[Variant, Effect] = {}
        todo, failures = self._questions(variants), 0
        while todo:
            if found and until is not None and self._now() > until:
                return found | dict.fromkeys((one for each in todo for one in each), Effect(reason="not_now"))
            some = todo.pop(0)
            parts = stretches(some, self._genes) if self._genes is not None else []
            # Near no gene there is nothing to ask.
            told = dict.fromkeys(some, Effect())
            if not parts:
                pass
            elif sum(len(part.region) for part in parts) <= WIDEST:
                try:
                    told |= self._asked(parts)
                except Unanswered:
                    failures += 1
                    told = self._fail(some)
                    if failures >= self._patience:
                        # A page is held up by one question and no more.
                        left = (one for each in todo for one in each)
                        return found | told | dict.fromkeys(left, Effect(reason="not_now"))
                    todo += self._questions(some) if len(some) > 1 else []
            elif len(some) == 1:
                told = {some[0]: Effect(reason="too_long")}
            else:
                todo[:0] = [some[: len(some) // 2], some[len(some) // 2 :]]
                continue
            self._keep(told)
            found |= told
        return found

    def _questions(self, variants: Iterable[Variant]) -> list[list[Variant]]:
        """At most MOST in each; those of a question that failed in pieces of it, behind the others."""
        groups: dict[int, list[Variant]] = {}
        for one in sorted(variants, key=Variant.sort_key):
            size, _ = self._failed.get(one, (0, 0.0))
            groups.setdefault(max(1, size // _PIECES) if size else MOST, []).append(one)
        found = []
        for most, some in sorted(groups.items(), key=lambda each: -each[0]):
            found += [some[start : start + most] for start in range(0, len(some), most)]
        return found

    def _fail(self, variants: Sequence[Variant]) -> dict[Variant, Effect]:
        """Remember that these had no answer together."""
        with self._lock:
            for one in variants:
                self._failed[one] = (len(variants), self._now())
                self._failed.move_to_end(one)
            while len(self._failed) > _FAILED:
                self._failed.popitem(last=False)
        return dict.fromkeys(variants, Effect(reason="no_answer" if len(variants) == 1 else "not_now"))

    def _keep(self, told: Mapping[Variant, Effect]) -> None:
        with self._lock:
            for one, effect in told.items():
                if effect.lasts:
                    self._known[one] = effect
                    self._failed.pop(one, None)
            while len(self._known) > _MEMORY:
                self._known.popitem(last=False)

    def _asked(self, parts: Sequence[Stretch]) -> dict[Variant, Effect]:
        assert self._reference is not None
        assert self._genes is not None
        variants = [one for part in parts for one in part.variants]
        try:
            answer = self._beside.ask(question(parts, self._reference))
        except Unanswered:
            raise
        except Unavailable:
            return dict.fromkeys(variants, Effect(reason="not_now"))
        if answer.get("away"):
            return dict.fromkeys(variants, Effect(reason="not_now"))
        told = answer.get("info")
        if not isinstance(told, list) or len(told) != len(variants):
            if len(variants) == 1:
                return {variants[0]: Effect(reason="refused")}
            # One that csq cannot read must not hide the others.
            middle = len(variants) // 2
            halves = (stretches(half, self._genes) for half in (variants[:middle], variants[middle:]))
            return {one: effect for half in halves for one, effect in self._asked(half).items()}
        names = transcript_names(parts)
        return {
            one: Effect(tuple(sorted(read_consequences(str(info), names), key=lambda each: each.transcript)))
            for one, info in zip(variants, told, strict=True)
        }
