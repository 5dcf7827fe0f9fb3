"""When a person leaves, the files that hold nobody else's data leave, whoever dies in the middle; others' stay."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text, update

from embla.composition import open_home
from embla.errors import Broken, NotPermitted, Unavailable
from embla.operations import Repository, back_up, drill, restore
from embla.platform import OPERATOR, Database, House, Settings, newest_events, parse_envelope
from embla.platform.migrate import migrate_to
from embla.registry import certify, erase, erasures, find_genome, find_person, withdraw_person
from embla.registry.erasing import tell_certificate
from embla.registry.leaving import leaving_of
from embla.registry.tables import erasures as erasure_rows
from embla.storage import Folder
from embla.submission import PackageRefused, receive_many
from embla.submission.sweep import sweep
from embla.submission.tables import submissions
from embla.vault import Vault, bodies_waiting, fixity, note_holders
from embla.vault.tables import vault_files, vault_gone, vault_holders, vault_subjects
from tests.support.laboratory import START, make_single, make_trio, manifest, person, write_gvcf, write_manifest
from tests.support.mortal import burn


def call(n: int) -> list[tuple[str, int, str, str, str]]:
    return [("chr21", START + 100 * n, "A", "G", "0/1")]


def report(house: House, *packages: Path) -> list[str]:
    names = []
    for _, outcome in receive_many(house, OPERATOR, packages):
        assert not isinstance(outcome, PackageRefused), outcome
        names += [genome.accession for genome in outcome.genomes]
    return names


def person_of(house: House, accession: str) -> str:
    with house.database.reading() as connection:
        found = find_genome(connection, accession)
    assert found is not None
    return found.person


def hashes(package: Path) -> dict[str, str]:
    return {p.name: sha256(p.read_bytes()).hexdigest() for p in sorted((package / "files").iterdir())}


def bodies(house: House) -> set[str]:
    """SHA-256 of the contents whose body lies in the storage."""
    return {name.rpartition("/")[2].partition(".")[0] for name in house.files.list("bodies/")}


def rows(house: House) -> dict[str, set[str]]:
    with house.database.reading() as connection:
        return {
            table.name: set(connection.execute(select(table.c.sha256)).scalars())
            for table in (vault_files, vault_subjects, vault_holders)
        }


def test_withdrawal__takes_body_header_and_rows_and_the_certificate_says_how_many(
    house_on_both: House, tmp_path: Path
) -> None:
    house = house_on_both
    packages = [make_single(tmp_path / f"p{n}", f"N{n}", call(n)) for n in (1, 2)]
    gone, _ = report(house, *packages)
    (left,), (stays,) = (hashes(package).values() for package in packages)

    made = withdraw_person(house, OPERATOR, person_of(house, gone))

    # At once, before any compaction.
    assert (made.files, made.files_shared) == (1, 0)
    assert bodies(house) == {stays} and all(found == {stays} for found in rows(house).values())
    erase(house, OPERATOR)
    (done,) = certify(house, OPERATOR)
    envelope = parse_envelope(done.certificate)
    assert (envelope.says["files"], envelope.says["files_shared"], envelope.says["files_found"]) == (1, 0, 0)
    assert left not in done.certificate
    assert any(
        "1 files as laboratories sent them were deleted" in line for line in tell_certificate(envelope, tmp_path)
    )
    with house.database.reading() as connection:
        withdrawn = next(e for e in newest_events(connection, limit=20).items if e.kind == "person-withdrawn")
    assert withdrawn.body["files"] == 1
    # What must be kept is kept: that the package came, and its receipt.
    assert [receipt.accession for receipt in _again(house, packages[0])] == [gone]
    assert bodies(house) == {stays}


def _again(house: House, package: Path) -> list[object]:
    ((_, outcome),) = receive_many(house, OPERATOR, [package])
    assert not isinstance(outcome, PackageRefused)
    return list(outcome.genomes)


def test_withdrawal__of_a_mother_leaves_the_childs_file(house: House, tmp_path: Path) -> None:
    package = make_trio(tmp_path / "t", "T1")
    report(house, package)
    with house.database.reading() as connection:
        mother = find_person(connection, "north", "T1-mother")
    assert mother is not None

    withdraw_person(house, OPERATOR, mother)

    digests = hashes(package)
    assert bodies(house) == {digests["T1-index.g.vcf"], digests["T1-father.g.vcf"]}


def make_joint(folder: Path, n: int = 1) -> Path:
    """A trio in one file of calls, each person in a column of its own; its report beside it."""
    people = [(role, f"J-{role}", sex) for role, sex in (("index", "XY"), ("mother", "XX"), ("father", "XY"))]
    write_gvcf(folder / "files" / "joint.g.vcf", [f"{key}-B" for _, key, _ in people], call(n))
    persons = [person(key, role, sex, calls="files/joint.g.vcf") for role, key, sex in people]
    return write_manifest(folder, manifest("J1", persons, folder))


def test_withdrawal__of_one_in_a_joint_file_leaves_it_for_the_others_and_the_last_takes_it(
    house_on_both: House, tmp_path: Path
) -> None:
    house = house_on_both
    package = make_joint(tmp_path / "j")
    accessions = report(house, package)
    persons = [person_of(house, name) for name in accessions]
    (joint,) = hashes(package).values()

    made = [withdraw_person(house, OPERATOR, one) for one in persons[:2]]

    assert [(one.files, one.files_shared) for one in made] == [(0, 1), (0, 1)] and bodies(house) == {joint}
    with house.database.reading() as connection:
        asked = set(connection.execute(select(vault_subjects.c.subject)).scalars())
    # Nobody opens it for those who left.
    assert not asked & {f"{kind}:{n}" for n in accessions[:2] for kind in ("genome",)} | asked & {
        f"person:{one}" for one in persons[:2]
    }
    assert f"genome:{accessions[2]}" in asked

    last = withdraw_person(house, OPERATOR, persons[2])

    assert (last.files, last.files_shared) == (1, 0) and bodies(house) == set()
    assert all(found == set() for found in rows(house).values())


def test_withdrawal__leaves_a_bed_that_anothers_submission_has_too(house: House, tmp_path: Path) -> None:
    packages = []
    for n in (1, 2):
        folder = tmp_path / f"b{n}"
        write_gvcf(folder / "files" / f"B{n}-p.vcf", f"B{n}-p-B", call(n), blocks=False)
        (folder / "files" / "kit.bed").write_text(f"chr21\t{START}\t{START + 5000}\n")
        said = person(f"B{n}-p", callability="bed", calls=f"files/B{n}-p.vcf", bed="files/kit.bed", assay="exome")
        made = manifest(f"B{n}", [said], folder)
        for file in made["files"]:
            file["format"] = "bed" if file["path"].endswith("bed") else "vcf"
        packages.append(write_manifest(folder, made))
    first, second = report(house, *packages)
    bed = hashes(packages[0])["kit.bed"]

    told = leaving_of(house, OPERATOR, person_of(house, first))
    made_first = withdraw_person(house, OPERATOR, person_of(house, first))

    # What was said before somebody confirmed is what went.
    assert told == (made_first.genomes, made_first.files, made_first.files_shared) == (1, 1, 1)
    assert bodies(house) == {bed, hashes(packages[1])["B2-p.vcf"]}
    assert withdraw_person(house, OPERATOR, person_of(house, second)).files == 2
    assert bodies(house) == set()


def test_withdrawal__takes_the_files_of_a_corrected_package_too(house: House, tmp_path: Path) -> None:
    first = make_single(tmp_path / "a", "N1", call(1), key="k")
    again = make_single(
        tmp_path / "b", "N2", call(2), key="k", type="correction", corrects="N1", case={"id": "N1-case"}
    )
    report(house, first)
    (second,) = report(house, again)
    assert len(bodies(house)) == 2

    made = withdraw_person(house, OPERATOR, person_of(house, second))

    assert (made.genomes, made.files) == (1, 2) and bodies(house) == set()


def test_open__of_a_file_that_left_is_refused_and_an_open_reading_ends(house: House, tmp_path: Path) -> None:
    package = make_single(tmp_path / "p", "N1", call(1))
    (name,) = report(house, package)
    (digest,) = hashes(package).values()
    vault = Vault(house)
    file = vault.find(digest)
    assert file is not None
    key = vault._session_key(file)
    withdraw_person(house, OPERATOR, person_of(house, name))

    assert vault.find(digest) is None and not vault.holds(digest)
    with pytest.raises(Exception, match="bodies/"):
        vault.plain(file, key, 0, 1)
    assert fixity(vault).files == 0


def test_storage_that_is_away__keeps_nobody_from_leaving_and_holds_the_certificate_back(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (name,) = report(house, make_single(tmp_path / "p", "N1", call(1)))

    def away(*_: object) -> None:
        raise Unavailable("The bucket does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(type(house.files), "delete", away)
        made = withdraw_person(house, OPERATOR, person_of(house, name))
        with pytest.raises(Unavailable):
            erase(house, OPERATOR)
    with house.database.reading() as connection:
        assert bodies_waiting(connection) == 2
    assert [one.state for one in erasures(house, OPERATOR)] == ["masked"] and made.files == 1

    assert erase(house, OPERATOR) == 1 and bodies(house) == set()
    assert len(certify(house, OPERATOR)) == 1


def test_certify__signs_nothing_while_a_body_lies_there_after_all(house: House, tmp_path: Path) -> None:
    (name,) = report(house, make_single(tmp_path / "p", "N1", call(1)))
    (body,) = house.files.list("bodies/")
    kept = house.files.get(body)
    withdraw_person(house, OPERATOR, person_of(house, name))
    erase(house, OPERATOR)
    house.files.put(body, kept)

    with pytest.raises(Broken, match="still lie"):
        certify(house, OPERATOR)

    assert [one.state for one in erasures(house, OPERATOR)] == ["erased"]


def test_same_content_sent_again_after_leaving__is_kept_for_the_new_genome_alone(house: House, tmp_path: Path) -> None:
    (name,) = report(house, make_single(tmp_path / "a", "N1", call(1)))
    withdraw_person(house, OPERATOR, person_of(house, name))
    erase(house, OPERATOR)
    certify(house, OPERATOR)

    # The person decided anew, on a later day: another package with the very same file.
    folder = make_single(tmp_path / "b", "N2", call(1), key="N1-p")
    value = json.loads((folder / "manifest.json").read_text())
    value["persons"][0]["consent"] = {
        "form": "1.0",
        "signed": "2026-03-03",
        "secondary_findings": "all",
        "recontact": True,
    }
    write_manifest(folder, value)
    report(house, folder)
    erase(house, OPERATOR)
    assert len(bodies(house)) == 1
    sweep(house, hours=0)

    assert len(bodies(house)) == 1 and [one.state for one in erasures(house, OPERATOR)] == ["certified"]


def test_sweep__finishes_what_is_left_and_takes_what_a_dead_put_brought_back(house: House, tmp_path: Path) -> None:
    package = make_single(tmp_path / "p", "N1", call(1))
    (name,) = report(house, package)
    withdraw_person(house, OPERATOR, person_of(house, name))
    (path,) = (package / "files").iterdir()
    Vault(house).put([path.read_bytes()], sha256(path.read_bytes()).hexdigest())
    with house.database.transaction() as connection:
        connection.execute(update(vault_gone).values(deleted_at=None))

    sweep(house, hours=0)

    assert bodies(house) == set() and rows(house)["vault_files"] == set()
    with house.database.reading() as connection:
        assert bodies_waiting(connection) == 0


def test_people_who_left_before_files_did__lose_them_and_get_another_certificate(house: House, tmp_path: Path) -> None:
    packages = [make_single(tmp_path / f"p{n}", f"N{n}", call(n)) for n in (1, 2)]
    name, _ = report(house, *packages)
    with house.database.reading() as connection:
        kept = [dict(row._mapping) for row in connection.execute(select(vault_files))]
    stored = {row["body"]: house.files.get(row["body"]) for row in kept}
    withdraw_person(house, OPERATOR, person_of(house, name))
    erase(house, OPERATOR)
    certify(house, OPERATOR)
    (left,) = hashes(packages[0]).values()
    # As an older Embla left it.
    with house.database.transaction() as connection:
        connection.execute(delete(vault_gone))
        connection.execute(insert(vault_files), [row for row in kept if row["sha256"] == left])
        note_holders(connection, left, [name])
        connection.execute(update(erasure_rows).values(files=0))
    for body, data in stored.items():
        house.files.put(body, data)

    erase(house, OPERATOR)
    (done,) = certify(house, OPERATOR)

    assert parse_envelope(done.certificate).says["files"] == 1 and left not in bodies(house)
    assert len(bodies(house)) == 1 and erase(house, OPERATOR) == 0 and certify(house, OPERATOR) == []


def test_restore__of_an_older_backup_takes_files_of_those_who_left_since_away_again(
    house: House, tmp_path: Path
) -> None:
    repository = Repository.open(Folder(tmp_path / "repository"), create=True)
    packages = [make_single(tmp_path / f"p{n}", f"N{n}", call(n)) for n in (1, 2)]
    name, _ = report(house, *packages)
    old = back_up(house, repository)
    withdraw_person(house, OPERATOR, person_of(house, name))
    back_up(house, repository)

    restore(repository, old, replace(house.settings, home=tmp_path / "again"), keys=house.home / "keys")

    again = open_home(replace(house.settings, home=tmp_path / "again"), create=False)
    (stays,) = hashes(packages[1]).values()
    assert bodies(again) == {stays} and rows(again)["vault_files"] == {stays}
    assert [one.files for one in erasures(again, OPERATOR)] == [1]
    erase(again, OPERATOR)
    assert len(certify(again, OPERATOR)) == 1


def test_drill__of_an_older_backup_never_touches_files_that_lie_outside_the_home(house: House, tmp_path: Path) -> None:
    shared = replace(house.settings, files_at=str(tmp_path / "bucket"))
    outside = open_home(shared, clock=house.clock, new_id=house.new_id)
    repository = Repository.open(Folder(tmp_path / "repository"), create=True)
    (name,) = report(outside, make_single(tmp_path / "p", "N1", call(1)))
    old = back_up(outside, repository)
    withdraw_person(outside, OPERATOR, person_of(outside, name))
    back_up(outside, repository)
    (body,) = (row for row in _gone_bodies(outside) if row.startswith("bodies/"))
    outside.files.put(body, b"another's by now, in the living home")

    drill(outside, repository, old)

    assert outside.files.exists(body)


def _gone_bodies(house: House) -> list[str]:
    with house.database.reading() as connection:
        return list(connection.execute(select(vault_gone.c.body)).scalars())


def test_migration__reads_whose_the_files_of_an_older_home_are(house: House, tmp_path: Path, database_url: str) -> None:
    report(
        house,
        make_single(tmp_path / "p", "N1", call(1)),
        make_trio(tmp_path / "t", "T1"),
        make_joint(tmp_path / "j", 9),
    )
    database = Database(database_url if "test.db" not in database_url else f"sqlite:///{tmp_path}/older.db")
    migrate_to(database, "0012")
    with house.database.reading() as connection:
        old = [column for column in submissions.c if column.name != "type"]  # which that home did not have
        sent = [dict(row._mapping) for row in connection.execute(select(*old))]
        wanted = {tuple(row) for row in connection.execute(select(vault_holders.c.sha256, vault_holders.c.genome))}
    with database.transaction() as connection:
        connection.execute(insert(submissions), sent)

    database.migrate()

    with database.reading() as connection:
        found = {tuple(row) for row in connection.execute(text("SELECT sha256, genome FROM vault_holders"))}
    assert found == wanted and len(found) == 7
    database.close()


def killed_at(home: Path, writes: int, person: str) -> bool:
    """Withdraw, erase and certify in a process that dies before its n-th write. False when it came to its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            house = open_home(Settings(home=home, demo=True))
            burn(writes)
            withdraw_person(house, OPERATOR, person)
            erase(house, OPERATOR)
            certify(house, OPERATOR)
            status = 0
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    assert ended == 0 or os.WTERMSIG(ended) == signal.SIGKILL
    return ended != 0


