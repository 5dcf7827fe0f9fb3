"""A patient's data back to the doctor: within a case, never beside it, and in the log before the first byte."""

import gzip
from datetime import timedelta
from pathlib import Path

import pytest

from embla.care import break_glass, calls, genomes_for, quality_of, sent_file
from embla.errors import BadInput, NotFound, NotPermitted
from embla.genome import GRCH38
from embla.genotypes import CohortStore, bgzipped, read_packs
from embla.platform import OPERATOR, Actor
from embla.policy import Action, Decision
from embla.registry import close_case, read_calls, read_quality, set_opt_out
from tests.care.ward import COLLEAGUE, DOCTOR, DPO, REASON, RESEARCHER, Ward


def text(pieces: object) -> str:
    return b"".join(pieces).decode()  # type: ignore[call-overload]


def records(vcf: str) -> list[list[str]]:
    return [line.split("\t") for line in vcf.splitlines() if not line.startswith("#")]


def variants(vcf: str) -> list[tuple[str, str, str, str]]:
    return [
        (r[1], r[3], r[4].removesuffix(",<NON_REF>"), r[9].split(":")[0]) for r in records(vcf) if r[4] != "<NON_REF>"
    ]


def test_calls__come_back_as_they_were_sent(ward: Ward) -> None:
    pieces, decision = calls(ward.house, DOCTOR, ward.genome(), case=ward.case())
    vcf = text(pieces)

    assert variants(vcf) == [("5030500", "A", "G", "0/1")]
    assert ward.genome() in vcf.splitlines()[-len(records(vcf)) - 1]
    assert decision.rule == "read_calls.clinician"


def test_calls__added_to_another_store_count_the_same(ward: Ward, tmp_path: Path) -> None:
    from embla.genotypes import SampleSpec

    out = tmp_path / "back.vcf.gz"
    pieces, _ = calls(ward.house, DOCTOR, ward.genome(), case=ward.case())
    out.write_bytes(b"".join(bgzipped(pieces)))
    spec = SampleSpec(name=ward.genome(), path=out, karyotype="XX", callability="gvcf")
    (again,) = read_packs([spec], assembly=GRCH38, reference=None, policy=ward.house.store.policy)

    with ward.house.database.reading() as connection:
        stored = ward.house.view(connection).genome(ward.genome())
    assert (again.pack.contigs["chr21"].key == stored.contigs["chr21"].key).all()
    assert (again.pack.contigs["chr21"].entry == stored.contigs["chr21"].entry).all()


