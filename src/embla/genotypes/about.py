"""What a cohort store says of itself (`store.json`), and the reference that it names."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from embla.errors import BadInput, Broken, NotFound, WrongFormat
from embla.genome import GRCH38
from embla.genotypes.files.packdigest import FIRST
from embla.genotypes.model.policy import Policy
from embla.genotypes.places import Where, open_place
from embla.storage import Storage

if TYPE_CHECKING:
    from embla.reference import Reference

FORMAT: Final = 2
ABOUT: Final = "store.json"


@dataclass(frozen=True)
class About:
    """What `store.json` says."""

    assembly: str
    policy: Policy
    reference: str = ""  # path of the FASTA, "" if none
    reference_digest: str = ""  # its refget collection digest
    managed: bool = False
    keys: str = "folder"  # who holds the packs' keys: the store's own folder, or its "owner"
    format: int = FORMAT
    digests: int = FIRST  # the oldest version that digests of its packs may have
    unfinished: bool = False  # it is being rebuilt from another store, or that died: nobody may read it

    def encode(self) -> bytes:
        """Readable JSON."""
        said = asdict(self)
        if self.digests == FIRST:
            del said["digests"]  # a program from before does not know it, and need not
        if not self.unfinished:
            del said["unfinished"]
        return (json.dumps(said, indent=1, sort_keys=True) + "\n").encode()

    def digest(self) -> str:
        """SHA-256 over what decides how a file becomes a pack, 64 hex digits."""
        deciding = [self.assembly, self.policy.digest(), self.reference, self.reference_digest]
        return sha256(json.dumps(deciding).encode()).hexdigest()

    @classmethod
    def of(cls, raw: dict[str, Any]) -> About:
        """From what `store.json` says. Raises WrongFormat for what this program does not know."""
        more = sorted(raw.keys() - {one.name for one in fields(cls)})
        if more:
            raise WrongFormat(
                f"store.json says {more[0]}, which this program does not know.", mend="Use a newer Embla."
            )
        return cls(**{**raw, "policy": Policy(**raw["policy"])})


def read_about(where: Where) -> tuple[Storage, dict[str, Any]]:
    """A store's place and what its `store.json` says, whatever its format. Raises NotFound where there is none."""
    try:
        folder = open_place(where, create=False)
        about: dict[str, Any] = json.loads(folder.get(ABOUT))
    except NotFound:
        shown = where if isinstance(where, str | Path) else where.where
        raise NotFound(f"there is no store at {shown}.", mend="Make one: embla store create STORE.") from None
    except ValueError as error:
        raise Broken("store.json is not readable.", mend="Restore it from a backup.") from error
    return folder, about


def open_reference(path: str | Path) -> Reference:
    """Open a FASTA that may hold a part of some contigs; places it lacks are N, so nothing is checked there.

    Raises BadInput for one of another build or with a contig longer than the assembly's.
    """
    from embla.reference import Reference

    reference = Reference.open(path, any_length=True)
    lengths = {contig: reference.length(contig) for contig in reference.contigs}
    build = GRCH38.recognise(dict(lengths))
    wrong = [c for c, length in lengths.items() if length > GRCH38.contig(c).length]
    if wrong or build not in (None, GRCH38.name):
        what = f"this is {build}" if build not in (None, GRCH38.name) else f"{wrong[0]} is longer than in {GRCH38.name}"
        raise BadInput(
            f"{what}; the store needs {GRCH38.name}.", path=str(path), mend=f"Give a FASTA of {GRCH38.name}."
        )
    return reference
