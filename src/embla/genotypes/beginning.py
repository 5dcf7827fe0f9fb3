"""How an empty store comes to be: all of it, or nothing that stands in the way of trying again."""

from contextlib import suppress

from embla.errors import EmblaError
from embla.genotypes.about import ABOUT, About
from embla.genotypes.files.manifest import Manifest, ManifestId
from embla.genotypes.staging import Scratch, write_manifest
from embla.genotypes.turns import CURRENT
from embla.storage import Storage


def begin(folder: Storage, about: About) -> bool:
    """Lay an empty store into a place that `is_free`; False where another was made there meanwhile."""
    scratch = Scratch(folder)
    try:
        ident = write_manifest(scratch, Manifest())
        if folder.swap(CURRENT, None, _pointer(ident)):
            scratch.new.append(CURRENT)
        # Last, so that a store that was only half made is no store.
        return folder.put(ABOUT, about.encode())
    except BaseException:
        with suppress(EmblaError):  # what stays is no hindrance, see `is_free`
            if not folder.exists(ABOUT):
                scratch.undo()
        raise


def is_free(folder: Storage) -> bool:
    """Is there nothing, or only what a `begin` that was ended half way left?"""
    ident, _ = Manifest().encode()
    left = set(folder.list()) - {ident.file}
    return not left or (left == {CURRENT} and folder.get(CURRENT) == _pointer(ident))


def _pointer(ident: ManifestId) -> bytes:
    return f"{ident}\n".encode()
