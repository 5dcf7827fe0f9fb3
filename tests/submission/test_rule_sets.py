"""What a rule set asks: quality measured again, its versions, and accreditation on the day."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import text

from embla.platform import OPERATOR, House
from embla.registry import accredit, find_genome
from embla.submission import find_submission, receive, rule_set, rule_sets, sent_genome
from tests.submission.checked import TODAY, findings_of, rules_of
from tests.submission.kinds import OTHER, person2, refused, sample2, write_fastq, write_package
from tests.support.laboratory import make_single

# Quality


def test_quality__is_measured_again_and_more_than_a_tenth_apart_is_refused(tmp_path: Path) -> None:
    near = make_single(tmp_path / "a", sample={"mean_depth": 32.9})
    far = make_single(tmp_path / "b", sample={"mean_depth": 33.4})

    assert rules_of(near) == []
    (finding,) = findings_of(far)
    assert (finding.rule, finding.severity) == ("quality.differs", "error")
    assert finding.found == "mean_depth: 33.4x is declared, the files say 30x."
    assert '"mean_depth": 33.4' in (far / "manifest.json").read_text().splitlines()[finding.line - 1]


def test_quality__q30_comes_from_the_reads(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    for n in (1, 2):
        write_fastq(folder / "files" / f"a_R{n}.fastq", good=0.5)
    raw = sample2("a-B", calls=False, measured={"q30": 91.0}) | {"files": ["files/a_R1.fastq", "files/a_R2.fastq"]}

    found = findings_of(write_package(folder, "A1", "single", [person2("a", "index", raw)]))

    assert [(f.rule, f.found) for f in found if f.rule.startswith("quality")] == [
        ("quality.differs", "q30: 91 % is declared, the files say 50 %."),
        ("quality.low", "q30 is 50 %; rule set 2 asks for 85 % or more."),
    ]


def test_quality__het_balance_and_het_per_hom_come_from_the_calls() -> None:
    import numpy as np

    from embla.submission.rules_quality import _balances

    class Records:
        gt = np.array([[0, 1], [1, 1], [0, 2], [0, 1]], np.int8)
        ad = np.array([12, 8, 0, 20, 5, 0, 15, 3, 2], np.int32)
        ad_end = np.array([2, 4, 7, 9], np.uint32)

    # 8 of 20; a homozygous one is no het; 15 of 20 for the second ALT; the last was read too seldom.
    assert _balances(Records()) == [0.4, 0.75]


def test_rule_sets__have_owners_and_changes_and_an_older_one_still_judges(tmp_path: Path, house: House) -> None:
    assert [one.version for one in rule_sets()] == [1, 2]
    assert all(one.owner and one.changes and one.valid_from for one in rule_sets())
    assert rule_set(None, date(2025, 12, 31)).version == 1 and rule_set(None, TODAY).version == 2
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))
    assert receipt.rules == 2


def test_record__validated_under_v1_stays_readable_under_v2(tmp_path: Path, house: House) -> None:
    """An acknowledgement, findings and a manifest as the first version wrote them."""
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))
    said = receipt.to_json()
    old = {name: value for name, value in said.items() if name not in ("samples", "specimens", "rules", "test")}
    for genome in old["genomes"]:
        del genome["origin"]
    with house.database.transaction() as connection:
        connection.execute(
            text("UPDATE submissions SET acknowledgement = :a WHERE id = :id"),
            {"a": json.dumps(old), "id": receipt.submission},
        )

    with house.database.reading() as connection:
        found = find_submission(connection, receipt.submission)
        genome = find_genome(connection, receipt.genomes[0].accession)
        assert genome is not None
        sent = sent_genome(connection, genome)

    assert found is not None and found.acknowledgement is not None
    assert found.acknowledgement.rules == 1 and found.acknowledgement.genomes == receipt.genomes
    assert sent is not None and sent.files


# Accreditation


def lapse(house: House) -> None:
    with house.database.transaction() as connection:
        accredit(
            connection, "north", name="ISO 15189", since=date(2020, 1, 1), until=TODAY - timedelta(days=1), by=OPERATOR,
            at=house.clock(),
        )  # fmt: skip


def test_accreditation__lapsed_warns_and_refuses_where_the_operator_says_so(tmp_path: Path, house: House) -> None:
    lapse(house)

    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))

    assert "The accreditation of north lapsed on 2026-03-01; today is 2026-03-02." in receipt.warnings[0]
    strict = replace(house, settings=replace(house.settings, lapsed_accreditation="refuse"))
    assert refused(strict, make_single(tmp_path / "b", "N2", [OTHER])) == ["laboratory.accredited"]


def test_accreditation__is_in_force_on_its_last_day(tmp_path: Path, house: House) -> None:
    with house.database.transaction() as connection:
        accredit(connection, "north", name="ISO 15189", since=TODAY, until=TODAY, by=OPERATOR, at=house.clock())

    assert receive(house, OPERATOR, make_single(tmp_path / "a")).warnings == ()
