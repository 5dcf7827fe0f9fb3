"""The packs of a store: files named by the digest of their plain content, each sealed under a key of its own.

Writing: the sealed file, then its key, then the manifest that names it; so no state ever names a pack without a key,
and a crash leaves at most a file or a key that nobody needs. Erasing: the manifest without it, then the key.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from embla.errors import Broken, NotFound
from embla.genotypes.files.lexicon import FOLDER, Lexicon, is_lexicon
from embla.genotypes.files.packfile import PackFile
from embla.genotypes.pack_keys import PackKeys
from embla.genotypes.places import open_pack
from embla.storage import Blocks, Sealed, Storage, is_sealed, new_key, seal


def pack_file(digest: str) -> str:
    """Name of a pack's file."""
    return f"packs/{digest}"


class Packs:
    """Sealed packs where the store lies. Those of stores from before packs were sealed are read as they are."""

    def __init__(self, folder: Storage, keys: PackKeys, blocks: Blocks | None = None) -> None:
        self.folder = folder
        self._blocks = blocks
        self.keys = keys
        self.lexicon = lru_cache(maxsize=4)(self._open_lexicon)

    def newest_lexicon(self) -> Lexicon | None:
        """What new packs are told by: the one made of most genomes. None where none was made yet."""
        names = [name for name in self.folder.list(FOLDER) if is_lexicon(name)]
        return self.lexicon(max(names)) if names else None

    def _open_lexicon(self, name: str) -> Lexicon:
        """A lexicon by the name that packs give it. Raises Broken when it is gone."""
        if not is_lexicon(name):
            raise Broken("a pack names no lexicon of this store.", mend="Run `embla store verify`.")
        try:
            return Lexicon(open_pack(self.folder, name, self._blocks), name)
        except NotFound:
            raise Broken(f"{name} is missing.", mend="Restore it from a backup of the store.", file=name) from None

    def open(self, digest: str, held: Mapping[str, bytes] | None = None) -> PackFile:
        """A pack by its digest. NotFound when there is no file, Broken when its key is gone or not its key.

        `held`: digest -> key, of who asked for many at once; a pack that is not among them counts as erased."""
        file = pack_file(digest)
        data = open_pack(self.folder, file, self._blocks)
        if not is_sealed(data):
            return PackFile(data, file, self.lexicon)
        key = self.keys.find(digest) if held is None else held.get(digest)
        if key is None:
            raise Broken(
                f"the key of {file} is gone.",
                mend="If the genome was removed this is as it should be; else restore the keys from a backup.",
                file=file,
            )
        return PackFile(Sealed(data, key, digest.encode(), file), file, self.lexicon)

    def is_erased(self, digest: str) -> bool:
        """Can nobody read it any more, because its file or its key is gone?"""
        try:
            return is_sealed(self.folder.read(pack_file(digest), 0, 16)) and self.keys.find(digest) is None
        except NotFound:
            return True

    def put(self, digest: str, chunks: Iterable[bytes]) -> bytes | None:
        """Write a pack and give its key, which `keys.keep` must hold before a manifest names it; None when there."""
        file = pack_file(digest)
        if self.folder.exists(file):
            if not self.is_erased(digest):
                return None
            # Its key was destroyed, or its writer died before it was kept: these bytes are nobody's.
            self.folder.delete(file)
        # A writer whose disk failed may have left a key without a pack. `keep` would not replace it, so it is used.
        key = self.keys.find(digest) or new_key()
        self.folder.put(file, seal(chunks, key, digest.encode()))
        return key

    def seal_plain(self, digests: Collection[str]) -> int:
        """Seal those that lie there plain; returns how many. For the writer, under the store's LOCK."""
        sealed = 0
        for digest in digests:
            file = pack_file(digest)
            plain = self.folder.get(file)
            if is_sealed(plain):
                continue
            key = self.keys.find(digest) or new_key()
            self.keys.keep({digest: key})
            self.folder.swap(file, plain, b"".join(seal([plain], key, digest.encode())))
            sealed += 1
        return sealed
