"""Objects and their addresses, decided about like the bytes themselves: that a file is there is somebody's data too."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from embla.federation.delivery.deciding import decide, fingerprint
from embla.federation.delivery.giving import accepted_at, files_of, told
from embla.federation.delivery.minting import Mint
from embla.federation.delivery.model.part import Part, Thing, read_thing
from embla.federation.drs.model import PLAIN, SEALED, NotServed, blob, bundle

if TYPE_CHECKING:
    from embla.platform import Actor, House

_HTSGET: Final = {"bam": "reads", "cram": "reads", "vcf": "variants", "gvcf": "variants", "bcf": "variants"}


@dataclass(frozen=True)
class Desk:
    """One request's way in: who asks, and with which token."""

    house: "House"
    actor: "Actor"
    token: str
    base: str

    def object(self, identifier: str) -> dict[str, Any]:
        """A file, or a genome as a bundle of its files."""
        thing = _thing(identifier)
        granted = decide(self.house, self.actor, thing)
        host = urlsplit(self.base).netloc
        if thing.kind == "calls":
            files = files_of(self.house, thing.id, granted.decision)
            created = accepted_at(self.house, thing.id, granted.decision).isoformat()
            listed = [(file.path, file.sha256, file.size) for file in files]
            return bundle(thing.id, host=host, created=created, files=listed, base=self.base)
        kept = told(self.house, thing.id, granted.decision, granted.genomes)
        return blob(
            thing.id, host=host, size=kept.size, created=kept.kept_at.isoformat(), path=kept.path, form=kept.format,
            base=self.base, htsget=_HTSGET.get(kept.format, ""),
        )  # fmt: skip

    def access(self, identifier: str, way: str, key: bytes) -> dict[str, Any]:
        """The address of a file's bytes; `key`: public key of the environment that a sealed one is for."""
        thing = _thing(identifier)
        if thing.kind == "calls" or way not in (PLAIN, SEALED):
            raise NotServed(404, "There is no access of that id.")
        if way == SEALED and not key:
            raise NotServed(400, "A sealed file needs the recipient's key in Htsget-Context-Public-Key.")
        granted = decide(self.house, self.actor, thing, fingerprint(key) if way == SEALED else "")
        kept = told(self.house, thing.id, granted.decision, granted.genomes)
        mint = Mint(self.house, self.base, self.token, granted)
        return {"url": mint.address(thing, Part("raw", "", 0, kept.size))}


def known(identifier: str) -> bool:
    """Whether an id is of a shape that this node gives."""
    return read_thing(identifier) is not None


def _thing(identifier: str) -> Thing:
    thing = read_thing(identifier)
    if thing is None:
        raise NotServed(404, "There is no object of that id.")
    return thing
