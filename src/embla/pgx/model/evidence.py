"""What a file says of one genome at the defining sites: assessed with these bases, or not and why.

Reference is only what was looked at: an explicit genotype, a gVCF block or a place listed as callable. What is absent,
filtered, shallow or of low quality is missing with its reason, never a default.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from embla.pgx.model.definition import Gene, Site
from embla.pgx.model.edits import Edit, trim

UNKNOWN: Final = "*"  # this strand's base is not known: half a call, or taken away by a defined deletion
OTHER: Final = "?"  # a base that no row knows
MIN_DP: Final = 10  # the contract of `pgx call`; DESIGN's adj gate
MIN_GQ: Final = 20
MIN_BALANCE: Final = 0.2  # of a heterozygous call's reads, what the rarer allele must have
# The last is a stretch that Complete Genomics could not call.
_BLOCKS: Final = frozenset({"<NON_REF>", "<*>", ".", "<CGA_NOCALL>"})


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the file. `end` is the last base it speaks of (1-based, included); `passed` is its FILTER. `ref_call`:
    FILTER is DeepVariant's word for a genotype without an ALT, which is no failure."""

    pos: int
    end: int
    ref: str
    alts: tuple[str, ...]
    passed: bool
    ref_call: bool = False

    @property
    def is_block(self) -> bool:
        return all(alt in _BLOCKS for alt in self.alts)

    @property
    def is_event(self) -> bool:
        """Whether it speaks of symbolic events alone (`<DEL>`), of which POS is the base before."""
        return all(alt.startswith("<") and alt not in _BLOCKS for alt in self.alts)

    @property
    def looked_for_all(self) -> bool:
        """Whether the caller said something about any other allele, too (gVCF)."""
        return any(alt in ("<NON_REF>", "<*>") for alt in self.alts)


@dataclass(frozen=True, slots=True)
class Genotype:
    """One sample's GT: allele numbers (None for `.`), whether and in which set phased; `doubt`: why it is not used."""

    alleles: tuple[int | None, ...]
    phased: bool
    phase_set: str | None
    doubt: str


Seen = tuple[Record, Genotype]


@dataclass(frozen=True)
class Observed:
    """One site of one genome. `strands` holds a base text per copy; empty: not assessed, and `why` says why not.

    `block` names what the strands are in phase with (None: nothing). `half`: one copy was not called. `clash`: the
    lines contradict each other or the reference. `note`: something that a reader must know.
    """

    strands: tuple[str, ...] = ()
    block: Hashable = None
    why: str = ""
    half: bool = False
    clash: str = ""
    note: str = ""

    @property
    def is_het(self) -> bool:
        return len(set(self.strands)) > 1


ABSENT: Final = Observed(why="absent")


def observe(site: Site, gene: Gene, seen: list[Seen], callable_there: bool) -> Observed:
    """What the lines over one site say of it. Lines at the site speak first, then changes across it, then blocks.

    A deletion's site is all bases of its REF: where one of them was not looked at, the deletion may be there."""
    found = _told(site, gene, seen, callable_there)
    if len(site.ref) > 1 and site.ref in found.strands and OTHER not in found.strands:
        why = _unseen(site, seen)
        if why and not (why == ABSENT.why and callable_there):
            return Observed(why=why)
    return found


def _unseen(site: Site, seen: list[Seen]) -> str:
    """Why the lines do not speak of all bases of a site's REF; "" where they do."""
    last, doubts = site.pos + len(site.ref) - 1, []
    stretches = []
    for record, genotype in seen:
        named = any(edit is not None and site.base_of(edit) for edit in _edits(record))
        if not named and (record.pos > last or record.end < site.pos):
            continue
        if genotype.doubt or None in genotype.alleles:
            doubts.append(genotype.doubt or "no call")
        elif named:
            return ""  # who names one of its changes looked at the site, however its spelling begins and ends
        else:
            stretches.append((record.pos, record.end))
    next_ = site.pos
    for start, end in sorted(stretches):
        if start > next_:
            break
        next_ = max(next_, end + 1)
    return "" if next_ > last else next(iter(doubts), ABSENT.why)


