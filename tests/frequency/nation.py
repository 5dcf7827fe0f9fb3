"""A small nation in a home of its own: a few persons with gVCFs of a few lines, written straight to the registry.

Everybody is covered at 30x on the stretches of COVERED and nowhere else.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

from embla.composition import open_home
from embla.genome import GRCH38
from embla.genotypes import NewGenome, Policy, SampleSpec, read_packs
from embla.platform import OPERATOR, Actor, House, current_manifest, move_manifest, read_settings
from embla.registry import (
    FamilyMember,
    add_genome,
    ensure_case,
    ensure_person,
    ensure_sample,
    join_family,
    next_accession,
    set_opt_out,
)
from embla.registry.persons import ensure_family

DAY = date(2026, 3, 1)
LABS = {"1081": "north", "1082": "central", "1083": "south", "1084": "capital", "1085": "zealand"}
COVERED = {
    "chr1": [(1001, 3000)],
    "chrX": [(10001, 22000), (3_000_001, 3_001_000)],
    "chrY": [(3_000_001, 3_001_000)],
    "chrM": [(1, 1000)],
}
HEADER = """##fileformat=VCFv4.2
##FILTER=<ID=PASS,Description="">
##FILTER=<ID=LowQual,Description="">
##INFO=<ID=END,Number=1,Type=Integer,Description="">
##ALT=<ID=NON_REF,Description="">
##FORMAT=<ID=GT,Number=1,Type=String,Description="">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="">
##FORMAT=<ID=AF,Number=A,Type=Float,Description="">
##contig=<ID=chr1,length=248956422>
##contig=<ID=chrX,length=156040895>
##contig=<ID=chrY,length=57227415>
##contig=<ID=chrM,length=16569>
"""


@dataclass
class Person:
    """`calls`: "chr1 1500 A G 0/1" or with " LowQual" or " DP=3"; `holes`: stretches that are not covered."""

    key: str
    karyotype: str = "XX"
    region: str = "1081"
    group: str = "heart"
    family: str | None = None
    role: str = "index"
    opted_out: bool = False
    calls: Sequence[str] = ()
    holes: Sequence[tuple[str, int, int]] = ()


@dataclass
class Nation:
    """A home with people in it. `clinician` treats every case."""

    house: House
    folder: Path
    people: dict[str, Person] = field(default_factory=dict)
    accession: dict[str, str] = field(default_factory=dict)
    person_of: dict[str, str] = field(default_factory=dict)
    case_of: dict[str, str] = field(default_factory=dict)
    clinician: Actor = Actor("doctor", frozenset({"clinician"}))
    later: list[int] = field(default_factory=lambda: [0])

    def add(self, *people: Person) -> None:
        """Report people, as one batch."""
        house = self.house
        specs = [self._spec(person) for person in people]
        packs = [
            read.pack for read in read_packs(specs, assembly=GRCH38, reference=house.store.reference, policy=Policy())
        ]
        with house.database.reading() as connection:
            first = next_accession(connection)
            base = current_manifest(connection)
        names = [f"EMBG{first + i:011d}" for i in range(len(people))]
        staged = house.store.stage_add([NewGenome(n, p) for n, p in zip(names, packs, strict=True)], base)
        with house.database.transaction() as connection:
            move_manifest(connection, base, staged.manifest)
            for i, person in enumerate(people):
                self._register(connection, first + i, person)

    def remove(self, *keys: str) -> None:
        """Withdraw people: out of the store and the registry in one commit."""
        from embla.registry import end_genomes

        names = [self.accession[key] for key in keys]
        with self.house.database.reading() as connection:
            base = current_manifest(connection)
        staged = self.house.store.stage_remove(names, base)
        with self.house.database.transaction() as connection:
            move_manifest(connection, base, staged.manifest)
            end_genomes(connection, names, "withdrawn", at=self.house.clock())

    def correct(self, key: str) -> None:
        """Report somebody again, in place of the genome from before."""
        from embla.registry import genomes_replaced

        earlier = self.accession[key]
        self.add(self.people[key])
        with self.house.database.reading() as connection:
            base = current_manifest(connection)
        staged = self.house.store.stage_remove([earlier], base)
        with self.house.database.transaction() as connection:
            move_manifest(connection, base, staged.manifest)
            genomes_replaced(connection, [earlier], actor=OPERATOR.id, at=self.house.clock())

    def wait(self, days: int) -> None:
        """Days go by."""
        self.later[0] += days

    def compact(self) -> None:
        with self.house.database.reading() as connection:
            base = current_manifest(connection)
        staged = self.house.store.stage_compact(base)
        if staged is not None:
            with self.house.database.transaction() as connection:
                move_manifest(connection, base, staged.manifest)
            self.house.store.publish(staged)

    def opt_out(self, key: str) -> None:
        with self.house.database.transaction() as connection:
            since = self.house.clock().date()
            set_opt_out(connection, self.person_of[key], "genetic", since=since, by=OPERATOR, at=self.house.clock())

    def _register(self, connection, number: int, person: Person) -> None:
        house, at, lab = self.house, self.house.clock(), LABS[person.region]
        new_id = house.new_id
        own = ensure_person(
            connection, laboratory=lab, key=person.key, pseudonym=None, region=person.region, new_id=new_id, at=at
        )
        family = None
        if person.family:
            family = ensure_family(connection, laboratory=lab, key=person.family, new_id=new_id, at=at)
            join_family(connection, FamilyMember(family, own, person.role))
        sample = ensure_sample(
            connection, laboratory=lab, key=person.key, person=own, tissue="blood", collected=None, new_id=new_id
        )
        case = ensure_case(
            connection, laboratory=lab, key=f"case-{person.key}", patient_group=person.group, person=own,
            family=family, opened=DAY, clinicians=["doctor"], new_id=new_id,
        )  # fmt: skip
        name = add_genome(
            connection, number, person=own, case=case, sample=sample, laboratory=lab, submission="S1", assay="genome",
            origin="germline", karyotype=person.karyotype, callability="gvcf", pipeline="test",
            pipeline_version="1", source=f"sha-{person.key}-{number}", content=f"content-{person.key}-{number}",
            accepted=at,
        )  # fmt: skip
        if person.opted_out:
            set_opt_out(connection, own, "genetic", since=DAY, by=OPERATOR, at=at)
        self.people[person.key], self.accession[person.key] = person, name
        self.person_of[person.key], self.case_of[person.key] = own, case

    def _spec(self, person: Person) -> SampleSpec:
        path = self.folder / f"{person.key}.vcf"
        columns = "\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".split() + [person.key])
        path.write_text(f"{HEADER}{columns}\n" + "".join(f"{line}\n" for line in lines_of(person)))
        return SampleSpec(person.key, path, person.karyotype, "gvcf")


def lines_of(person: Person) -> Iterator[str]:
    """The person's gVCF: blocks around the calls."""
    for contig, stretches in COVERED.items():
        calls = {}
        for call in person.calls:
            name, pos, ref, alt, gt, *more = call.split()
            if name == contig:
                calls[int(pos)] = (ref, alt, gt, more)
        for start, end in stretches:
            at = start
            for pos in sorted(p for p in calls if start <= p <= end):
                yield from blocks(contig, at, pos - 1, person)
                ref, alt, gt, more = calls[pos]
                flt = "LowQual" if "LowQual" in more else "PASS"
                dp = next((m[3:] for m in more if m.startswith("DP=")), "30")
                af = next((m[3:] for m in more if m.startswith("AF=")), "")
                fmt, values = ("GT:DP:GQ:AF", f"{gt}:{dp}:60:{af}") if af else ("GT:DP:GQ", f"{gt}:{dp}:60")
                yield "\t".join([contig, str(pos), ".", ref, alt, ".", flt, ".", fmt, values])
                at = pos + len(ref)
            yield from blocks(contig, at, end, person)