def withdrawals_killed(house: House, folder: Path, step: int) -> Iterator[int]:
    packages = [make_single(folder / f"p{n}", f"N{n}", call(n)) for n in (1, 2)]
    name, _ = report(house, *packages)
    leaver = person_of(house, name)
    (left,), (stays,) = (hashes(package).values() for package in packages)
    house.database.close()
    writes = 1
    while True:
        home = folder / f"home{writes}"
        shutil.copytree(house.home, home)
        died = killed_at(home, writes, leaver)
        after = open_home(Settings(home=home, demo=True))
        with after.database.reading() as connection:
            genome = find_genome(connection, name)
        assert genome is not None
        if genome.state == "accepted":
            # Nothing happened yet, so everything is there.
            assert bodies(after) == {left, stays} and fixity(Vault(after)).found == ()
            withdraw_person(after, OPERATOR, leaver)
        # The start alone finished what was begun.
        assert bodies(after) == {stays} and all(found == {stays} for found in rows(after).values())
        erase(after, OPERATOR)
        certify(after, OPERATOR)
        (one,) = erasures(after, OPERATOR)
        assert (one.state, one.files) == ("certified", 1)
        after.database.close()
        shutil.rmtree(home)
        yield writes
        if not died:
            return
        writes += step


def test_withdrawal__killed_at_a_write_is_finished_by_the_next_start(house: House, tmp_path: Path) -> None:
    """R1: at some writes; the deep test kills at every one."""
    assert len(list(withdrawals_killed(house, tmp_path, 17))) >= 3


@pytest.mark.deep
@pytest.mark.timeout(1800)
def test_withdrawal__killed_at_every_write_is_finished_by_the_next_start(house: House, tmp_path: Path) -> None:
    assert len(list(withdrawals_killed(house, tmp_path, 1))) >= 25


def test_let_go__of_a_decision_about_another_is_not_asked_here(house: House, tmp_path: Path) -> None:
    from embla.platform import Actor

    (name,) = report(house, make_single(tmp_path / "p", "N1", call(1)))

    with pytest.raises(NotPermitted):
        withdraw_person(house, Actor("dr", frozenset({"clinician"})), person_of(house, name))

    assert len(bodies(house)) == 1
