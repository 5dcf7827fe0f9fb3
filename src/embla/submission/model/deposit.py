"""A deposit certificate: what was kept of a package, told so that anybody can check it with a public key. Pure.

It is signed after every file was read again from where it lies, opened, and found to be what was sent. It says that the
local copies may be deleted only where, besides, every genome of the package is in the database and counted from there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from embla.errors import Broken

KIND: Final = "deposit-certificate"


@dataclass(frozen=True)
class DepositFile:
    """One file: its path in the package, what it is, SHA-256 and bytes of it as it was sent."""

    path: str
    sha256: str
    size: int
    format: str


@dataclass(frozen=True)
class Deposit:
    """A certificate that was made. `safe`: it says that local copies may be deleted; `text`: the signed envelope."""

    submission: str
    made_at: datetime
    safe: bool
    text: str


def said_of(
    *,
    submission: str,
    package: str,
    package_hash: str,
    laboratory: str,
    accepted_at: str,
    read_at: str,
    store: str,
    files: Sequence[DepositFile],
    genomes: Mapping[str, bool],
    reasons: Sequence[str],
) -> dict[str, Any]:
    """What the envelope says. `genomes`: accession -> is in the state `store` of the database; `reasons`: why local
    copies must stay although everything was read again."""
    return {
        "submission": submission,
        "package": package,
        "package_hash": package_hash,
        "laboratory": laboratory,
        "accepted_at": accepted_at,
        "read_again_at": read_at,
        "store": store,
        "files": [vars(file) for file in files],
        "bytes": sum(file.size for file in files),
        "genomes": [{"accession": name, "counted": counted} for name, counted in sorted(genomes.items())],
        "safe_to_delete_locally": not reasons and all(genomes.values()),
        "reasons": list(reasons),
    }


def told_of(says: Mapping[str, Any]) -> list[str]:
    """The certificate in sentences. Raises Broken when it contradicts itself."""
    try:
        files = [DepositFile(**file) for file in says["files"]]
        counted = [bool(genome["counted"]) for genome in says["genomes"]]
        safe, reasons, size = says["safe_to_delete_locally"], list(says["reasons"]), int(says["bytes"])
        package = f"Package {says['package']} of {says['laboratory']}"
        heading = f"{package}, accepted {says['accepted_at']} as {says['submission']}."
        read_at = str(says["read_again_at"])
    except (KeyError, TypeError, ValueError):
        raise Broken("This certificate does not say what a deposit certificate says.") from None
    if size != sum(file.size for file in files) or len({file.path for file in files}) != len(files):
        raise Broken("This certificate's list of files does not add up.")
    if safe is not (not reasons and all(counted)):
        raise Broken("This certificate contradicts itself about what may be deleted.")
    return [
        heading,
        f"{len(files)} files, {size:,} bytes, were read again where they are kept, opened, and equal what was sent "
        f"({read_at}).",
        *(f"{file.sha256}  {file.size}  {file.path}" for file in files),
        f"{sum(counted)} of {len(counted)} genomes are in the database and counted from.",
        "Safe to delete locally." if safe else f"NOT safe to delete locally: {' '.join(reasons) or 'see the genomes.'}",
    ]
