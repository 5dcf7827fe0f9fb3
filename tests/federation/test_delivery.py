"""Addresses that cannot be changed, kept or lent, and sealing for registered environments inside the zone only."""

import gzip
import os
import shutil
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from embla import cli
from embla.app import create_app
from embla.datasets import data_set_for, draft_data_set, publish_data_set, withdraw_data_set
from embla.errors import BadInput, Conflict, NotFound, NotPermitted, UsageError
from embla.federation.delivery.capabilities import opened as open_capability
from embla.federation.delivery.capabilities import sealed
from embla.federation.delivery.deciding import CARE
from embla.federation.delivery.model.part import Capability, Part, Thing
from embla.federation.slicing.regions import Stretch
from embla.federation.slicing.source import END_OF_FILE
from embla.operations.keys import generate, private_bytes
from embla.platform import OPERATOR, House, Wrapping, close_account, issue_token, revoke_tokens
from embla.policy import About
from embla.policy.facts import gather
from embla.registry import (
    add_agreement,
    add_environment_key,
    agreements,
    end_agreement,
    end_environment_key,
    find_genome,
)
from embla.registry.model.agreement import Partner
from embla.registry.tables import case_clinicians, cases, genomes, partners
from embla.submission import sent_genome
from embla.vault import Vault
from embla.vault.segments import CIPHER_SEGMENT, SEGMENT, cut
from tests.care.ward import Ward
from tests.federation.delivered import Delivered, fetched, opened, public, text_of
from tests.vault.test_vault import allowed, put
from tests.web.clients import client_of

KEY = "Htsget-Context-Public-Key"
EDGES = (0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 150_000)


def sealed_for(delivered: Delivered, secret: bytes, path: str, **query: object) -> httpx.Response:
    headers = {KEY: text_of(public(secret))}
    query = {"encryptionScheme": "c4gh", **query}
    return delivered.client().get(f"/htsget/{path}", params=query, headers=headers)  # type: ignore[arg-type]


# Ranges and edit lists.


@given(st.lists(st.integers(1, 70_000), min_size=2, max_size=9), st.integers(1, 400_000))
def test_cut__keeps_each_segment_once_and_the_list_leaves_the_ranges(steps: list[int], size: int) -> None:
    at, ranges = 0, []
    for skip, keep in zip(steps[::2], steps[1::2], strict=False):
        if at + skip < size:
            ranges.append((at + skip, min(at + skip + keep, size)))
        at += skip + keep
    if not ranges:
        return
    plain = bytes(n * 7 % 251 for n in range(size))

    runs, edits = cut(ranges, size)

    kept = b"".join(plain[first * SEGMENT : past * SEGMENT] for first, past in runs)
    assert all(past <= following for (_, past), (following, _) in zip(runs, runs[1:], strict=False))
    found, at = b"", 0
    for skip, keep in zip(edits[::2], edits[1::2], strict=True):
        assert skip >= 0 and keep > 0
        found += kept[at + skip : at + skip + keep]
        at += skip + keep
    wanted = b"".join(plain[start:end] for start, end in ranges)
    assert (found if edits else kept) == wanted


def test_sealed__ranges_at_the_borders_of_segments_are_right_in_the_reference_program(house: House) -> None:
    data = bytes(n * 31 % 253 for n in range(200_001))
    vault, digest, decision = Vault(house), put(house, data), allowed(house)
    secret = bytes(range(1, 33))
    for start in EDGES:
        for length in (1, 10, 65_536, 65_537):
            ranges = [(start, min(start + length, len(data)))]
            whole = b"".join(vault.sealed(digest, public(secret), decision, ranges))
            assert opened(whole, secret) == data[start : start + length], (start, length)
    several = [(0, 3), (65_534, 65_538), (131_072, 131_073), (200_000, 200_001)]
    whole = b"".join(vault.sealed(digest, public(secret), decision, several))
    assert opened(whole, secret) == b"".join(data[a:b] for a, b in several)


