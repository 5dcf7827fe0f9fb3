"""Questions about variants answered from the newest release; for tests of clients, from alleles that were made up."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from embla.datasets import released_set, releases_id
from embla.errors import BadInput, NotFound, UsageError
from embla.federation.beacon.happened import happened, id_of, is_event_id, of_id, record_of
from embla.federation.beacon.model.envelope import Found, lowest
from embla.federation.beacon.model.framework import SEXES
from embla.federation.beacon.model.records import internal_id, record
from embla.federation.beacon.model.variants import STRUCTURAL, Asked, read_question
from embla.federation.purse import Purse
from embla.frequency import Listed, Listing, StructuralEvent, country_of, normal_form
from embla.genome import GRCH38, Variant
from embla.genotypes import Numbers, make_count
from embla.reference import REASONS, read_any, resolve

if TYPE_CHECKING:
    from embla.federation.beacon.model.request import Filter, Request
    from embla.genotypes import Count
    from embla.platform import House

MADE_UP: Final = "synthetic"
# Bases per person between two alleles that few carry: what a region without any tells, it tells once in so many.
STRETCH: Final = 10_000


class Source(Protocol):
    """Where variants come from."""

    def overlapping(self, contig: str, start: int, end: int) -> list[Listed]:
        """In order of place."""

    def populations(self, variant: Variant, country: str) -> "list[tuple[str, Count]]":
        """Empty where the variant is not there, or may not be told of."""


class MadeUp:
    """Three alleles of nobody, for `testMode`."""

    def overlapping(self, contig: str, start: int, end: int) -> list[Listed]:
        """In order of place."""
        return [
            Listed(v, 10, 200)
            for v in _ALLELES
            if v.contig == contig and start < v.pos - 1 + len(v.ref) and v.pos - 1 < end
        ]

    def populations(self, variant: Variant, country: str) -> "list[tuple[str, Count]]":
        """Ten carriers among a hundred."""
        if variant not in _ALLELES:
            return []
        numbers = Numbers(ac=10, an=200, nhet=10)
        made = make_count(
            variant.contig, variant.pos, variant.ref, variant.alt, numbers, numbers, 0,
            policy=MADE_UP, manifest=MADE_UP, status="observed",
        )  # fmt: skip
        return [("Total", made), (country, made)]


_ALLELES: Final = (
    Variant("chr21", 20_000_000, "A", "G"), Variant("chr21", 20_000_100, "C", "CTT"),
    Variant("chr21", 20_000_200, "GA", "G"),
)  # fmt: skip


class ListedEvent(NamedTuple):
    """A structural variant or copy number whose numbers are told."""

    event: StructuralEvent
    ac: int
    an: int


One = Listed | ListedEvent


def _listed_event(one: StructuralEvent) -> ListedEvent:
    return ListedEvent(one, one.count.ac or 0, one.count.an or 0)


class Door(NamedTuple):
    """One question's way in."""

    house: "House"
    source: Source
    dataset: str
    version: str
    purse: Purse
    country: str  # two letters
    most: str  # the granularity above which the data set tells nothing

    @classmethod
    def open(cls, house: "House", *, test: bool, reader: str) -> "Door":
        """Raises NotFound where there is no release, Refused where it is withheld."""
        if test:
            own = releases_id(house)
            made_up = f"{MADE_UP}-{own}"
            return cls(house, MadeUp(), made_up, MADE_UP, Purse(house, reader, 0), country_of(own), "record")
        shown = released_set(house).data
        listing = Listing.open(house)
        number = listing.release.info.number
        return cls(house, listing, shown.id, number, Purse.of(house, reader), country_of(shown.id), shown.granularity)

    def variants(self, request: "Request") -> Found:
        """The variants that match a request, a page of them as records. Raises UsageError, BadInput."""
        asked = read_question(request.parameters)
        if asked.datasets and self.dataset not in asked.datasets:
            return Found(self.dataset, 0)
        keep = _populations_wanted(request.filters, self.country)
        if keep is None:
            return Found(self.dataset, 0)
        found = [one for one in self._matching(asked) if self._is_told(one)]
        first = request.skip * request.limit
        page = found[first : first + request.limit]
        granularity = lowest(request.granularity, self.most)
        self._pay(asked, found, page, granularity)
        records = [self._record(one, keep) for one in page] if granularity == "record" else []
        return Found(self.dataset, len(found), records)

    def one(self, identifier: str) -> Found:
        """The variant of this internal id, or a miss."""
        if is_event_id(identifier):
            shown = [] if self.made_up else [_listed_event(one) for one in of_id(self.house, identifier)]
            events = [one for one in shown if self._is_told(one)]
            self._pay(Asked(name=identifier), events, events, "record")
            return Found(self.dataset, len(events), [self._record(one, _all) for one in events])
        contig, _, rest = identifier.partition("-")
        place, _, alleles = rest.partition("-")
        ref, _, alt = alleles.partition("-")
        known = GRCH38.find(contig)
        pos = int(place) if place.isascii() and place.isdigit() and len(place) < 12 else 0
        if known is None or not 0 < pos <= known.length or not ref or not alt:
            raise NotFound("There is no variant of that id.", mend="Ids are written chr21-43774500-G-C.")
        return self._exactly(Variant(known.name, pos, ref, alt))

    def _exactly(self, variant: Variant) -> Found:
        listed = [one for one in self._listed(variant) if self._is_told(one)]
        self._pay(Asked(name=internal_id(variant)), listed, listed, "record")
        return Found(self.dataset, len(listed), [self._record(one, _all) for one in listed])

    @property
    def _floor(self) -> int:
        """Fewest copies that this reader is told of; 0 where what the release shows is all that bounds."""
        return 0 if self.made_up or not self.purse.budget else self.purse.floor

    def _is_told(self, one: "One") -> bool:
        """A rarer one is answered as if nobody had it, as those are that too few carry."""
        return min(one.ac, one.an - one.ac) >= self._floor or one.ac == one.an >= self._floor

    def _populations(self, variant: Variant) -> "list[tuple[str, Count]]":
        return self._bounded_by_floor(self.source.populations(variant, self.country))

    def _bounded_by_floor(self, told: "list[tuple[str, Count]]") -> "list[tuple[str, Count]]":
        """As this reader is told them: where a number of a sex or a genotype is below the floor, the total alone."""
        if not told or self._floor <= (_rarest(told) or self._floor):
            return told
        label, count = told[0]
        return [(label, replace(count, nhet=None, nhomalt=None, nhemi=None))]

    def _listed(self, variant: Variant) -> list[Listed]:
        populations = self.source.populations(variant, self.country)
        return [Listed(variant, populations[0][1].ac or 0, populations[0][1].an or 0)] if populations else []

    def _pay(self, asked: Asked, found: "Sequence[One]", page: "Sequence[One]", granularity: str) -> None:
        """Before anything is told. A yes is carried by the commonest of what was found; a number by all of it.

        A record tells more than that an allele is there, and costs the rarest number in it. One allele that is asked
        for alone costs that at any granularity, so that it is paid for once.
        """
        if not self.purse.budget:
            return
        told = found
        if granularity == "boolean" and found:
            told = [max(found, key=lambda one: min(one.ac, one.an - one.ac))]
        alone = asked.name or asked.spelled or asked.change
        whole = found if alone else page if granularity == "record" else ()
        about = {self._named_in_purse(one): (self._rarest(one), one.an) for one in whole}
        about |= {
            f"{name} counted": (one.ac, one.an) for one in told if (name := self._named_in_purse(one)) not in about
        }
        _, start, end = ("", 0, 0) if alone else self._stretch(asked)
        # That nobody carries anything else there is told, too: a miss for each stretch in which few carry something,
        # and for each allele that gives a change of an amino acid.
        misses = (end - start) // STRETCH + (0 if found else 1)
        misses += max(len(self._changed(asked)) - len(found) - 1, 0) if asked.change else 0
        # A set of texts is written in another order by each process; which data sets were named changes no answer.
        question = replace(asked, datasets=frozenset())
        self.purse.pay(about, {f"{self.version} {question} {n}" for n in range(misses)})

    def _named_in_purse(self, one: "One") -> str:
        return f"{self.version} {internal_id(one.variant) if isinstance(one, Listed) else id_of(one.event)}"

    def _rarest(self, one: "One") -> int:
        """The smallest number above 0 that a record tells or lets be worked out, of everybody or of one sex: copies of
        either allele, people of a genotype, people without the allele. Who has the genome knows in which of them the
        person would be."""
        if isinstance(one, ListedEvent):
            return _rarest(self._bounded_by_floor([("Total", one.event.count)]))
        return _rarest(self._populations(one.variant))

    @property
    def made_up(self) -> bool:
        """Whether the answers are of nobody."""
        return isinstance(self.source, MadeUp)

    def _matching(self, asked: Asked) -> "list[One]":
        text = asked.name or asked.spelled
        if text:
            variant = self._named(text)
            return [*self._listed(variant)] if _bounded(asked, variant) else []
        if asked.change:
            own = [variant for variant in self._changed(asked) if _bounded(asked, variant)]
            return [one for variant in own for one in self._listed(variant)]
        contig, start, end = self._stretch(asked)
        found: list[One] = []
        if asked.kind not in STRUCTURAL:
            found += [one for one in self.source.overlapping(contig, start, end) if asked.matches(one.variant)]
        if asked.asks_events and not self.made_up:
            found += [_listed_event(one) for one in happened(self.house, asked, contig, start, end)]
        return found

    def _changed(self, asked: Asked) -> tuple[Variant, ...]:
        """Every allele that gives a change of an amino acid in a gene."""
        read = resolve(f"{asked.gene}:p.{asked.change}", self.house.names)
        if read.variant is None and not read.candidates:
            raise UsageError(read.detail or REASONS[read.reason], mend="aminoacidChange is written V600E.")
        forms = (normal_form(self.house, one)[0] for one in read.candidates or (read.variant,) if one is not None)
        return tuple(dict.fromkeys(form for form in forms if isinstance(form, Variant)))

    def _stretch(self, asked: Asked) -> tuple[str, int, int]:
        """Contig and bases, 0-based half-open, that are looked through."""
        return self._gene(asked) if asked.gene else (asked.contig, *asked.looked_through)

    def _named(self, text: str) -> Variant:
        found = read_any(text, self.house.names)
        if not isinstance(found, Variant):
            raise BadInput("That names a place, not an allele.", mend="Give an allele, as NC_000021.9:g.43774500G>C.")
        variant, _ = normal_form(self.house, found)
        assert isinstance(variant, Variant)
        return variant

    def _gene(self, asked: Asked) -> tuple[str, int, int]:
        gene = self.house.genes.by_name(asked.gene) if self.house.genes is not None else None
        if gene is None:
            raise UsageError("No gene of that name is known here.", mend="Give its HGNC symbol or Ensembl id.")
        if asked.contig and asked.contig != gene.contig:
            raise UsageError(f"That gene lies on {gene.contig}.", mend="Leave referenceName out.")
        return gene.contig, gene.start, gene.end

    def _record(self, one: "One", keep: "Callable[[str], bool]") -> dict[str, Any]:
        settings = self.house.settings
        if isinstance(one, ListedEvent):
            told = self._bounded_by_floor([("Total", one.event.count)])
            return record_of(
                one.event, told, source=settings.node_name, reference=settings.node_url, version=self.version
            )  # fmt: skip
        variant = one.variant
        populations: Sequence[tuple[str, Count]] = self._populations(variant)
        shown = [(label, count) for label, count in populations if keep(label)]
        return record(
            variant, shown or populations, source=settings.node_name, reference=settings.node_url, version=self.version
        )


