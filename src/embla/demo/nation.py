"""Builds the demo's home in steps, each the way it is done for real; says what it did and how long it took."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from embla import __version__
from embla.composition import open_home
from embla.demo import people as cast
from embla.demo.answering import follow_up
from embla.demo.board import fill_board
from embla.demo.cataloguing import fill_catalogue
from embla.demo.classifying import classify
from embla.demo.depositing import certify_some
from embla.demo.handing import hand_out
from embla.demo.kinds import report_kinds
from embla.demo.medicines import give_passport
from embla.demo.persons import REGISTER, agree_on_reporting, note_decisions, write_register
from embla.demo.sheet import write_sheet
from embla.demo.validating import note_validations
from embla.demo.watching import watch
from embla.errors import Refused, Unavailable
from embla.frequency import cut_release
from embla.identity import register_persons
from embla.platform import DEMO_MARK, OPERATOR, Actor, House, Settings, create_account
from embla.reference import demo_reference_paths
from embla.registry import certify, erase, patient_groups, set_opt_out, withdraw_person
from embla.simulation import simulate, simulate_structural
from embla.storage import DISK_ERRORS
from embla.submission import PackageRefused, prepare_sheet, receive_many

Say = Callable[[str], None]
SITES = Path(__file__).parent / "data" / "known_sites.vcf"
# Over MRPL39 and JAM2, so that gene pages have something to show.
STRUCTURAL = (25_580_000, 25_724_000)
ADMIN = Actor("admin", frozenset({"admin"}))
# One person in this many has asked that the genetic data serve nobody else.
_OPT_OUT_EVERY = 23


@dataclass(frozen=True)
class Built:
    """What the nation came out as; written beside the home so that the second start only serves."""

    version: str
    people: int
    seed: int
    genomes: int
    packages: int
    refused: int
    opted_out: int
    release: str


def build_nation(
    settings: Settings, *, people: int = 300, seed: int = 1, fresh: bool = False, say: Say = print
) -> Built:
    """Build the demo's home at `settings.home`, or find it built by this version with the same people and seed.

    A folder that is no demo home is never touched: Refused. Where its disk is full it is Unavailable, and the next call
    begins anew.
    """
    home, mark = settings.home, settings.home / DEMO_MARK
    wanted = (__version__, people, seed)
    if mark.exists():
        there = Built(**json.loads(mark.read_text("utf-8")))
        if not fresh and (there.version, there.people, there.seed) == wanted:
            say(f"The demo nation is there already: {there.genomes} genomes, release {there.release}, in {home}.")
            return there
        shutil.rmtree(home)
    elif home.exists() and any(home.iterdir()):
        if not (home / f"{DEMO_MARK}.building").exists():
            raise Refused(f"{home} holds something that is not a demo.", mend="Give another folder with --home.")
        shutil.rmtree(home)
    with _on_disk(home):
        home.mkdir(parents=True)
        (home / f"{DEMO_MARK}.building").touch()
    begun = perf_counter()
    with _on_disk(home):
        built = _build(settings, people, seed, say)
    mark.write_text(json.dumps(asdict(built)), "utf-8")
    (home / f"{DEMO_MARK}.building").unlink()
    say(f"Built in {perf_counter() - begun:.0f} s.")
    return built


def _build(settings: Settings, people: int, seed: int, say: Say) -> Built:
    reference = _lay_reference(settings.home)
    settings = _with_register(settings)
    with TemporaryDirectory(dir=settings.home.absolute()) as scratch:
        with _step(say, f"Inventing {people} people over real sequence of chromosome 21"):
            nation = simulate(
                Path(scratch) / "nation",
                seed=seed,
                people=people,
                reference=reference,
                sites=SITES,
                truth=False,
                level=1,
            )
        house = open_home(settings)
        with _step(say, "Opening accounts"), house.database.transaction() as connection:
            for name, display, roles, laboratory in cast.ACCOUNTS:
                create_account(
                    connection, name, display=display, roles=roles, laboratory=laboratory, by=OPERATOR, at=house.clock()
                )
            for region, name in cast.COORDINATORS.items():
                create_account(
                    connection, name, display=f"Regional coordinator, {name.partition('-')[2].title()}",
                    roles=("coordinator",), region=region, by=OPERATOR, at=house.clock(),
                )  # fmt: skip
            groups = tuple(group.code for group in patient_groups(connection))
        with _step(say, "Signing each laboratory's agreement about reporting"):
            agree_on_reporting(house)
        with _step(say, "Packing their files as five laboratories would"):
            opened = house.clock().date() - timedelta(days=9)
            called = simulate_structural(
                nation.samples, Path(scratch) / "structural", seed=seed, start=STRUCTURAL[0], end=STRUCTURAL[1]
            )
            sheet = write_sheet(
                nation.samples, Path(scratch) / "sheet.tsv", opened=opened, groups=groups, called=called.files
            )
            prepared = prepare_sheet(
                sheet,
                Path(scratch) / "packages",
                identify=lambda entries: register_persons(house, OPERATOR, entries, purpose="reporting"),
            )
            packages = list(prepared.packages)
            packages.append(cast.spoil(packages[0], Path(scratch) / "packages" / "spoiled"))
        with _step(say, f"Reporting {len(packages)} packages: check, keep, count, acknowledge"):
            persons, refused = _report(house, packages)
    with _step(say, "Noting which pipelines laboratories have validated; one is still at it"):
        note_validations(house)
    with _step(say, "Some people consent, and some decide that their genetic data serve nobody else"):
        note_decisions(house, persons, house.clock())
        opted_out = _opt_out(house, persons)
    with _step(say, "Cutting the first public release"):
        release = cut_release(house, ADMIN)
    with _step(
        say, "One person withdraws: out of live answers, files and genome erased, all others recounted, certified"
    ):
        # Of those who are in the release; who opted out is in none.
        withdraw_person(house, OPERATOR, [person for person in persons if person not in persons[::_OPT_OUT_EVERY]][-1])
        erase(house, OPERATOR)
        certify(house, OPERATOR)
    with _step(say, "Cutting a second release, which keeps its numbers because only one person left"):
        release = cut_release(house, ADMIN)
    with _step(say, "A release leaves as a file, and genotypes of one patient group for a study, under agreement"):
        hand_out(house)
    with _step(say, "A laboratory's deposit is read again and certified: its own copies may go"):
        certify_some(house)
    with (
        _step(say, "Other kinds: a foetus, a tumour and its RNA, a study's genome, a test; only the study's counts"),
        TemporaryDirectory(dir=settings.home.absolute()) as scratch,
    ):
        opened = house.clock().date() - timedelta(days=9)
        report_kinds(house, Path(scratch), seed=seed, reference=reference, sites=SITES, opened=opened)
    with (
        _step(say, "A patient whose drug genes were read, and the passport that says so"),
        TemporaryDirectory(dir=settings.home.absolute()) as scratch,
    ):
        give_passport(house, Path(scratch), opened=opened)
    with _step(say, "Laboratories share what they concluded; two disagree about CSTB, meet, and disagree once more"):
        classify(house, SITES, seed=seed)
    with (
        _step(say, "A trio is answered, a class changes, its department amends, and another reads it: the loop closes"),
        TemporaryDirectory(dir=settings.home.absolute()) as scratch,
    ):
        follow_up(house, Path(scratch))
    with _step(say, "An emergency and its review, refusals that raise an alert, an incident closed in time"):
        watch(house, persons[-9:-1])
    with _step(say, "The board: published series 2019-2025, its meetings and decisions, money made up and marked so"):
        fill_board(house)
    with _step(say, "The catalogue: the Danish part of the Genome of Europe, for which one applies"):
        fill_catalogue(house)
    with _step(say, "Signing the log"):
        house.log.checkpoint(house.clock())
    say(
        f"{len(persons) - 1} genomes of {people} people count; {refused} package was refused, as it should be; "
        f"{opted_out} people opted out; release {release.number} holds {release.people} people."
    )
    return Built(__version__, people, seed, len(persons), len(packages), refused, opted_out, release.number)


def _with_register(settings: Settings) -> Settings:
    """The home's settings, in its file too: the register outside is a file here, and it does not grow too old."""
    register, hours = settings.home / "identity" / REGISTER, 24 * 3650
    settings.file.write_text(f"opt_out_source = {json.dumps(str(register.absolute()))}\nopt_out_hours = {hours}\n")
    return replace(settings, opt_out_source=str(register.absolute()), opt_out_hours=hours)


