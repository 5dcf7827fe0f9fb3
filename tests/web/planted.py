"""A home in which everybody wrote hostile text wherever the house takes text, and which route shows what of it.

`SHOWN` has each route of the application: who reads it and the word that stands beside the text there, or why it shows
no text that somebody gave. A new route without a row fails test_given_text.py.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from embla.answers import Draft, acknowledge, give
from embla.answers import tables as answer_tables
from embla.answers.model.follow_up import FollowUp
from embla.answers.store import add_follow_up
from embla.care import break_glass, review_emergency
from embla.classification.discording import inbox, triage
from embla.classification.model.panel import Entry, Panel
from embla.classification.model.record import Content, Evidence, Identity
from embla.classification.naming import Named, name_allele
from embla.classification.panels import define_panel, draft_panel, put_in_force
from embla.classification.service import save_draft, sign
from embla.classification.tables import classification_names
from embla.errors import NotPermitted
from embla.governance.writing import enter_all
from embla.oversight import alerts_now, assess_incident, judge, note_incident
from embla.platform import OPERATOR, Actor, House, create_account
from embla.policy import Action, permit
from embla.registry import note_consent
from embla.registry.agreements import add_agreement
from embla.registry.model.agreement import Partner
from embla.registry.model.consent import Statement
from embla.registry.tables import case_clinicians, cases, genomes, laboratories
from embla.submission import receive
from embla.submission.model.finding import PackageRefused
from tests.web.nation import OPENED_AT, WebNation
from tests.web.payloads import ALL, MARKUP, batches, seen

DOCTOR = Actor("doctor", frozenset({"clinician"}))
DPO = Actor("dpo", frozenset({"dpo"}))
LAB = Actor("lab-north", frozenset({"lab"}), "north")
TODAY = OPENED_AT.date()


@dataclass
class Planted:
    """Where things lie: names in the addresses of SHOWN, filled as they are planted."""

    house: House
    at: dict[str, str] = field(default_factory=dict)


def plant(nation: WebNation) -> Planted:
    """Write hostile text through the services that everybody writes through."""
    planted = Planted(nation.house)
    _names(nation.house)
    _packages(nation, planted)
    _decisions(nation.house, planted)
    _emergencies(nation.house, planted)
    _incidents(nation.house, planted)
    _classify(nation.house, planted)
    _board(nation.house)
    _answers(nation.house, planted)
    return planted


def _answers(house: House, planted: Planted) -> None:
    """An answer, a follow-up with a remark, a question with an answer, and a panel with evidence."""
    case, person, genome, at = planted.at["case"], planted.at["person"], planted.at["genome"], house.clock()
    text = seen(" ".join(MARKUP[:9]))
    given = give(house, DOCTOR, case, Draft(f"zqanswer {text}"))
    acknowledge(house, DOCTOR, case, given.answer, 1, seen(f"zqreceipt {MARKUP[3]}")[:190])
    one = FollowUp(
        "L" + "0" * 16, "pgx", "pgx", case, person, genome, "patient", "north", True, "amending", at, TODAY,
        "recontact", "", f"zqremark {text}"[:1900], at, "doctor",
    )  # fmt: skip
    with house.database.transaction() as connection:
        add_follow_up(connection, one)
        question = {"id": "Q" + "0" * 16, "allele": "chr21-43774500-G-C", "case": case, "person": person,
                    "account": "doctor", "text": f"zqquestion {text}", "asked": at,
                    "until": at + timedelta(days=30)}  # fmt: skip
        connection.execute(insert(answer_tables.questions).values(question))
        asked = {"question": question["id"], "case": case, "person": person, "genome": genome, "state": "answered",
                 "reply": f"zqreply {text}", "contact": seen(MARKUP[7])[:190], "by": "doctor", "at": at}  # fmt: skip
        connection.execute(insert(answer_tables.asked).values(asked))
    define_panel(
        house, OPERATOR, Panel("planted", seen(f"zqpanel {MARKUP[2]}")[:190], text[:90], "heart", ("north", "south"), 0)
    )
    draft_panel(house, LAB, "planted", [Entry("HGNC:2482", "CSTB", "minimum", evidence=f"zqevidence {text}"[:1900])],
          f"zqwhy {text}"[:1900], expected=0)  # fmt: skip
    put_in_force(house, LAB, "planted", 1, house.clock().date())
    planted.at |= {"answer": given.answer, "follow_up": one.id, "question": question["id"]}


def _board(house: House) -> None:
    """Entries of the board's ledger."""
    with house.database.transaction() as connection:
        create_account(
            connection, "wrote-board", display=f"zqname {next(batches(150))}"[:190].replace("\0", ""), roles=["board"],
            by=OPERATOR, at=house.clock(),
        )  # fmt: skip
    entries: list[dict[str, Any]] = []
    for number, text in enumerate(batches(3_000)):
        entries += [
            {"kind": "decision", "name": f"{number}/26", "day": "2026-09-01", "forum": seen(text[:60]), "type": "B",
             "item": "x", "title": f"zqdecided {text}", "annex": text},
            {"kind": "budget_line", "name": seen(f"{number} {text}"[:80]), "day": "2026-09-01", "year": 2026,
             "version": "v", "part": "fixed", "side": "cost", "amount": "1.00", "explains": f"zqline {text}"},
            {"kind": "initiative", "name": f"{number}", "day": "2026-09-01", "title": text, "budget": text},
            {"kind": "agreement", "name": f"{number}", "day": "2026-09-01", "partner": text, "about": text},
            {"kind": "group_step", "name": seen(f"zqstep {number} {text}"[:80]), "day": "2026-09-01",
             "state": "proposed", "by": seen(text[:60]), "reason": text},
            {"kind": "report", "name": f"{number}", "day": "2026-09-01", "group": "heart", "element": "literature",
             "text": f"zqreport {text}"},
        ]  # fmt: skip
    enter_all(house, OPERATOR, entries)


