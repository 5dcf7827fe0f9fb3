"""Files as laboratories sent them, encrypted at rest (Crypt4GH), found by the hash of what is in them.

Owns: bodies in a folder or bucket; their headers, sizes and hashes in the database; the vault's keys in `keys/vault`;
the keys of genome packs and of genomes' rows, wrapped in the database; whose data a file holds, so that it leaves with
its person.
Words: a *body* is the encrypted segments, never rewritten; a *header* says under whose key they open, and is made anew
for each reader and at each rotation; *fixity* is reading everything again and comparing; a *probe* opens one of each
key's files.
Never knows: whose a file is, beyond the subjects that were noted with it. Bytes leave with a `Decision` only.
Start at service.py; segments.py is why a moved segment is found; leaving.py is how a file ends.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.vault.genome_keys import (
        destroy_genome_keys,
        genome_key,
        genomes_unsealed,
        open_genome_key,
        waits_for_key,
        wrapped_genome_keys,
    )
    from embla.vault.headers import public_key_of, read_public_key
    from embla.vault.keys import VaultKeys
    from embla.vault.leaving import (
        Left,
        bodies_found,
        bodies_waiting,
        delete_bodies,
        gone_for_good,
        held,
        holders,
        let_go,
        note_holders,
        try_delete_bodies,
    )
    from embla.vault.messages import open_message, seal_message
    from embla.vault.model import Fixity, Found, Probe, StoredFile
    from embla.vault.pack_keys import WrappedKeys
    from embla.vault.sealing import SEALED, SEGMENTS, Opener, header_end, most_sealed, opener, public_key, seal
    from embla.vault.service import READS, Reading, Vault
    from embla.vault.store import kept_bodies, kept_since, note_subjects
    from embla.vault.tending import fixity, probe, rotate

_WHERE = {
    "destroy_genome_keys": "genome_keys",
    "genome_key": "genome_keys",
    "genomes_unsealed": "genome_keys",
    "open_genome_key": "genome_keys",
    "waits_for_key": "genome_keys",
    "wrapped_genome_keys": "genome_keys",
    "public_key_of": "headers",
    "read_public_key": "headers",
    "VaultKeys": "keys",
    "Left": "leaving",
    "bodies_found": "leaving",
    "bodies_waiting": "leaving",
    "delete_bodies": "leaving",
    "gone_for_good": "leaving",
    "held": "leaving",
    "holders": "leaving",
    "let_go": "leaving",
    "note_holders": "leaving",
    "try_delete_bodies": "leaving",
    "open_message": "messages",
    "seal_message": "messages",
    "Fixity": "model",
    "Found": "model",
    "Probe": "model",
    "StoredFile": "model",
    "WrappedKeys": "pack_keys",
    "SEALED": "sealing",
    "most_sealed": "sealing",
    "public_key": "sealing",
    "seal": "sealing",
    "SEGMENTS": "sealing",
    "Opener": "sealing",
    "header_end": "sealing",
    "opener": "sealing",
    "READS": "service",
    "Reading": "service",
    "Vault": "service",
    "kept_bodies": "store",
    "kept_since": "store",
    "note_subjects": "store",
    "fixity": "tending",
    "probe": "tending",
    "rotate": "tending",
}

__all__ = [
    "Fixity",
    "Found",
    "Left",
    "Probe",
    "READS",
    "Reading",
    "Opener",
    "SEALED",
    "SEGMENTS",
    "StoredFile",
    "Vault",
    "VaultKeys",
    "WrappedKeys",
    "bodies_found",
    "bodies_waiting",
    "delete_bodies",
    "destroy_genome_keys",
    "fixity",
    "genome_key",
    "genomes_unsealed",
    "gone_for_good",
    "header_end",
    "held",
    "holders",
    "kept_bodies",
    "kept_since",
    "let_go",
    "most_sealed",
    "note_holders",
    "note_subjects",
    "open_genome_key",
    "open_message",
    "opener",
    "probe",
    "public_key",
    "public_key_of",
    "read_public_key",
    "rotate",
    "seal",
    "seal_message",
    "try_delete_bodies",
    "waits_for_key",
    "wrapped_genome_keys",
]

__getattr__ = lazy(__name__, _WHERE)