def _told(site: Site, gene: Gene, seen: list[Seen], callable_there: bool) -> Observed:
    structural = [genotype for record, genotype in seen if _is_structural(site, record, genotype)]
    if structural:
        doubt = next((one.doubt for one in structural if one.doubt), "")
        if doubt:
            return Observed(why=f"a structural variant lies across, {doubt}")
        return Observed(clash=f"a structural variant lies across {site.name}.")
    direct = [one for one in seen if not one[0].is_block and _is_direct(site, one[0])]
    across = [one for one in seen if not one[0].is_block and one not in direct and _carries_across(site, one)]
    if direct:
        lost = any(_loses(site, gene, one) for one in seen)
        found = _from_direct(site, gene, direct, lost)
        # A line that says reference where another takes the base away has not looked at that strand.
        if not across or not found.strands or site.ref not in found.strands:
            return found
        if set(found.strands) != {site.ref}:
            # A change of one strand here, and another line's across: its reference strand is not what it says.
            beside = _from_across(site, gene, across)
            if sorted(beside.strands) == sorted(found.strands):
                return found
            return Observed(clash=f"several changes lie across {site.name}.") if beside.strands else beside
    if across:
        return _from_across(site, gene, across)
    blocks = [one for one in seen if one[0].is_block and one[0].pos <= site.pos <= one[0].end]
    if blocks:
        return _from_blocks(site, blocks)
    return Observed((site.ref, site.ref)) if callable_there else ABSENT


def _edits(record: Record) -> list[Edit | None]:
    """Per allele number its change; None for REF and for symbolic alleles."""
    plain = [None if alt[0] in "<*." else trim(record.pos, record.ref, alt) for alt in record.alts]
    return [None, *plain]


def _is_direct(site: Site, record: Record) -> bool:
    if record.is_event:
        return False
    return record.pos == site.pos or any(e is not None and site.base_of(e) is not None for e in _edits(record))


def _carries_across(site: Site, one: Seen) -> bool:
    """Whether a line that begins elsewhere says that this genome carries a change over the site, or leaves it open."""
    record, genotype = one
    for number in genotype.alleles:
        if number is None or number == 0:
            continue
        alt = record.alts[number - 1]
        if alt[0] not in "<*." and site.touched_by(trim(record.pos, record.ref, alt)):
            return True
    return False


def _is_structural(site: Site, record: Record, genotype: Genotype) -> bool:
    """Whether this genome carries a symbolic event (`<DEL>`, `<DUP>`) over the site. Its first base is its anchor."""
    carried = [record.alts[number - 1] for number in genotype.alleles if number]
    named = any(alt.startswith("<") and alt not in _BLOCKS for alt in carried)
    return named and record.pos < site.pos + site.is_indel <= record.end


def _loses(site: Site, gene: Gene, one: Seen) -> bool:
    """Whether this genome carries a defined deletion that takes the site away: `*` is then no unknown base."""
    edits = _edits(one[0])
    carried = [edits[number] for number in one[1].alleles if number]
    return any(edit in gene.deletions and site.touched_by(edit) for edit in carried if edit is not None)


def _from_blocks(site: Site, blocks: list[Seen]) -> Observed:
    for record, genotype in blocks:
        if record.pos == site.pos and record.ref[0] not in (site.ref[0], "N"):
            return Observed(clash=_other_reference(site, record))
        if genotype.doubt:
            return Observed(why=genotype.doubt)
        if any(number is None for number in genotype.alleles):
            return Observed(why="no call")
        if any(genotype.alleles):
            return Observed(why="another allele, not named")
    return Observed((site.ref,) * len(blocks[0][1].alleles))


def _from_across(site: Site, gene: Gene, across: list[Seen]) -> Observed:
    if len(across) > 1:
        return Observed(clash=f"several changes lie across {site.name}.")
    record, genotype = across[0]
    if genotype.doubt:
        return Observed(why=genotype.doubt)
    strands = []
    for number, edit in ((n, _edits(record)[n] if n is not None else None) for n in genotype.alleles):
        if number is None:
            strands.append(UNKNOWN)
        elif number == 0 or (edit is not None and not site.touched_by(edit)):
            strands.append(site.ref)
        elif edit is not None and edit in gene.deletions:
            strands.append(UNKNOWN)
        elif edit is not None and len(edit.ref) == len(edit.alt) and len(site.ref) == 1:
            base = edit.alt[site.pos - edit.pos]
            strands.append(base if base == site.ref or base in site.alts else OTHER)
        else:
            strands.append(OTHER)
    return Observed(tuple(strands), _block(genotype), half=None in genotype.alleles)


