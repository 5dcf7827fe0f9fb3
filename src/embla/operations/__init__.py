"""Keeping Embla running: is it well, can it be brought back, what will the next version do to it.

Owns: the doctor's findings, backups and their repository, restoring and the drill that proves it, the dry run of an
upgrade, the figures for a monitoring system. Words: *repository* = the folder that backups lie in, whose objects are
shared by all of them; *backup* = one state of a home in it; *drill* = a restore into an empty folder that is compared
and thrown away; *recovery key* = the Crypt4GH key that alone opens the keys inside a backup.
Never knows: genotypes, who is who, pages of a room.
Start at model.py, then doctor.py and backup.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.operations.backup import back_up
    from embla.operations.doctor import examine
    from embla.operations.metrics import Metrics
    from embla.operations.model import Backup, Finding, full_on
    from embla.operations.repository import Repository
    from embla.operations.restoring import Restored, drill, restore
    from embla.operations.upgrading import Rehearsal, rehearse

_NAMES = {
    "backup": "back_up",
    "doctor": "examine",
    "metrics": "Metrics",
    "model": "Backup Finding full_on",
    "repository": "Repository",
    "restoring": "Restored drill restore",
    "upgrading": "Rehearsal rehearse",
}

__all__ = [
    "Backup",
    "Finding",
    "Metrics",
    "Rehearsal",
    "Repository",
    "Restored",
    "back_up",
    "drill",
    "examine",
    "full_on",
    "rehearse",
    "restore",
]

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