def _lay_reference(home: Path) -> Path:
    """Copy the built-in slice into the home, where `open_home` finds it."""
    paths = demo_reference_paths()
    folder = home / "reference"
    folder.mkdir()
    for source in paths.fasta.parent.glob(f"{paths.fasta.name}*"):
        shutil.copyfile(source, folder / source.name.replace(paths.fasta.name, "reference.fa.gz"))
    shutil.copyfile(paths.genes, folder / "genes.gff3.gz")
    shutil.copyfile(paths.transcripts, folder / "transcripts.json.gz")
    shutil.copyfile(paths.equivalences, folder / "equivalences.tsv")
    return folder / "reference.fa.gz"


def _report(house: House, packages: list[Path]) -> tuple[list[str], int]:
    """Send every package as its laboratory's reporter. Returns pseudonyms of the persons counted, and refusals."""
    by_laboratory: dict[str, list[Path]] = {}
    for package in packages:
        said = json.loads((package / "manifest.json").read_text("utf-8"))
        by_laboratory.setdefault(said["laboratory"], []).append(package)
    persons: list[str] = []
    refused = 0
    for laboratory, theirs in sorted(by_laboratory.items()):
        reporter = Actor(f"lab-{laboratory}", frozenset({"lab"}), laboratory)
        for _, outcome in receive_many(house, reporter, theirs):
            if isinstance(outcome, PackageRefused):
                refused += 1
            else:
                persons += [genome.person for genome in outcome.genomes]
    return persons, refused


def _opt_out(house: House, persons: list[str]) -> int:
    chosen = persons[::_OPT_OUT_EVERY]
    today = house.clock().date()
    with house.database.transaction() as connection:
        for person in chosen:
            set_opt_out(connection, person, "genetic", since=today, by=OPERATOR, at=house.clock())
    # Others said so to the register outside; the release asks it.
    outside = [person for person in dict.fromkeys(persons) if person not in chosen][:3]
    write_register(house, outside, house.home / "identity" / REGISTER)
    return len(set(chosen)) + 2


@contextmanager
def _on_disk(home: Path) -> Iterator[None]:
    """What the system says of a disk names now one file, now another that was only read, and no place to mend."""
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise
        raise Unavailable(
            f"The demo's home {home} cannot be written: {os.strerror(error.errno)}.",
            mend="Make room on its disk (and in TMPDIR) and start it again, or give another folder with --home.",
        ) from error
    except Unavailable as error:
        if str(home) in error.message:
            raise
        raise Unavailable(f"The demo in {home} cannot be built: {error.message}", mend=error.mend) from error


@contextmanager
def _step(say: Say, what: str) -> Iterator[None]:
    begun = perf_counter()
    say(f"{what} ...")
    yield
    say(f"    done in {perf_counter() - begun:.1f} s")
