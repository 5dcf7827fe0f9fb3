"""python -m benchmarks.hook [ORDERS]: a prescriber's order at the CDS Hooks door, until its cards are there.

One real genome's extract in a home of its own, one worker. Wall and CPU time of the first order of a fresh process, and
of those that follow: each with six medicines, decided, logged and read from the pack anew.
"""

import gzip
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.commands import PROJECT
from embla.app import create_app
from embla.composition import open_home
from embla.platform import OPERATOR, Actor, House, Settings, create_account, issue_token
from embla.submission import receive_many
from tests.support.homes import agreed
from tests.support.laboratory import manifest, person, write_manifest
from tests.web.clients import TestClient

_REAL = PROJECT / "tests" / "data" / "gvcf" / "HG00276.g.vcf.gz"
_ORDERED = ("B01AC04", "N06AB04", "A02BC01", "C10AA01", "L01BC02", "N02AJ06")
_DOCTOR = Actor("doctor", frozenset({"clinician"}))


def measure(orders: int, folder: Path) -> dict[str, Any]:
    """Milliseconds of wall and CPU time: the first order, and median, 95th of 100 and worst of the others."""
    house = agreed(open_home(Settings(home=folder / "home", demo=True)))
    with house.database.transaction() as connection:
        create_account(
            connection, _DOCTOR.id, display="doctor", roles=_DOCTOR.roles, by=OPERATOR, at=house.clock()
        )  # fmt: skip
        token = issue_token(connection, _DOCTOR.id, label="EHR", by=OPERATOR, at=house.clock())
    case = _report(house, folder / "N1")
    drafts = [
        {"resource": {"resourceType": "MedicationRequest", "id": str(n), "medicationCodeableConcept": {
            "coding": [{"system": "http://www.whocc.no/atc", "code": code}]}}}
        for n, code in enumerate(_ORDERED)
    ]  # fmt: skip
    context = {"userId": "Practitioner/1", "patientId": case, "selections": ["MedicationRequest/0"],
               "draftOrders": {"resourceType": "Bundle", "entry": drafts}}  # fmt: skip
    body = {"hook": "order-sign", "hookInstance": "1", "context": context}
    told, cards = [], 0
    with TestClient(create_app(house.settings, house)) as client:
        for _ in range(orders + 1):
            wall, cpu = time.perf_counter(), time.process_time()
            answer = client.post(
                "/cds-services/pgx-order-sign", json=body, headers={"Authorization": f"Bearer {token}"}
            )  # fmt: skip
            told.append(((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))
            answer.raise_for_status()
            cards = len(answer.json()["cards"])
    house.database.close()
    first, *others = told
    found: dict[str, Any] = {"cards": cards, "orders": orders}
    for name, at in (("wall", 0), ("cpu", 1)):
        times = sorted(one[at] for one in others)
        found[name] = {
            "first": round(first[at], 1), "median": round(statistics.median(times), 1),
            "p95": round(times[int(len(times) * 0.95)], 1), "worst": round(times[-1], 1),
        }  # fmt: skip
    return found


def _report(house: House, package: Path) -> str:
    (package / "files").mkdir(parents=True)
    text = gzip.decompress(_REAL.read_bytes()).decode().replace("\tHG00276\n", "\tN1-p-B\n", 1)
    (package / "files" / "N1-p.g.vcf").write_text(text)
    write_manifest(package, manifest("N1", [person("N1-p")], package, case={"clinicians": [_DOCTOR.id]}))
    ((_, outcome),) = receive_many(house, OPERATOR, [package])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome.case


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else 50, Path(place))))