def blocks(contig: str, start: int, end: int, person: Person) -> Iterator[str]:
    for hole_contig, low, high in sorted(person.holes):
        if hole_contig == contig and low <= end and high >= start:
            yield from blocks(contig, start, low - 1, person)
            start = max(start, high + 1)
    if start <= end:
        yield "\t".join([contig, str(start), ".", "N", "<NON_REF>", ".", ".", f"END={end}", "GT:DP:GQ", "0/0:30:60"])


@contextmanager
def nation(
    folder: Path,
    *people: Person,
    suppress_below: int = 1,
    database_url: str = "",
    step: int = 1,
    leaver_days: int = 183,
) -> Iterator[Nation]:
    """A nation with a home under `folder`. The clock stands on a day and moves by a second at each look; `wait`
    lets days go by."""
    ticks = count()
    ids = count(1)
    later = [0]
    settings = read_settings(
        {}, home=folder / "home", suppress_below=suppress_below, database_url=database_url, release_step=step,
        leaver_days=leaver_days,
    )  # fmt: skip
    house = open_home(
        settings,
        clock=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=later[0], seconds=next(ticks)),
        new_id=lambda: f"{next(ids):016d}",
    )
    made = Nation(house, folder, later=later)
    try:
        if people:
            made.add(*people)
        yield made
    finally:
        house.database.close()