def test_sealed__keeps_the_segments_as_they_lie(house: House) -> None:
    data = bytes(n % 256 for n in range(150_000))
    vault, digest, decision = Vault(house), put(house, data), allowed(house)
    body = b"".join(vault.body(digest, decision))

    one, other = (b"".join(vault.sealed(digest, public(bytes([n] * 32)), decision)) for n in (1, 2))
    middle = b"".join(vault.sealed(digest, public(bytes([1] * 32)), decision, [(70_000, 70_010)]))

    assert one.endswith(body) and other.endswith(body) and one != other
    assert middle.endswith(body[CIPHER_SEGMENT : 2 * CIPHER_SEGMENT])
    assert len(middle) < 2 * CIPHER_SEGMENT


# Addresses.


def capability(delivered: Delivered, **changes: object) -> Capability:
    base = Capability(
        Thing("calls", delivered.genome), Part("body", "VCF", regions=(Stretch("chr21", 1, 9),)), "t" * 12, "d",
        delivered.house.clock() + timedelta(minutes=5),
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


def test_capability__comes_back_as_it_was_and_tells_nothing(delivered: Delivered) -> None:
    made = capability(delivered)
    text = sealed(delivered.house.wrapping, made)

    found = open_capability(delivered.house.wrapping, text, delivered.house.clock())

    assert replace(found, expires=made.expires) == made and "EMBG" not in text and "chr21" not in text
    assert sealed(delivered.house.wrapping, made) != text


def test_capability__changed_anywhere_made_elsewhere_or_over_opens_nothing(
    delivered: Delivered, tmp_path: Path
) -> None:
    wrapping, now = delivered.house.wrapping, delivered.house.clock()
    text = sealed(wrapping, capability(delivered))
    for at in range(0, len(text) - 1, 7):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises(NotPermitted):
            open_capability(wrapping, changed, now)
    other = Wrapping.of_home(tmp_path)
    other.prepare()
    for wrong in (sealed(other, capability(delivered)), "", "x" * 10_000, "ø", text[:-4], text + "AAAA", "../../x"):
        with pytest.raises(NotPermitted):
            open_capability(wrapping, wrong, now)
    with pytest.raises(NotPermitted):
        open_capability(wrapping, text, now + timedelta(minutes=6))


def test_address__is_refused_when_changed_or_over_and_never_leads_to_another_person(delivered: Delivered) -> None:
    client = delivered.client("")
    url = delivered.client().get(f"/htsget/variants/{delivered.genome}").json()["htsget"]["urls"][0]["url"]
    text = url.rsplit("/", 1)[1]

    for wrong in (text[:-1] + ("A" if text[-1] != "A" else "Q") * 2, "x", "%2e%2e", "EMBG00000000001"):
        answer = client.get(f"/deliver/{wrong}")
        assert answer.status_code == 403 and answer.json()["status"] == 403 and "EMBG" not in answer.text
    theirs = Thing("calls", delivered.ward.genome("N2"))
    token = open_capability(delivered.house.wrapping, text, delivered.house.clock()).token
    good = capability(delivered, token=token, dataset=CARE)
    for changes in ({"thing": theirs}, {"dataset": "another"}, {"token": "0" * 12}):
        answer = client.get(f"/deliver/{sealed(delivered.house.wrapping, replace(good, **changes))}")  # type: ignore[arg-type]
        assert answer.status_code == 403, changes
    assert client.get(f"/deliver/{sealed(delivered.house.wrapping, good)}").status_code == 200


@pytest.fixture
def own(delivered: Delivered) -> Delivered:
    """The same home through an application of its own, with a token for this test."""
    with delivered.house.database.transaction() as connection:
        token = issue_token(connection, "doctor", label="own", by=OPERATOR, at=delivered.house.clock())
    return replace(delivered, tokens=delivered.tokens | {"doctor": token})


def test_address__dies_with_its_token(own: Delivered) -> None:
    from embla.platform.accounts import token_id

    url = own.client().get(f"/htsget/variants/{own.genome}").json()["htsget"]["urls"][0]["url"]
    assert own.client("").get(url).status_code == 200

    with own.house.database.transaction() as connection:
        at = own.house.clock()
        revoke_tokens(connection, "doctor", by=OPERATOR, at=at, only=token_id(own.tokens["doctor"]))

    assert own.client("").get(url).status_code == 403


def test_address__dies_when_the_case_is_closed_or_another_treats(own: Delivered) -> None:
    url = own.client().get(f"/htsget/variants/{own.genome}").json()["htsget"]["urls"][0]["url"]
    case = own.ward.acknowledgements["R1"].case

    def answers(change: object, back: object) -> int:
        with own.house.database.transaction() as connection:
            connection.execute(change)  # type: ignore[call-overload]
        status = own.client("").get(url).status_code
        with own.house.database.transaction() as connection:
            connection.execute(back)  # type: ignore[call-overload]
        return status

    mine = cases.c.id == case
    closing = update(cases).where(mine).values(closed=date(2026, 2, 1)), update(cases).where(mine).values(closed=None)
    leaving = (
        delete(case_clinicians).where(case_clinicians.c.case == case),
        insert(case_clinicians).values(case=case, account="doctor"),
    )
    assert (answers(*closing), answers(*leaving)) == (403, 403)
    assert own.client("").get(url).status_code == 200


def test_address__dies_with_its_account(own: Delivered) -> None:
    from embla.platform import create_account
    from embla.platform.tables import accounts
    from embla.registry import assign_clinician

    case = own.ward.acknowledgements["R1"].case
    with own.house.database.transaction() as connection:
        at = own.house.clock()
        create_account(connection, "locum", display="Locum", roles=["clinician"], by=OPERATOR, at=at)
        assign_clinician(connection, case, "locum", by=OPERATOR, at=at)
        token = issue_token(connection, "locum", label="t", by=OPERATOR, at=at)
    locum = replace(own, tokens={"locum": token})
    url = locum.client("locum").get(f"/htsget/variants/{own.genome}").json()["htsget"]["urls"][0]["url"]
    assert own.client("").get(url).status_code == 200

    with own.house.database.transaction() as connection:
        close_account(connection, "locum", by=OPERATOR, at=own.house.clock())

    assert own.client("").get(url).status_code == 403
    with own.house.database.transaction() as connection:
        connection.execute(delete(case_clinicians).where(case_clinicians.c.account == "locum"))
        connection.execute(update(accounts).where(accounts.c.name == "locum").values(display="Gone"))


def test_address__is_over_after_a_quarter_of_an_hour(delivered: Delivered) -> None:
    url = delivered.client().get(f"/htsget/variants/{delivered.genome}").json()["htsget"]["urls"][0]["url"]
    now = delivered.house.clock()
    late = replace(delivered.house, clock=lambda: now + timedelta(minutes=15, seconds=1))

    answer = client_of(create_app(late.settings, late)).get(url, headers={"Accept": "application/json"})

    assert answer.status_code == 403


def test_scopes__of_a_token_hold_for_its_addresses_too(delivered: Delivered) -> None:
    with delivered.house.database.transaction() as connection:
        at = delivered.house.clock()
        token = issue_token(connection, "doctor", label="s", by=OPERATOR, at=at, scopes=["read_qc"])
    narrow = replace(delivered, tokens={"doctor": token})

    assert narrow.client().get(f"/htsget/variants/{delivered.genome}").status_code == 403


# For whom.


def test_sealed__slices_and_calls_open_with_the_environments_key_only(delivered: Delivered) -> None:
    for path, query in (
        (f"reads/{delivered.files['r.bam']}", {"referenceName": "chr20", "start": 5_000, "end": 6_000}),
        (f"reads/{delivered.files['r.bam']}", {}),
        (f"variants/{delivered.genome}", {"referenceName": "chr21"}),
        (f"variants/{delivered.files['v.vcf.gz']}", {"referenceName": "chr21"}),
    ):
        told = sealed_for(delivered, delivered.secret, path, **query).json()
        data = fetched(delivered.client(""), told)
        plain = delivered.body(delivered.client().get(f"/htsget/{path}", params=query).json())

        assert len(told["htsget"]["urls"]) == 1
        assert gzip.decompress(opened(data, delivered.secret)) == gzip.decompress(plain)
        with pytest.raises(ValueError):
            opened(data, delivered.stranger)


def test_sealed__cram_slice_is_a_cram_file_of_the_segments_as_they_lie(delivered: Delivered, tmp_path: Path) -> None:
    import pysam

    query = {"referenceName": "chr20", "start": 5_000, "end": 6_000}
    told = sealed_for(delivered, delivered.secret, f"reads/{delivered.files['r.cram']}", **query).json()

    (tmp_path / "s.cram").write_bytes(opened(fetched(delivered.client(""), told), delivered.secret))

    with (
        pysam.AlignmentFile(str(tmp_path / "s.cram")) as got,
        pysam.AlignmentFile(str(delivered.folder / "r.bam")) as file,
    ):
        names = {read.query_name for read in got.fetch(until_eof=True)}
        assert {read.query_name for read in file.fetch("chr20", 5_000, 6_000)} <= names


def test_sealed__for_a_key_that_nobody_registered_is_refused_and_in_the_log(delivered: Delivered) -> None:
    before = len(delivered.ward.events("access-refused"))
    answer = sealed_for(delivered, delivered.stranger, f"variants/{delivered.genome}")

    refused = delivered.ward.events("access-refused")[before:]
    assert answer.status_code == 403 and "registered key" in answer.json()["htsget"]["message"]
    assert [(e.actor, e.subject, e.body["action"], e.body["rule"]) for e in refused] == [
        ("doctor", f"genome:{delivered.genome}", "send_person_data", "send_person_data.clinician.environment_valid")
    ]
    assert refused[0].body["environment"] == sha256(public(delivered.stranger)).hexdigest()


def test_sealed__is_in_the_log_with_whose_key_before_its_first_byte(delivered: Delivered) -> None:
    before = len(delivered.ward.events("person-data-sealed"))
    told = sealed_for(delivered, delivered.secret, f"variants/{delivered.genome}").json()
    assert len(delivered.ward.events("person-data-sealed")) == before

    delivered.client("").get(told["htsget"]["urls"][0]["url"])

    event = delivered.ward.events("person-data-sealed")[-1]
    assert (event.actor, event.body["environment"], event.body["partner"]) == ("doctor", "secure-1", "uppsala")
    assert event.body["key"] == delivered.key.fingerprint and event.body["decision"]


def test_sealed__is_refused_outside_the_zone_and_without_an_agreement(delivered: Delivered) -> None:
    path = f"variants/{delivered.genome}"
    url = sealed_for(delivered, delivered.secret, path).json()["htsget"]["urls"][0]["url"]
    uppsala = partners.c.id == "uppsala"

    def rule() -> str:
        status = sealed_for(delivered, delivered.secret, path).status_code
        assert (status, delivered.client("").get(url).status_code) == (403, 403)
        return str(delivered.ward.events("access-refused")[-1].body["rule"])

    with delivered.house.database.transaction() as connection:
        connection.execute(update(partners).where(uppsala).values(country="SE"))
    assert rule() == "send_person_data.clinician.inside_zone"
    with delivered.house.database.transaction() as connection:
        connection.execute(update(genomes).where(genomes.c.accession == delivered.genome).values(residency="DK,SE"))
    assert sealed_for(delivered, delivered.secret, path).status_code == 200
    with delivered.house.database.transaction() as connection:
        connection.execute(update(genomes).where(genomes.c.accession == delivered.genome).values(residency="DK"))
        connection.execute(update(partners).where(uppsala).values(country="DK"))
        standing = agreements(connection, "uppsala")[-1]
    end_agreement(delivered.house, OPERATOR, standing.id, on=date(2026, 3, 1))
    assert rule() == "send_person_data.clinician.agreement_valid"
    add_agreement(
        delivered.house, OPERATOR, Partner("uppsala", "A partner", "DK"), flow="delivery", reference="2",
        drafted=date(2026, 1, 1), signed=date(2026, 1, 2),
    )  # fmt: skip
    assert delivered.client("").get(url).status_code == 200


def test_key__is_registered_once_for_one_partner_and_ended_for_good(delivered: Delivered) -> None:
    house, key = delivered.house, public(bytes([9] * 32))
    with pytest.raises(NotFound):
        add_environment_key(house, OPERATOR, "first", "nobody", key)
    with pytest.raises(UsageError):
        add_environment_key(house, OPERATOR, "Not an id", "uppsala", key)
    for weak in (bytes(32), bytes([1]) + bytes(31), b"short"):
        with pytest.raises(BadInput):
            add_environment_key(house, OPERATOR, "weak", "uppsala", weak)
    made = add_environment_key(house, OPERATOR, "second", "uppsala", key)
    assert add_environment_key(house, OPERATOR, "second", "uppsala", key) == made
    with pytest.raises(Conflict):
        add_environment_key(house, OPERATOR, "third", "uppsala", key)
    with pytest.raises(NotPermitted):
        add_environment_key(house, replace(OPERATOR, id="doctor", roles=frozenset({"clinician"})), "x1", "uppsala", key)
    assert sealed_for(delivered, bytes([9] * 32), f"variants/{delivered.genome}").status_code == 200

    end_environment_key(house, OPERATOR, made.fingerprint, on=house.clock().date())

    assert sealed_for(delivered, bytes([9] * 32), f"variants/{delivered.genome}").status_code == 403
    with pytest.raises(Conflict):
        add_environment_key(house, OPERATOR, "second", "uppsala", key)


def test_environment__has_a_name_that_no_other_partner_can_take(delivered: Delivered) -> None:
    """A data set names environments: another's of the same name would be sent its people's data."""
    house, key = delivered.house, public(bytes([7] * 32))
    add_agreement(
        house, OPERATOR, Partner("lund", "Another", "SE"), flow="delivery", reference="", drafted=date(2026, 1, 1)
    )  # fmt: skip

    with pytest.raises(Conflict, match="of that name"):
        add_environment_key(house, OPERATOR, "secure-1", "lund", key)
    assert add_environment_key(house, OPERATOR, "secure-2", "lund", key).partner == "lund"


def test_crypt4gh_program__opens_what_was_delivered(delivered: Delivered, tmp_path: Path) -> None:
    program = shutil.which("crypt4gh", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("The program crypt4gh is not here; the package of that name brings it.")
    from crypt4gh.keys.c4gh import encode_private_key

    body = encode_private_key(delivered.secret, None, None)
    text = b64encode(body).decode()
    secret = tmp_path / "env.sec"
    secret.write_text(f"-----BEGIN CRYPT4GH PRIVATE KEY-----\n{text}\n-----END CRYPT4GH PRIVATE KEY-----\n")
    secret.chmod(0o600)
    for path, name in (
        (f"reads/{delivered.files['r.bam']}", "r.bam"),
        (f"reads/{delivered.files['r.cram']}", "r.cram"),
    ):
        data = fetched(delivered.client(""), sealed_for(delivered, delivered.secret, path).json())
        done = subprocess.run(
            [program, "decrypt", "--sk", str(secret)], input=data, capture_output=True, check=False, timeout=60
        )
        assert done.stdout == (delivered.folder / name).read_bytes(), done.stderr[-300:]
    query = {"referenceName": "chr20", "start": 5_000, "end": 6_000}
    data = fetched(
        delivered.client(""),
        sealed_for(delivered, delivered.secret, f"reads/{delivered.files['r.cram']}", **query).json(),
    )
    done = subprocess.run([program, "decrypt", "--sk", str(secret)], input=data, capture_output=True, timeout=60)
    assert done.stdout == opened(data, delivered.secret) and done.stdout[:4] == b"CRAM"


def test_commands__register_a_key_send_and_end_it(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBLA_HOME", str(ward.house.home))
    private, text = generate()
    (tmp_path / "key.pub").write_text(text)
    flow = ["registry", "agreement", "add", "lund", "--flow", "delivery", "--name", "A partner", "--country", "DK"]
    assert cli.run([*flow, "--signed", "2026-01-02"]) == 0
    add = ["registry", "environment", "add", "safe", "--partner", "lund", "--key", str(tmp_path / "key.pub")]
    with ward.house.database.reading() as connection:
        row = find_genome(connection, ward.genome())
        file = sent_genome(connection, row).files[0].sha256  # type: ignore[arg-type, union-attr]
    capsys.readouterr()

    def send(what: str, to: str) -> tuple[int, Path]:
        out = tmp_path / f"{what}.c4gh"
        return cli.run(["delivery", "send", what, "--to", to, "-o", str(out)]), out

    assert send(file, "0" * 64)[0] == 1 and send("../x", "0" * 64)[0] == 1
    assert cli.run(add) == 0
    fingerprint = capsys.readouterr().out.strip()
    for what in (file, ward.genome()):
        code, out = send(what, fingerprint)
        assert code == 0 and send(what, fingerprint)[0] == 1  # never overwritten
        plain = opened(out.read_bytes(), private_bytes(private))
        assert (sha256(plain).hexdigest() == file) if what == file else plain.endswith(END_OF_FILE)
    assert cli.run(["registry", "environment", "end", fingerprint]) == 0
    assert cli.run(["registry", "environment", "list"]) == 0
    assert "\tended\tsafe\tlund\t" in capsys.readouterr().out
    (tmp_path / f"{file}.c4gh").unlink()
    assert send(file, fingerprint)[0] == 1 and not (tmp_path / f"{file}.c4gh").exists()
    refused = ward.events("access-refused")
    assert {e.body["rule"] for e in refused} == {"send_person_data.operator.environment_valid"}
    assert {e.body["environment"] for e in refused} == {"0" * 64, fingerprint}


def test_data_set__holds_a_persons_counted_genome_and_sends_it_to_its_environments_alone(delivered: Delivered) -> None:
    from tests.datasets.test_service import said

    house, today = delivered.house, delivered.house.clock().date()
    asked = said(
        id="GOE-DK-STUDY-1", kind="genomes", access="RESTRICTED", cohort="everybody", environments=["secure-1"]
    )

    def found(genomes: list[str], key: str) -> str | None:
        with house.database.reading() as connection:
            return data_set_for(connection, genomes, key, on=today)

    def stands() -> bool:
        about = About(genome=delivered.genome, data_set=asked["id"], environment=delivered.key.fingerprint)
        with house.database.reading() as connection:
            return gather(connection, OPERATOR, about, house.clock()).in_data_set

    assert found([delivered.genome], "") is None and not stands()
    draft_data_set(house, OPERATOR, asked)
    assert found([delivered.genome], "") is None, "a draft delivers nothing"
    publish_data_set(house, OPERATOR, asked["id"])
    assert found([delivered.genome], delivered.key.fingerprint) == asked["id"] and stands()
    assert found([delivered.genome], "") == asked["id"]
    assert found([delivered.genome], "0" * 64) is None, "no registered environment"
    assert found([delivered.genome, "EMBG00000099999"], "") is None and found([], "") is None
    draft_data_set(house, OPERATOR, asked | {"environments": []})
    publish_data_set(house, OPERATOR, asked["id"])
    assert found([delivered.genome], delivered.key.fingerprint) is None and found([delivered.genome], "") == asked["id"]
    told = delivered.client("researcher").get(f"/htsget/variants/{delivered.genome}")
    assert told.status_code == 403
    refused = [e for e in delivered.ward.events() if e.kind == "access-refused"][-1]
    assert refused.body["data_set"] == asked["id"] and refused.body["rule"].startswith("read_calls.researcher")
    withdraw_data_set(house, OPERATOR, asked["id"], "Its time is over.")
    assert found([delivered.genome], "") is None and not stands()
