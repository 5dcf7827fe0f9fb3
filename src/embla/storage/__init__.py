"""Bytes under names, kept safely: put once, read by range, swap one pointer at a time.

Owns: what is on the disk after a crash. A name that `put` gave back exists whole or not at all, whatever died when.
Words: `put` never overwrites; `swap` is the one way to change a name, and only from the bytes one has seen. Absence is
`NotFound`; a disk that is full, gone or forbidden is `Unavailable`, never the one for the other. *Sealed* bytes are
encrypted and authenticated in segments; *ranged* ones are fetched from a bucket as they are touched.
Never knows: what the bytes mean.
Start at folder.py; bucket.py keeps the same contract.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.storage.blocks import Blocks
    from embla.storage.bucket import Bucket, open_bucket
    from embla.storage.folder import Folder
    from embla.storage.hashing import Beside, Digest, hashed
    from embla.storage.names import check_name
    from embla.storage.parts import begin_file
    from embla.storage.ranged import Ranged
    from embla.storage.sealing import Sealed, is_sealed, new_key, seal
    from embla.storage.storage import Storage
    from embla.storage.together import DISK_ERRORS, Together, together

__all__ = [
    "DISK_ERRORS",
    "Beside",
    "Digest",
    "Blocks",
    "Bucket",
    "Folder",
    "Ranged",
    "Sealed",
    "Storage",
    "Together",
    "begin_file",
    "check_name",
    "hashed",
    "is_sealed",
    "new_key",
    "open_bucket",
    "seal",
    "together",
]

__getattr__ = lazy(
    __name__,
    {
        "Blocks": "blocks",
        "Bucket": "bucket",
        "open_bucket": "bucket",
        "Folder": "folder",
        "Ranged": "ranged",
        "Storage": "storage",
        "begin_file": "parts",
        "check_name": "names",
        "hashed": "hashing",
        "Beside": "hashing",
        "Digest": "hashing",
        "Sealed": "sealing",
        "is_sealed": "sealing",
        "new_key": "sealing",
        "seal": "sealing",
        "DISK_ERRORS": "together",
        "Together": "together",
        "together": "together",
    },
)
