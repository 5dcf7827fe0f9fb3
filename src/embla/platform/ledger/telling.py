"""What signed things about the log say, for `embla verify`."""

from pathlib import Path

from embla.errors import Broken
from embla.platform.envelope import Envelope
from embla.platform.ledger.entry import number_of
from embla.platform.ledger.merkle import included, leaf_hash


def tell_checkpoint(envelope: Envelope, _path: Path) -> list[str]:
    """Which log, how long, and its root."""
    says = envelope.says
    return [f"log {says.get('log')} had {says.get('size')} entries with root {says.get('root')}"]


def tell_proof(envelope: Envelope, _path: Path) -> list[str]:
    """The entry itself, once the path from it to the signed root is checked."""
    says = envelope.says
    try:
        entry = str(says["entry"]).encode()
        path = [bytes.fromhex(step) for step in says["path"]]
        size, root = int(says["size"]), bytes.fromhex(says["root"])
    except (KeyError, TypeError, ValueError):
        raise Broken("The proof is not whole.", fault="forged") from None
    number = number_of(entry) or 0
    if not included(leaf_hash(entry), number - 1, size, root, path):
        raise Broken(f"Entry {number} is not in the log that this proof is about.", fault="forged", number=number)
    return [
        f"entry {number} is in log {says.get('log')}, which had {size} entries with root {root.hex()}",
        entry.decode(),
    ]
