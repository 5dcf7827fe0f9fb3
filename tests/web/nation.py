"""A small nation behind the pages: real sequence of chromosome 21, simulated people, reported by five laboratories.

Built once a session through the real path: packages -> receive -> two releases. The seed is fixed, so a test may name
what it finds.
"""

import csv
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from embla.composition import open_home
from embla.frequency import cut_release
from embla.genome import Region
from embla.platform import OPERATOR, House, create_account, read_settings
from embla.reference import demo_reference_paths
from embla.simulation import simulate
from embla.submission import receive_many
from tests.support.homes import agreed

LABS = {"1081": "north", "1082": "central", "1083": "south", "1084": "capital", "1085": "zealand"}
# CSTB lies inside, and on both sides there is room for a place that nobody reads.
WINDOW = Region("chr21", 43_765_000, 43_790_000)
PEOPLE = 60
GROUPS = ("heart", "neurogenetics", "kidney")
BUILT_AT = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)
OPENED_AT = datetime(2026, 10, 2, 8, 0, tzinfo=UTC)
ACCOUNTS = (
    ("doctor", "Dr. Astrid Holm", ["clinician"], None),
    ("lab-north", "Laboratory North", ["lab"], "north"),
    ("lab-south", "Laboratory South", ["lab"], "south"),
    ("board", "The board", ["board"], None),
    ("secretary", "The board's secretary", ["secretary"], None),
    ("dpo", "Data protection", ["dpo"], None),
    ("admin", "Administration", ["admin"], None),
    ("researcher", "A researcher", ["researcher"], None),
    ("zone", "Keeper of the zone", ["zone"], None),
)
COORDINATOR = ("coordinator", "Coordinator of the Capital Region", "1084")


@dataclass(frozen=True)
class WebNation:
    """The home, open, and what a test may ask for."""

    house: House
    folder: Path
    refused: Path  # a package with errors of laboratory north
    good: Path  # a package of laboratory north that nobody has sent yet


def shared(factory: pytest.TempPathFactory) -> WebNation:
    """The nation of this run: built by the first worker that needs it, copied by the others."""
    base = factory.getbasetemp()
    common = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    original = common / "web-nation"
    with (common / "web-nation.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (original / "built").exists():
            original.mkdir()
            close(build(original))
            (original / "built").touch()
    own = factory.mktemp("web") / "nation"
    shutil.copytree(original, own)
    return opened(own)


def build(folder: Path) -> WebNation:
    """Simulate, report, cut two releases, leave one good and one bad package unsent."""
    paths = demo_reference_paths()
    made = simulate(
        folder / "nation", seed=7, people=PEOPLE, reference=paths.fasta, regions=[WINDOW], density=6_000, truth=False
    )
    house = agreed(_house(folder, BUILT_AT))
    with house.database.transaction() as connection:
        for name, display, roles, laboratory in ACCOUNTS:
            create_account(
                connection, name, display=display, roles=roles, laboratory=laboratory, by=OPERATOR, at=house.clock()
            )
        name, display, region = COORDINATOR
        create_account(
            connection, name, display=display, roles=["coordinator"], region=region, by=OPERATOR, at=house.clock()
        )
    packages = list(_packages(made.samples, folder / "packages"))
    north = [path for path in packages if path.name.startswith("north")]
    good, bad = north[-1], north[-2]
    sent = [path for path in packages if path not in (good, bad)]
    half = len(sent) * 2 // 3
    for part in (sent[:half], sent[half:]):
        for _, outcome in receive_many(house, OPERATOR, part):
            if isinstance(outcome, Exception):
                raise outcome
        cut_release(house, OPERATOR)
    _spoil(bad)
    (folder / "unsent.json").write_text(json.dumps({"refused": bad.name, "good": good.name}))
    return opened(folder, house)


def opened(folder: Path, house: House | None = None) -> WebNation:
    """A nation that was built in `folder`."""
    unsent = json.loads((folder / "unsent.json").read_text())
    packages = folder / "packages"
    return WebNation(
        house or _house(folder, OPENED_AT), folder, packages / unsent["refused"], packages / unsent["good"]
    )


def close(nation: WebNation) -> None:
    """Let go of the database, so that its files can be copied."""
    nation.house.database.close()


def _house(folder: Path, start: datetime) -> House:
    paths = demo_reference_paths()
    settings = read_settings(
        {
            "EMBLA_HOME": str(folder / "home"),
            "EMBLA_DEMO": "1",
            "EMBLA_REFERENCE": str(paths.fasta),
            "EMBLA_GENES": str(paths.genes),
            "EMBLA_TRANSCRIPTS": str(paths.transcripts),
            "EMBLA_EQUIVALENCES": str(paths.equivalences),
            "EMBLA_REQUESTS_PER_MINUTE": "0",
            "EMBLA_LOG_LEVEL": "error",
        }
    )
    ticks = count()
    return open_home(settings, clock=lambda: start + timedelta(seconds=next(ticks) / 10))


def _packages(samples: Path, out: Path) -> Iterator[Path]:
    """One package a person, as `embla submission init` would write it."""
    with samples.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for number, row in enumerate(rows):
        laboratory = LABS[row["region"]]
        folder = out / f"{laboratory}-{row['sample']}"
        folder.mkdir(parents=True)
        calls = folder / Path(row["path"]).name
        data = (samples.parent / row["path"]).read_bytes()
        calls.write_bytes(data)
        manifest = {
            "schema_version": 1,
            "package": f"PK-{row['sample']}",
            "laboratory": laboratory,
            "case": {
                "id": f"K-{row['sample']}",
                "kind": "single",
                "patient_group": GROUPS[number % len(GROUPS)],
                "opened": "2026-09-01",
                "family": row["family"],
                "clinicians": ["doctor"] if laboratory == "north" else [],
            },
            "persons": [
                {
                    "key": row["sample"],
                    "role": "index",
                    "karyotype": row["karyotype"],
                    "sample": {
                        "id": row["sample"],
                        "origin": "germline",
                        "assay": "genome",
                        "assembly": "GRCh38",
                        "callability": "gvcf",
                        "pipeline": {"name": "simulated", "version": "1"},
                        "calls": calls.name,
                    },
                }
            ],
            "files": [{"path": calls.name, "size": len(data), "sha256": sha256(data).hexdigest(), "format": "gvcf"}],
        }
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
        yield folder


def _spoil(folder: Path) -> None:
    """Two errors at once: a size that is wrong and a patient group that does not exist."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"][0]["size"] += 1
    manifest["case"]["patient_group"] = "no-such-group"
    path.write_text(json.dumps(manifest, indent=1))
