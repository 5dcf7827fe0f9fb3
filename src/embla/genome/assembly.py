"""An assembly: its contigs under every spelling, its pieces by ploidy, and the judgement of a file's header.

>>> GRCH38.contig("NC_000001.11").name
'chr1'
>>> GRCH38.recognise({"1": 249250621})
'GRCh37'
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from typing import Final

from embla.errors import BadInput, UnknownContig
from embla.genome.contig import NAMES, Contig, builds, make_contig, other_lengths
from embla.genome.ploidy import Piece, PieceKind

# PAR of GRCh38 (Genome Reference Consortium), 1-based with both ends: X and Y 10,001-2,781,479;
# X 155,701,383-156,030,895; Y 56,887,903-57,217,415. Here 0-based half-open.
_PAR: Final = {
    "chrX": ((10_000, 2_781_479), (155_701_382, 156_030_895)),
    "chrY": ((10_000, 2_781_479), (56_887_902, 57_217_415)),
}

# Names of the analysis sets that are too many to list: alternate loci, patches, decoys (hs38d1), HLA (hs38DH), and the
# viral sequences of GRCh38.d1.vd1. A name's shape is enough, as the primary contigs are judged by their lengths.
_OTHER_SHAPES: Final = re.compile(
    r"chr([1-9]|1[0-9]|2[0-2]|X|Y|Un)_[A-Z]{2}[0-9]{6}v[0-9]+_(alt|fix)"
    r"|chrUn_([A-Z]{2}[0-9]{6}|[A-Z]{4}[0-9]{8})v[0-9]+_decoy"
    r"|HLA-[A-Z0-9]+\*[0-9]+(:[0-9]+)*[A-Z]?"
    r"|(KI27[0-9]{4}|GL000(25[0-8])|GL339449|GL383[0-9]{3}|GL582966|GL87787[56]|GL9497[45][0-9]|JH1591[34][0-9]|JH636055"
    r"|KB021644|KB663609|K[NQVZ][0-9]{6}|ML[0-9]{6}|MU[0-9]{6}|JTFH[0-9]{8})\.[0-9]+"
    r"|NT_[0-9]{6}\.[0-9]+|NW_[0-9]{9}\.[0-9]+"  # RefSeq's names of scaffolds; GRCh37's look alike
    r"|CHR_HSCHR[0-9A-Z_]+|CHR_HG[0-9A-Z_]+"
    r"|CMV|HBV|HCV-[12]|HIV-[12]|KSHV|HTLV-1|MCV|SV40|HPV[0-9]+(-[A-Za-z0-9]+)?|hs38d1|EBV|NC_007605(\.1)?"
)

_MT_HG19: Final = 16_571


class Assembly:
    """A genome build. `contigs` are chr1-chr22, chrX, chrY, chrM in that order (chrM not in GRCh37: it has two)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.contigs: tuple[Contig, ...] = tuple(
            make_contig(name, contig) for contig in NAMES if contig in builds()[name]
        )
        self._by_spelling: dict[str, Contig] = {}
        for contig in self.contigs:
            for spelling in (contig.name, *contig.aliases):
                self._by_spelling[spelling] = contig
                self._by_spelling.setdefault(spelling.lower(), contig)
        self._pieces = {contig.name: _cut(contig) for contig in self.contigs}
        self._piece_starts = {name: [piece.start for piece in pieces] for name, pieces in self._pieces.items()}

    def __repr__(self) -> str:
        return f"Assembly({self.name!r})"

    def __reduce__(self) -> tuple[type["Assembly"], tuple[str]]:
        return (Assembly, (self.name,))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Assembly) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def find(self, name: str) -> Contig | None:
        """The contig with this name or alias in any case, or None."""
        return self._by_spelling.get(name) or self._by_spelling.get(name.lower())

    def contig(self, name: str) -> Contig:
        """The contig with this name or alias; UnknownContig otherwise, which names the other build where it is one."""
        found = self.find(name)
        if found is not None:
            return found
        shown = _printable(name)
        elsewhere = _accession_of_another_build(name, self.name)
        if elsewhere is not None:
            build, contig = elsewhere
            right = next(c for c in self.contigs if c.name == contig)
            raise UnknownContig(
                f"{shown} is {contig} of {build}; this database is {self.name}, where it is {right.accession}.",
                mend=f"Lift the position over to {self.name} first.",
                build=build,
            )
        if self.is_other(name):
            raise UnknownContig(
                f"{shown} is a {self.name} contig outside 1-22, X, Y, M, which are the ones counted.",
                mend="Ask on a primary contig.",
                other=True,
            )
        if any(contig.accession.split(".")[0] == name.upper() for contig in self.contigs):
            raise UnknownContig(
                f"{shown} has no version, and the version says which build it is.",
                mend=f"Write for example {self.contigs[0].accession}.",
            )
        raise UnknownContig(f"no contig {shown!r} in {self.name}.", mend="Known: chr1-chr22, chrX, chrY, chrM.")

    def is_other(self, name: str) -> bool:
        """True for a contig of the assembly's analysis sets that is not one of the primary 25."""
        return self.other_length(name) is not None or _OTHER_SHAPES.fullmatch(name) is not None

    def other_length(self, name: str) -> int | None:
        """Length of such a contig in any spelling (`chr1_KI270706v1_random`, `KI270706.1`), None if not known."""
        return _other_spellings().get(name)

    def pieces(self, contig_name: str) -> tuple[Piece, ...]:
        """The pieces that cover a contig, in order, without gap."""
        return self._pieces[self.contig(contig_name).name]

    def piece_at(self, contig_name: str, pos: int) -> Piece:
        """The piece that holds the 1-based `pos`; BadInput when the contig has no such base."""
        contig = self.contig(contig_name)
        if not 1 <= pos <= contig.length:
            raise BadInput(
                f"{contig.name} of {self.name} has bases 1 to {contig.length:,}; {pos:,} is outside.",
                place=f"{contig.name}:{pos}",
                mend="Check the position and the build.",
            )
        return self._pieces[contig.name][bisect_right(self._piece_starts[contig.name], pos - 1) - 1]

    def recognise(self, header_contigs: Mapping[str, int | None]) -> str | None:
        """The build that a header's contigs and lengths belong to: "GRCh38", "GRCh37", "NCBI36", "T2T-CHM13" or None.

        Decided by how many primary contigs have that build's length or carry its accession. chrM decides nothing, as
        several builds share it, except for the 16,571 bases that only UCSC hg19 has.
        """
        votes = dict.fromkeys(builds(), 0)
        for name, length in header_contigs.items():
            known = _build_of_accession(name)
            label = known[1] if known else _primary_label(name)
            if label is None:
                continue
            if label == "chrM":
                votes["GRCh37"] += length == _MT_HG19
                continue
            for build, contigs in builds().items():
                if label in contigs and length == contigs[label][0]:
                    votes[build] += 1
                elif length is None and known and known[0] == build:
                    votes[build] += 1
        best = max(votes, key=lambda build: votes[build])
        return best if votes[best] else None

    def check_header(self, contigs: Mapping[str, int | None], *, path: str = "") -> None:
        """Refuse (BadInput) a header that is not this assembly's: name or length of a contig that it does not have.

        Analysis-set contigs outside the primary 25 are allowed. A length of None is not checked.
        """
        build = self.recognise(contigs)
        verdict = f"This is a {build} file." if build not in (None, self.name) else ""
        mend = (
            f"Lift it over to {self.name}, or align and call it again on {self.name}."
            if verdict
            else f"Check which reference the file was made with; {self.name} is expected."
        )
        for name, length in contigs.items():
            contig = self.find(name)
            expected = contig.length if contig else self.other_length(name)
            shown = _printable(name)
            if contig is None and not self.is_other(name):
                raise UnknownContig(
                    f"the header names contig {shown!r}, which {self.name} does not have. {verdict}".rstrip(),
                    path=path,
                    mend=mend,
                    build=build,
                )
            if length is not None and expected is not None and length != expected:
                raise BadInput(
                    f"contig {shown} has {length:,} bases, not the {expected:,} of {self.name}. {verdict}".rstrip(),
                    path=path,
                    mend=mend,
                    build=build,
                    contig=shown,
                    found=length,
                    expected=expected,
                )


