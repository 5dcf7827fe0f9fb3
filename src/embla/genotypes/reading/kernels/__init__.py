"""The compiled part of reading: lines to rows (parse.py), rows to runs and entries (runs.py, entries.py).

Numba compiles once and keeps the result on disk. Its cache knows the file of the outermost function only, so every
kernel with a signature closes over `STAMP`, a number made of all sources here: change any of them and all are new.
"""

from hashlib import sha256
from pathlib import Path
from typing import Final

STAMP: Final = int.from_bytes(
    sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))).digest()[:4], "big"
)