def _rarest(populations: "Sequence[tuple[str, Count]]") -> int:
    numbers: list[int] = []
    for _, count in populations:
        ac, an, het = count.ac or 0, count.an or 0, count.nhet or 0
        numbers += [ac, an - ac, het, count.nhomalt or 0, count.nhemi or 0]
        if count.nhet is not None:
            numbers.append((an - ac - het) // 2)
    return min((n for n in numbers if n > 0), default=0)


def _bounded(asked: Asked, variant: Variant) -> bool:
    """A spelled or named allele against contig, kind and length: its place was settled by its normal form."""
    same_contig = asked.contig in ("", variant.contig)
    return same_contig and Asked(kind=asked.kind, shortest=asked.shortest, longest=asked.longest).matches(variant)


def _all(_label: str) -> bool:
    return True


def _populations_wanted(filters: "Sequence[Filter]", country: str) -> "Callable[[str], bool] | None":
    """Which populations to show: the portal filters by sex and country. None: nobody can match. Raises UsageError for
    any other filter: one that was passed over in silence would make the answer wrong."""
    sexes: set[str] = set()
    for one in filters:
        code = one.value if one.id in ("sexFilter", "countryFilter") else one.id
        if one.id == "countryFilter":
            if country not in code.upper().split(","):
                return None
        elif one.id == "sexFilter" or code in SEXES:
            letters = {SEXES[part][0] if part in SEXES else part.upper()[:1] for part in code.split(",")}
            if not letters <= {"M", "F"}:
                raise UsageError("sexFilter is M, F, NCIT:C20197 or NCIT:C16576.")
            sexes |= letters
        else:
            raise UsageError("That filter is not known here.", mend="/filtering_terms lists those that are.")
    return (lambda label: label.rpartition("_")[2] in sexes) if sexes else _all