def _cut(contig: Contig) -> tuple[Piece, ...]:
    """Cut a contig where its ploidy rule changes."""
    outside: PieceKind = "x" if contig.kind == "X" else "y" if contig.kind == "Y" else "autosome"
    if contig.kind == "M":
        return (Piece(contig.name, 0, contig.length, "m"),)
    inside: PieceKind = "par_x" if contig.kind == "X" else "par_y"
    pieces: list[Piece] = []
    at = 0
    for start, end in _PAR.get(contig.name, ()):
        pieces += [Piece(contig.name, at, start, outside), Piece(contig.name, start, end, inside)]
        at = end
    pieces.append(Piece(contig.name, at, contig.length, outside))
    return tuple(pieces)


@cache
def _other_spellings() -> dict[str, int]:
    spellings = dict(other_lengths())
    for name, length in other_lengths().items():
        match = re.search(r"([A-Z]{2}[0-9]{6})v([0-9]+)", name)
        if match:
            spellings[f"{match[1]}.{match[2]}"] = length
    return spellings


def _primary_label(name: str) -> str | None:
    bare = re.sub(r"^chr", "", name, flags=re.IGNORECASE).upper()
    label = "chrM" if bare in ("M", "MT") else f"chr{bare}"
    return label if label in NAMES else None


def _build_of_accession(name: str) -> tuple[str, str] | None:
    for build, contigs in builds().items():
        for contig, (_, refseq, genbank) in contigs.items():
            if name and name.upper() in (refseq, genbank):
                return build, contig
    return None


def _accession_of_another_build(name: str, mine: str) -> tuple[str, str] | None:
    known = _build_of_accession(name)
    return known if known and known[0] != mine else None


def _printable(name: str) -> str:
    """A name from a file, made safe for a message: printable and at most 60 characters."""
    shown = "".join(c if c.isprintable() else "?" for c in name[:60])
    return shown + "..." if len(name) > 60 else shown


GRCH38: Final = Assembly("GRCh38")
