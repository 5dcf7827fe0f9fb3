"""The check: everything that is wrong with a package, at once, by the same code at the laboratory and at the server.

Three parts: what the manifest says by itself (rules_manifest.py), the files and the calls in them (this module,
rules_files.py, rules_calls.py), and what only the registers know (judge.py). The first two need nothing but the folder,
the reference and the counting policy, and that is what `embla submission check` runs offline.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from embla.errors import BadInput, EmblaError
from embla.submission import rules_calls, rules_files, rules_manifest, rules_quality, rules_raw, rules_structural
from embla.submission.model.finding import Finding, PackageRefused
from embla.submission.model.manifest import Measured, Person, Sample
from embla.submission.model.rule_set import RuleSet, rule_set
from embla.submission.package import MANIFEST, Package

if TYPE_CHECKING:
    from embla.genome import Assembly
    from embla.genotypes import LaidAside, Pack, Policy, Print, ReadReport, SampleSpec
    from embla.reference import Reference
    from embla.structural import CallerSet

Progress = Callable[[Path, int, int], None]


@dataclass(frozen=True)
class Reading:
    """How calls are read: the same three things give the same packs at the laboratory and at the server. `rules`: the
    version of the thresholds; None is the one in force on the day of the check."""

    assembly: "Assembly"
    reference: "Reference | None"
    policy: "Policy"
    rules: int | None = None


@dataclass(frozen=True)
class ReadGenome:
    """One sample's calls, read. `content` covers the calls, `source` the file and the column they came from,
    `print` is what somebody is known by who is here already."""

    person: Person
    sample: Sample
    pack: "Pack"
    report: "ReadReport"
    content: str
    source: str
    structural: tuple["CallerSet", ...] = ()
    print: "Print | None" = field(default=None, repr=False)
    aside: "LaidAside | None" = field(default=None, repr=False)  # where its records are, if `pack` has none any more

    def whole(self) -> "Pack":
        """The pack with its records."""
        return self.pack if self.aside is None else self.aside.whole()

    def laid_aside(self) -> "ReadGenome":
        """The same with its records told and compressed, so that another can be read beside it."""
        from embla.genotypes import lay_aside

        aside = lay_aside(self.pack)
        return self if aside is None else replace(self, pack=aside.light, aside=aside)


@dataclass(frozen=True)
class Checked:
    """A package that was looked at. `genomes` are in the order of the manifest's samples; a file that could not be read
    has none. `rules`: by which thresholds; `measures`: by sample id, of the file where it tells, else as declared.
    `refused` when one finding is an error."""

    package: Package
    findings: tuple[Finding, ...]
    genomes: tuple[ReadGenome, ...] = field(repr=False)
    rules: int = 1
    measures: dict[str, Measured] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """True when the package cannot be taken."""
        return any(finding.severity == "error" for finding in self.findings)

    def require(self) -> "Checked":
        """Itself, or PackageRefused with every finding."""
        if self.refused:
            raise PackageRefused(self.findings, self.package.manifest.package)
        return self


def check_package(
    package: Package, reading: Reading, *, on: date, progress: Progress | None = None, hashed: bool = False
) -> Checked:
    """Check all that the package itself can tell. `hashed`: sizes and hashes of the files are known to be right
    (an upload was hashed on its way in)."""
    rules = rule_set(reading.rules, on)
    findings = [*rules_manifest.check(package, on), *rules_files.check(package, hashed=hashed)]
    genomes: list[ReadGenome] = []
    genome: ReadGenome | None
    measures: dict[str, Measured] = {}
    for number, place, _, sample in package.manifest.samples():
        findings += rules_raw.check(package, number, place, sample)
        if genomes:
            genomes[-1] = genomes[-1].laid_aside()
        genome = None  # else the one before stays whole while this one is read
        found, genome = _read(package, number, place, reading, progress)
        findings += found
        wrong, called = rules_structural.read(package, number, place)
        findings += wrong
        if genome is not None:
            genome = replace(genome, structural=called)
            genomes.append(genome)
            findings += rules_calls.check_genome(package, number, place, genome.pack, genome.report)
        findings += _quality(package, number, place, genome, rules, measures)
    findings += rules_calls.check_family(package, [(one.person, one.sample, one.pack) for one in genomes])
    heard = sorted(package.heard(findings), key=_order)
    return Checked(package, tuple(heard), tuple(genomes), rules.version, measures)


def check_rest(refused: PackageRefused, reading: Reading, *, on: date, progress: Progress | None = None) -> Checked:
    """Of a manifest that breaks the schema: what the other rules say of what could be read, beside what the schema
    says. PackageRefused, as it was, when too little is left. The outcome is refused in any case."""
    if refused.rest is None:
        raise refused
    checked = check_package(refused.rest, reading, on=on, progress=progress)
    return replace(checked, findings=tuple(sorted({*refused.findings, *checked.findings}, key=_order)))


def _quality(
    package: Package,
    number: int,
    place: int,
    genome: ReadGenome | None,
    rules: RuleSet,
    measures: dict[str, Measured],
) -> list[Finding]:
    """What was declared against what the files say; what the file tells takes the place of what was declared."""
    sample = package.manifest.persons[number].samples[place]
    measured = rules_quality.measure(package, sample, genome.pack if genome is not None else None)
    told = {name: value for name, value in measured if value is not None}
    measures[sample.id] = sample.measured.model_copy(update=told)
    return rules_quality.check(package, number, place, measured, rules)


def _read(
    package: Package, number: int, place: int, reading: Reading, progress: Progress | None
) -> tuple[Sequence[Finding], ReadGenome | None]:
    """The calls of one sample, or what keeps them from being read."""
    from embla.genotypes import pack_digest, print_of, read_packs

    person = package.manifest.persons[number]
    sample = person.samples[place]
    if sample.calls is None or not sample.callset or sample.callability is None:
        return [], None
    listed = package.manifest.file(sample.calls)
    calls = package.files.get(sample.calls)
    if listed is None or calls is None or listed.format not in ("gvcf", "vcf", "bcf"):
        return [], None  # rules_files and rules_samples say so
    bed = package.files.get(sample.bed) if sample.bed is not None else None
    if sample.callability == "bed" and bed is None:
        return [], None
    column = sample.column or sample.id
    try:
        found = rules_calls.check_column(package, number, place, calls)
        if found:
            return found, None
        spec = _spec(person, sample, calls, bed, column)
        read = next(
            read_packs(
                [spec],
                assembly=reading.assembly,
                reference=reading.reference,
                policy=reading.policy,
                progress=progress,
            )
        )
    except BadInput as error:
        return [_refused(package, sample.calls, error)], None
    except EmblaError as error:
        return [Finding("calls.refused", sample.calls, 0, error.message, error.mend)], None
    source = sha256(f"{listed.sha256}\0{column}".encode()).hexdigest()
    # Lines that packs keep as the file wrote them, with depth and quality, make no other genome of the same calls. By
    # the first version of the digest, as it is compared with what was taken in before there was another.
    content = pack_digest(replace(read.pack, kept={}), 1)
    return [], ReadGenome(person, sample, read.pack, read.report, content, source, print=print_of(read.pack))


def _spec(person: Person, sample: Sample, calls: Path, bed: Path | None, column: str) -> "SampleSpec":
    from embla.genotypes import SampleSpec

    assert sample.callability is not None
    return SampleSpec(
        name=sample.id,
        path=calls,
        karyotype=person.karyotype or "unknown",
        callability=sample.callability,
        bed=bed,
        column=column,
    )


def _refused(package: Package, path: str, error: BadInput) -> Finding:
    """What the reader refused, with the path as the manifest writes it."""
    file = next((name for name, place in package.files.items() if str(place) == error.path), path)
    message = f"{error.place}: {error.message}" if error.place else error.message
    return Finding(
        "calls.refused", file, error.line, message, error.mend or "Mend the file and write the manifest again."
    )


def _order(finding: Finding) -> tuple[bool, bool, str, int]:
    """Errors first, the manifest before the files, then by place."""
    return finding.severity != "error", finding.file != MANIFEST, finding.file, finding.line