def _names(house: House) -> None:
    """Accounts, partners with agreements, and the name of a laboratory."""
    with house.database.transaction() as connection:
        for number, batch in enumerate(batches(190)):
            name, shown = f"wrote-{number}", seen(f"zqname {batch}")
            create_account(connection, name, display=shown, roles=["board"], by=OPERATOR, at=house.clock())
        shown = seen(f"zqname {MARKUP[1]} {MARKUP[40]}")
        create_account(connection, "wrote-dpo", display=shown, roles=["dpo"], by=OPERATOR, at=house.clock())
        create_account(connection, "wrote-admin", display=shown, roles=["admin"], by=OPERATOR, at=house.clock())
        create_account(
            connection, "wrote-coordinator", display="Coordinator of the north", roles=["coordinator"], region="1081",
            by=OPERATOR, at=house.clock(),
        )  # fmt: skip
        connection.execute(
            update(laboratories).where(laboratories.c.id == "north").values(name=f"zqlab {next(batches(190))}")
        )
    for number, batch in enumerate(batches(190)):
        partner = Partner(f"partner-{number}", seen(f"zqpartner {batch}"), "DK")
        signed = {"drafted": date(2026, 1, 1), "signed": date(2026, 1, 2)}
        add_agreement(house, OPERATOR, partner, flow="research", reference=seen(batch[:200]), **signed)


def _packages(nation: WebNation, planted: Planted) -> None:
    """A package that is accepted with hostile names in it, and one that is refused for hundreds of them."""
    manifest = json.loads((nation.good / "manifest.json").read_text())
    calls = (nation.good / manifest["files"][0]["path"]).read_bytes()
    folder = nation.folder / "planted"
    folder.mkdir()
    good = json.loads(json.dumps(manifest))
    path = "=HYPERLINK('x')&lt;b&gt;.g.vcf.gz"
    person = good["persons"][0]
    person["sample"]["pipeline"] = {
        "name": f"zqpipe {MARKUP[0]}\u202e\u200b",
        "version": f'"><script>alert(1)</script>\r\n#{MARKUP[30]}',
    }
    person["sample"]["calls"] = good["files"][0]["path"] = path
    person["consent"] = {
        "form": seen(f"zqform {MARKUP[12]}"),
        "signed": "2026-09-01",
        "secondary_findings": "none",
        "recontact": True,
    }
    acknowledged = receive(nation.house, LAB, _package(folder / "good", good, {path: calls}))
    planted.at |= {"submission": acknowledged.submission, "case": acknowledged.case}
    planted.at |= {"genome": acknowledged.genomes[0].accession, "person": acknowledged.genomes[0].person, "path": path}

    bad = json.loads(json.dumps(manifest))
    bad["package"] = bad["case"]["id"] = "PK-planted"
    bad["files"] += [{"path": name or "x", "size": 1, "sha256": "0" * 64, "format": "other"} for name in ALL]
    planted.at["refused"] = refused(nation.house, _package(folder / "bad", bad, {}))
    # What no manifest may say: refused before anything is kept, and told to who sent it.
    planted.at["manifest"] = json.dumps(bad | dict.fromkeys(ALL, "zqkey"))

    broken = json.loads(json.dumps(manifest))
    broken["package"] = broken["case"]["id"] = "PK-broken"
    text = gzip.decompress(calls).decode().splitlines(keepends=True)
    head = [line for line in text if line.startswith("#")]
    rows = [
        f"{payload.strip() or 'x'}\t100\t.\tA\t{payload.strip() or 'x'}\t9\t{payload}\t{payload}\tGT\t0/1\n"
        for payload in MARKUP[:9]
    ]
    data = gzip.compress("".join(head + [f"##zq={MARKUP[5]}\n", *rows]).encode())
    broken["persons"][0]["sample"]["calls"] = broken["files"][0]["path"] = "a.g.vcf.gz"
    planted.at["broken"] = refused(nation.house, _package(folder / "broken", broken, {"a.g.vcf.gz": data}))