def test_bgzipped__is_plain_gzip_with_the_mark_of_a_whole_file() -> None:
    long = [b"ACGT" * 40_000, b"", b"x"]
    whole = b"".join(bgzipped(long))

    assert gzip.decompress(whole) == b"".join(long)
    assert whole.endswith(bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000"))


@pytest.mark.parametrize(
    ("where", "pos", "span"),
    [
        ("chr21:5030401-5030600", ["5030500"], (5_030_401, 5_030_600)),
        ("chr21:5030500", ["5030500"], (5_030_500, 5_030_500)),
        ("chr21:5032001-5032100", [], (5_032_001, 5_032_100)),
    ],
)
def test_calls__of_a_region_hold_what_touches_it_and_nothing_else(
    ward: Ward, where: str, pos: list[str], span: tuple[int, int]
) -> None:
    vcf = text(calls(ward.house, DOCTOR, ward.genome(), case=ward.case(), where=where)[0])

    assert [v[0] for v in variants(vcf)] == pos
    covered: list[int] = []
    for r in records(vcf):
        end = int(r[7][4:]) if r[7].startswith("END=") else int(r[1]) + len(r[3]) - 1
        covered += range(int(r[1]), end + 1)
    assert covered == list(range(span[0], span[1] + 1))


def test_calls__of_a_region_that_is_none_are_refused_before_anything_is_asked(ward: Ward) -> None:
    before = len(ward.events())

    with pytest.raises(BadInput):
        calls(ward.house, DOCTOR, ward.genome(), case=ward.case(), where="chr99:1-2")
    assert len(ward.events()) == before


def test_calls__without_a_relation_are_refused_and_the_refusal_is_logged(ward: Ward) -> None:
    with pytest.raises(NotPermitted) as told:
        calls(ward.house, COLLEAGUE, ward.genome(), case=ward.case())

    (event,) = ward.events("access-refused")
    assert told.value.rule == event.body["rule"]
    assert (event.actor, event.subject, event.body["person"]) == ("colleague", f"genome:{ward.genome()}", ward.person())


def test_calls__through_the_case_of_another_patient_are_refused(ward: Ward) -> None:
    with pytest.raises(NotPermitted) as told:
        calls(ward.house, DOCTOR, ward.genome("N2"), case=ward.case("N1"))

    assert told.value.rule.endswith(".of_case")


def test_calls__of_a_closed_case_are_refused(ward: Ward) -> None:
    with ward.house.database.transaction() as connection:
        yesterday = ward.house.clock().date() - timedelta(days=1)
        close_case(connection, ward.case(), on=yesterday, by=OPERATOR, at=ward.house.clock())

    with pytest.raises(NotPermitted):
        calls(ward.house, DOCTOR, ward.genome(), case=ward.case())


@pytest.mark.parametrize("typed", ["010203-1234", "EMBG99999999999", "'; drop table genomes"])
def test_calls__of_what_is_no_genome_are_refused_and_what_was_typed_is_not_logged(ward: Ward, typed: str) -> None:
    with pytest.raises(NotPermitted):
        calls(ward.house, DOCTOR, typed, case="010203-1234")

    (event,) = ward.events("access-refused")
    assert "010203" not in event.subject + str(event.body) and "drop" not in event.subject


def test_opted_out_person__is_seen_by_the_own_doctor_and_never_by_research(ward: Ward) -> None:
    with ward.house.database.transaction() as connection:
        today = ward.house.clock().date()
        set_opt_out(connection, ward.person(), "genetic", since=today, by=OPERATOR, at=ward.house.clock())

    assert variants(text(calls(ward.house, DOCTOR, ward.genome(), case=ward.case())[0]))
    with pytest.raises(NotPermitted):
        calls(ward.house, RESEARCHER, ward.genome(), case=ward.case())


def test_entry__is_in_the_log_before_the_first_byte_and_stays_when_the_reader_hangs_up(ward: Ward) -> None:
    pieces, decision = calls(ward.house, DOCTOR, ward.genome(), case=ward.case())

    granted = ward.events("access-granted")[-1]
    assert (granted.number, granted.body["action"]) == (decision.event, "read_calls")
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert ward.events("access-granted")[-1] == granted


def test_log_that_cannot_be_written__gives_no_byte(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("embla.policy.door.append_event", full)
    opened: list[object] = []
    monkeypatch.setattr("embla.registry.giving._pack", lambda *a: opened.append(a))

    with pytest.raises(OSError):
        calls(ward.house, DOCTOR, ward.genome(), case=ward.case())
    assert opened == []


@pytest.mark.parametrize(
    "changes",
    [
        {"allowed": False},
        {"event": None},
        {"subject": "genome:EMBG00000000002"},
        {"action": Action.LIVE_COUNT},
        {"action": Action.READ_QC},
    ],
)
def test_read_calls__opens_for_no_decision_but_its_own(ward: Ward, changes: dict[str, object]) -> None:
    good = {
        "allowed": True, "rule": "read_calls.clinician", "text": "", "actor": "doctor", "action": Action.READ_CALLS,
        "purpose": "care", "legal_basis": "health-act-223b-care", "subject": f"genome:{ward.genome()}", "event": 1,
    }  # fmt: skip
    decision = Decision(**good | changes)  # type: ignore[arg-type]

    with pytest.raises(NotPermitted):
        read_calls(ward.house, ward.genome(), decision)
    if changes.get("action") != Action.READ_QC:
        with pytest.raises(NotPermitted):
            read_quality(ward.house, ward.genome(), decision)


def test_quality__is_what_the_file_says(ward: Ward) -> None:
    given = quality_of(ward.house, DOCTOR, ward.genome(), case=ward.case())

    q = given.quality
    assert (q.karyotype, q.callability, q.calls, q.het, q.hom, q.hemi, q.adj, q.failed) == (
        "XX",
        "gvcf",
        1,
        1,
        0,
        0,
        1,
        0,
    )
    assert (q.mean_dp, q.mean_gq, q.het_hom) == (30.0, 60.0, None)
    (chr21,) = q.contigs
    # The gVCF speaks of 10,000 bases of the contig.
    assert (chr21.contig, chr21.raw, chr21.adj, chr21.length) == ("chr21", 10_000, 10_000, 46_709_983)
    assert q.callable_adj == 10_000 / 46_709_983


def test_genomes_of_a_trio__are_each_in_the_log_of_their_own_person(ward: Ward) -> None:
    found = genomes_for(ward.house, DOCTOR, case=ward.case("T1"))

    assert {one.sent.role for one in found if one.sent} == {"index", "mother", "father"}
    entries = {event.body["person"]: event.number for event in ward.events("access-granted")[-3:]}
    assert entries == {ward.person("T1", role): event for role, event in zip(
        ("index", "mother", "father"), sorted(one.event for one in found), strict=True)}  # fmt: skip


def test_genomes__of_an_unknown_or_a_strange_case_are_refused_alike(ward: Ward) -> None:
    told = []
    for case in (ward.case("N2"), "C" + "0" * 16, "no-such-case"):
        with pytest.raises(NotPermitted) as refused:
            genomes_for(ward.house, DOCTOR, case=case)
        told.append(refused.value.message)

    assert len(set(told)) == 1 and len(ward.events("access-refused")) == 3


@pytest.mark.parametrize(("start", "end"), [(0, None), (10, 20), (0, 0), (5, 10_000_000)])
def test_file__comes_back_byte_for_byte(ward: Ward, start: int, end: int | None) -> None:
    path = "files/N1-p.g.vcf"
    sent = (ward.folder / "N1" / path).read_bytes()

    _, pieces = sent_file(ward.house, DOCTOR, ward.genome(), path, case=ward.case(), start=start, end=end)

    assert b"".join(pieces) == sent[start:end]
    assert ward.events("access-granted")[-1].body["person"] == ward.person()


def test_file__of_another_name_or_beside_the_case_is_refused(ward: Ward) -> None:
    with pytest.raises(NotFound):
        sent_file(ward.house, DOCTOR, ward.genome(), "manifest.json", case=ward.case())
    with pytest.raises(NotPermitted):
        sent_file(ward.house, COLLEAGUE, ward.genome(), "files/N1-p.g.vcf", case=ward.case())
    with pytest.raises(BadInput):
        sent_file(ward.house, DOCTOR, ward.genome(), "files/N1-p.g.vcf", case=ward.case(), start=10**9)


@pytest.mark.parametrize("actor", [DPO, OPERATOR, Actor("lab", frozenset({"lab"}), "north"), Actor("nobody")])
def test_nobody_but_a_clinician__reads_calls(ward: Ward, actor: Actor) -> None:
    with pytest.raises(NotPermitted):
        calls(ward.house, actor, ward.genome(), case=ward.case())


def test_emergency__opens_calls_of_that_person_only_and_marks_them(ward: Ward) -> None:
    break_glass(ward.house, ward.stepped(COLLEAGUE), ward.person("N2"), REASON)

    _, decision = calls(ward.house, COLLEAGUE, ward.genome("N2"))
    assert decision.rule == "read_calls.break_glass"
    with pytest.raises(NotPermitted):
        calls(ward.house, COLLEAGUE, ward.genome("N1"))


def test_store_of_a_home__gives_nothing_at_the_bare_command_line(ward: Ward) -> None:
    store = CohortStore.open(ward.house.home / "store")

    assert store.about.managed
