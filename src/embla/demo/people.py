"""Who is who in the demo: accounts, what laboratories are called, and one package that cannot be right."""

import json
import shutil
from pathlib import Path
from typing import Final

# Region code -> laboratory of the register.
LABORATORIES: Final = {"1081": "north", "1082": "central", "1083": "south", "1084": "capital", "1085": "zealand"}
CLINICIANS: Final = {"1081": "clinician-north", "1084": "clinician-capital"}
# The refused package is one of the central laboratory.
COORDINATORS: Final = {"1082": "coordinator-central", "1084": "coordinator-capital"}
# name, what people read, roles, laboratory.
ACCOUNTS: Final = (
    *((f"lab-{name}", f"Reporter at {name.title()}", ("lab",), name) for name in LABORATORIES.values()),
    *((f"second-{name}", f"Second reader at {name.title()}", ("lab",), name) for name in ("capital", "zealand")),
    ("clinician-capital", "Clinical geneticist, Capital", ("clinician",), None),
    ("registrar-capital", "Registrar, Capital", ("clinician",), None),
    ("clinician-north", "Clinical geneticist, North", ("clinician",), None),
    ("dpo", "Data protection officer", ("dpo",), None),
    ("board", "Member of the board", ("board",), None),
    ("secretary", "Secretary of the board", ("secretary",), None),
    ("admin", "Administrator", ("admin",), None),
    ("keeper", "Keeper of the identity zone", ("zone",), None),
    ("researcher", "Researcher", ("researcher",), None),
)


def spoil(package: Path, out: Path) -> Path:
    """A copy of a package that a laboratory must mend: a cut file and an unknown patient group."""
    shutil.copytree(package, out)
    manifest = out / "manifest.json"
    said = json.loads(manifest.read_text("utf-8"))
    said["package"] = f"{said['package']}-again"
    said["case"]["id"] = f"{said['case']['id']}-again"
    said["case"]["patient_group"] = "not-a-group"
    file = out / said["files"][0]["path"]
    data = file.read_bytes()
    file.unlink()  # a hard link to the good package's file: writing through it would spoil that too
    file.write_bytes(data[: len(data) * 2 // 3])
    manifest.write_text(json.dumps(said, indent=2), "utf-8")
    return out