def _classify(house: House, planted: Planted) -> None:
    """Two laboratories disagree in hostile words."""
    text = f"zqclass {MARKUP[12]}{MARKUP[30]}"
    names = []
    for name, class_ in (("north", "P"), ("south", "B")):
        writer, reader = (Actor(f"{who}-{name}", frozenset({"lab"}), name) for who in ("writer", "reader"))
        named = name_allele("chr21-43774500-G-C", house.names)
        assert isinstance(named, Named)
        evidence = (Evidence("PS3", text=text, citations=(MARKUP[3],)),)
        content = Content(
            class_, TODAY, writer.id, condition_label=text, evidence=evidence, summary=text, override=text
        )
        identity = Identity(name, str(named.variant), "MONDO:0009698")
        made = save_draft(house, writer, identity, named, content, expected=0)
        sign(house, reader, made.record.id, expected=1, verdict=class_, text=text)
        names.append(made.record.id)
    lab = Actor("reader-south", frozenset({"lab"}), "south")
    (one,) = inbox(house, lab, "south")
    triage(house, lab, "south", one.id, "discuss", f"zqtriage {MARKUP[12]}", one.revision)
    planted.at |= {"classification": names[0], "discordance": one.id}
    rows = [{"id": f"W{n}", "laboratory": "north", "submitted": f"zqname {markup}", "reason": "unreadable",
             "said": f"zqsaid {markup}", "line": str(n), "batch": f"zqbatch {markup}", "created": house.clock(),
             "settled": None} for n, markup in enumerate(MARKUP[:40])]  # fmt: skip
    with house.database.transaction() as connection:
        connection.execute(insert(classification_names), rows)


def _package(folder: Path, manifest: dict[str, Any], files: dict[str, bytes]) -> Path:
    folder.mkdir()
    for path, data in files.items():
        (folder / path).write_bytes(data)
        item = next(item for item in manifest["files"] if item["path"] == path)
        item |= {"size": len(data), "sha256": sha256(data).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def refused(house: House, package: Path) -> str:
    """Send it, and be told no: the submission's id."""
    try:
        receive(house, LAB, package)
    except PackageRefused:
        with house.database.reading() as connection:
            from embla.submission import list_submissions

            return list_submissions(connection, laboratory="north", state="refused").items[0].id
    raise AssertionError("this package should have been refused")


def _decisions(house: House, planted: Planted) -> None:
    """Consents whose form has a hostile version."""
    for number, batch in enumerate(batches(90)):
        day = TODAY - timedelta(days=number)
        said = Statement(
            planted.at["person"], "general", seen(f"zqform {batch}"), "given", day, "none", True, None, None, "patient"
        )
        note_consent(house, DOCTOR, said, case=planted.at["case"], purpose="care")


def _emergencies(house: House, planted: Planted) -> None:
    fresh = replace(DOCTOR, stepped_up_until=house.clock() + timedelta(minutes=5))
    with house.database.reading() as connection:
        others = [row.accession for row in connection.execute(select(genomes).where(genomes.c.laboratory == "south"))]
    for number, (genome, batch) in enumerate(zip(others, _reasons("zqreason"), strict=False)):
        made = break_glass(house, fresh, genome, batch)
        planted.at[f"emergency{number or ''}"] = made.id
        if number:
            review_emergency(house, DPO, made.id, "justified", batch.replace("zqreason", "zqverdict"))
            planted.at["judged"] = made.id


def _incidents(house: House, planted: Planted) -> None:
    for batch in _reasons("zqincident"):
        made = note_incident(house, DPO, "other", batch)
        assess_incident(house, DPO, made.id, "risk", batch)
        planted.at["incident"] = made.id
    with house.database.reading() as connection:
        mine = select(case_clinicians.c.case)
        foreign = connection.execute(select(cases.c.id).where(cases.c.id.not_in(mine)).limit(6)).scalars().all()
    for case in foreign:
        try:
            permit(house.database, DOCTOR, Action.SEE_CASE, purpose="care", clock=house.clock, case=case)
        except NotPermitted:
            continue
    planted.at["alert"] = alerts_now(house, DPO)[0].alert.id
    judge(house, DPO, planted.at["alert"], "explained", next(_reasons("zqalert")))


def _reasons(word: str) -> Iterator[str]:
    return (f"{word} {batch}" for batch in batches(980 - len(word)))