def _from_direct(site: Site, gene: Gene, direct: list[Seen], lost: bool) -> Observed:
    told: list[tuple[tuple[str, ...], Genotype]] = []
    spoke: list[Seen] = []
    notes = []
    for record, genotype in direct:
        if record.pos == site.pos and not _same_start(record.ref, site.ref):
            return Observed(clash=_other_reference(site, record))
        if genotype.doubt:
            return Observed(why=genotype.doubt)
        if all(number is None for number in genotype.alleles):
            return Observed(why="no call")
        if None in genotype.alleles and not any(genotype.alleles):
            return Observed(why="half a call")
        strands = tuple(_strand(site, gene, record, number, lost) for number in genotype.alleles)
        if "" in strands:
            return Observed(why="another allele, not named")
        edits = _edits(record)
        carried = [edits[n] for n in genotype.alleles if n]
        if any(
            e is not None and e.pos == site.pos and site.base_of(e) is None and (e.gain or site.is_indel)
            for e in carried
        ):
            notes.append(f"another change begins at {site.name}, which no allele knows.")
        if (
            site.is_indel
            and set(strands) == {site.ref}
            and not record.looked_for_all
            and not any(edit is not None and site.base_of(edit) for edit in edits)
        ):
            continue  # a line of other changes at the anchor: nobody looked for this one
        spoke.append((record, genotype))
        told.append((strands, genotype))
    if not told:
        return Observed(why="the line names another change only")
    return _together(site, spoke, told, " ".join(notes))


def _strand(site: Site, gene: Gene, record: Record, number: int | None, lost: bool) -> str:
    """The base text of one allele number at the site; "" where the line does not say which base it is."""
    if number is None:
        return UNKNOWN
    if number == 0:
        return site.ref
    alt = record.alts[number - 1]
    if alt == "*":
        return UNKNOWN if lost else OTHER
    if alt in _BLOCKS:
        return ""
    if alt.startswith("<"):
        return site.ref if record.pos == site.pos else OTHER  # a structural variant begins after its anchor
    edit = trim(record.pos, record.ref, alt)
    base = site.base_of(edit)
    if base is not None:
        return base
    if not site.touched_by(edit):
        return site.ref
    if edit in gene.deletions:
        return UNKNOWN
    if len(edit.ref) == len(edit.alt) and len(site.ref) == 1:
        there = edit.alt[site.pos - edit.pos]
        return there if there == site.ref or there in site.alts else OTHER
    return OTHER


def _together(site: Site, direct: list[Seen], told: list[tuple[tuple[str, ...], Genotype]], note: str) -> Observed:
    """Several lines at one site (split multi-allelic records, a SNV beside an indel) as one genotype."""
    ploidy = {len(strands) for strands, _ in told}
    if len(ploidy) > 1:
        return Observed(clash=f"the lines at {site.name} have different numbers of copies.")
    changed = [(strands, genotype) for strands, genotype in told if any(base != site.ref for base in strands)]
    if _disagree(site, direct):
        return Observed(clash=f"two lines at {site.name} say different things of the same change.")
    if not changed:
        return Observed(told[0][0], note=note)
    if len(changed) == 1:
        strands, genotype = changed[0]
        half = None in genotype.alleles
        return Observed(strands, _block(genotype), half=half, note=note)
    carried = [base for strands, _ in changed for base in strands if base != site.ref]
    if len(carried) > ploidy.pop() or any(None in genotype.alleles for _, genotype in changed):
        return Observed(clash=f"the lines at {site.name} give it more changes than it has copies.")
    blocks = {_block(genotype) for _, genotype in changed}
    if len(blocks) == 1 and None not in blocks:
        merged = [site.ref] * len(changed[0][0])
        for strands, _ in changed:
            for at, base in enumerate(strands):
                if base != site.ref:
                    if merged[at] != site.ref:
                        return Observed(clash=f"the lines at {site.name} put two changes on one strand.")
                    merged[at] = base
        return Observed(tuple(merged), blocks.pop(), note=note)
    return Observed(tuple(carried), None, note=note)


def _disagree(site: Site, direct: list[Seen]) -> bool:
    """Whether two lines name the same change and count it differently."""
    counts: dict[Edit, int] = {}
    for record, genotype in direct:
        for number, edit in enumerate(_edits(record)):
            if edit is not None:
                copies = sum(one == number for one in genotype.alleles)
                if counts.setdefault(edit, copies) != copies:
                    return True
    return False


def _block(genotype: Genotype) -> Hashable:
    return ("phased", genotype.phase_set) if genotype.phased else None


def _same_start(ref: str, expected: str) -> bool:
    length = min(len(ref), len(expected))
    return all(a == b or a == "N" for a, b in zip(ref[:length], expected[:length], strict=True))


def _other_reference(site: Site, record: Record) -> str:
    return f"REF at {site.name} is {record.ref[:10]}, where GRCh38 has {site.ref[:10]}: is this another build?"
