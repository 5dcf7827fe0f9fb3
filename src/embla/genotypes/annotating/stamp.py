"""A number made of all sources here and of those of reading: every kernel of annotation closes over it, or Numba, which
knows the file of the outermost function only, would run one whose columns lie elsewhere by now."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from embla.genotypes.reading import kernels

_SOURCES = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
STAMP: Final = kernels.STAMP ^ int.from_bytes(sha256(_SOURCES).digest()[:4], "big")
