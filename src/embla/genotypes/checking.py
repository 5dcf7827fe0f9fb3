"""A pack is believed only after this: sorted, in range, and unable to make AC exceed AN.

Reading has its own tests; this is the store's own door, and it costs a few milliseconds per million calls.
"""

import numpy as np
from numpy.typing import NDArray

from embla.errors import BadInput, Broken, Refused
from embla.genome import GRCH38, copies
from embla.genotypes.files.genomes import CALLABILITIES, KARYOTYPES
from embla.genotypes.files.variants import is_hashed
from embla.genotypes.model import codes, keys
from embla.genotypes.model.pack import ContigCalls, PackFacts
from embla.genotypes.model.sex import SexCalls
from embla.genotypes.model.tally import LOST_ADJ, LOST_RAW

MAX_NAME = 255
_AC = np.array(codes.AC_OF, dtype=np.int8)


def check_name(name: str) -> None:
    """Names are printable text of 1 to 255 characters. Raises BadInput."""
    if not 0 < len(name) <= MAX_NAME or not name.isprintable() or name.strip() != name:
        raise BadInput(
            f"a sample's name must be 1 to {MAX_NAME} printable characters without spaces around it.",
            mend="Rename the sample in samples.tsv or in the file's header.",
        )


def check_facts(facts: PackFacts, assembly: str, policy: str) -> None:
    """Raises Refused for a genome of another assembly or policy, Broken for one that says what nobody can mean."""
    if facts.assembly != assembly:
        raise Refused(f"the genome is on {facts.assembly}, the store on {assembly}.", mend="Lift the file over first.")
    if facts.policy != policy:
        raise Refused(
            "the genome was gated under another counting policy than the store's.", mend="Read the file again."
        )
    if facts.karyotype not in KARYOTYPES or facts.callability not in CALLABILITIES:
        raise Broken(f"karyotype '{facts.karyotype}' or callability '{facts.callability}' is not known.")


def check_reference(said: str | None, wanted: str) -> None:
    """Raises Refused for a genome that was read against another reference than the store names: left-aligned against
    another sequence, or not at all, an indel of two people would count as two. `said` None: nobody knows."""
    if said is not None and said != wanted:
        raise Refused(
            "the genome was read against another reference than the store's.", mend="Read the file again, against it."
        )


def check_contig(name: str, calls: ContigCalls, facts: PackFacts) -> None:
    """Raises Broken for a contig that cannot be right."""
    length = GRCH38.contig(name).length
    _check_runs(name, calls, length)
    _check_entries(name, calls, length, facts)


def check_karyotype(seen: SexCalls) -> None:
    """Raises Refused when the calls cannot be of the declared karyotype."""
    problem = seen.problem()
    if problem:
        raise Refused(
            f"the genome's sex chromosomes are not what was declared: {problem}.",
            mend="Is it the right sample? If so, correct the karyotype, or declare it unknown.",
        )


def _fail(contig: str, what: str) -> Broken:
    return Broken(f"the pack's {contig} is not usable: {what}.", mend="Read the file again; if it stays, report it.")


def _check_runs(contig: str, calls: ContigCalls, length: int) -> None:
    start, end = calls.run_start.astype(np.int64), calls.run_end.astype(np.int64)
    if not len(start) == len(end) == len(calls.run_state):
        raise _fail(contig, "run columns of different length")
    if not len(start):
        return
    if (start >= end).any() or int(end[-1]) > length or (start[1:] < end[:-1]).any():
        raise _fail(contig, "callability runs unsorted, overlapping or outside the contig")
    if int(calls.run_state.max()) > codes.STATE_FULL:
        raise _fail(contig, "an unknown callability state")


def _check_entries(contig: str, calls: ContigCalls, length: int, facts: PackFacts) -> None:
    if len(calls.key) != len(calls.entry) or len(calls.heteroplasmy) not in (0, len(calls.key)):
        raise _fail(contig, "entry columns of different length")
    if not len(calls.key):
        return
    hashed = _hashed_if_clear(contig, calls, length, facts)
    if hashed is None:
        hashed = _look_at_entries(contig, calls, length, facts)
    if set(hashed.tolist()) != set(calls.long_alleles):
        raise _fail(contig, "long alleles and their texts do not match")
    # Every key is a hashed one, so that its place and salt are its own, and the rest follows from the text.
    own = keys.allele_hashes([f"{ref}>{alt}".encode() for ref, alt in calls.long_alleles.values()])
    named = np.fromiter(calls.long_alleles, np.uint64, len(own)) & np.uint64(keys.BASES_MASK)
    if (own != named).any() or any(keys.is_short(ref, alt) for ref, alt in calls.long_alleles.values()):
        raise _fail(contig, "a long allele under a key that is not its own")
    texts = "".join(text for both in calls.long_alleles.values() for text in both)
    if "\t" in texts or "\n" in texts:
        raise _fail(contig, "a long allele under a key that is not its own")


def _hashed_if_clear(contig: str, calls: ContigCalls, length: int, facts: PackFacts) -> NDArray[np.uint64] | None:
    """The hashed keys of entries that are all as they must be; None where they have to be looked at."""
    # Compiled, and needed by whoever adds only.
    from embla.genotypes.checking_kernels import clear

    pieces = list(GRCH38.pieces(contig))
    hashed = np.empty(len(calls.long_alleles), np.uint64)
    n = clear(
        np.ascontiguousarray(calls.key, np.uint64),
        np.ascontiguousarray(calls.entry, np.uint16),
        np.ascontiguousarray(calls.run_start, np.uint32),
        np.ascontiguousarray(calls.run_end, np.uint32),
        np.ascontiguousarray(calls.run_state, np.uint8),
        np.array([piece.end for piece in pieces], np.int64),
        np.array([copies(facts.karyotype, piece.kind) or 0 for piece in pieces], np.int64),
        length,
        facts.callability == "assumed",
        hashed,
    )
    return hashed[:n] if n >= 0 else None


def _look_at_entries(contig: str, calls: ContigCalls, length: int, facts: PackFacts) -> NDArray[np.uint64]:
    """The hashed keys; or what is wrong with the entries. Raises Broken."""
    key, entry = calls.key, calls.entry
    if (key[1:] <= key[:-1]).any():
        raise _fail(contig, "keys unsorted or twice")
    pos = (key >> np.uint64(keys.POS_SHIFT)).astype(np.int64)
    if int(pos[0]) < 1 or int(pos[-1]) > length:
        raise _fail(contig, "a key outside the contig")
    kind = entry & np.uint16(codes.CLASS_MASK)
    d_raw = ((entry >> np.uint16(codes.D_RAW_SHIFT)) & np.uint16(7)).astype(np.int8) - np.int8(2)
    d_adj = ((entry >> np.uint16(codes.D_ADJ_SHIFT)) & np.uint16(7)).astype(np.int8) - np.int8(2)
    if int(kind.max()) > codes.MT_HOM or (entry >> np.uint16(12)).any() or int(max(d_raw.max(), d_adj.max())) > 2:
        raise _fail(contig, "an unknown entry code")
    an_raw, an_adj, n = _own_an(contig, calls, pos, facts)
    ac = _AC[kind]
    adj = np.where(entry & np.uint16(codes.ADJ), ac, 0)
    own_raw, own_adj = an_raw + d_raw, an_adj + d_adj
    wrong = (ac > own_raw) | (own_raw < 0) | (own_raw > n)
    if facts.callability != "assumed":
        wrong |= (adj > own_adj) | (own_adj < 0) | (own_adj > n)
    if wrong.any():
        place = int(pos[int(np.argmax(wrong))])
        raise _fail(contig, f"a call at {place:,} has more alleles than the person has called copies there")
    return key[is_hashed(key)]


def _own_an(
    contig: str, calls: ContigCalls, pos: NDArray[np.int64], facts: PackFacts
) -> tuple[NDArray[np.int8], NDArray[np.int8], NDArray[np.int8]]:
    """This genome's own raw and adj an by callability at each position, and its copies there."""
    n = np.zeros(len(pos), dtype=np.int8)
    for piece in GRCH38.pieces(contig):
        here = slice(*np.searchsorted(pos, (piece.start + 1, piece.end + 1)))
        n[here] = copies(facts.karyotype, piece.kind) or 0
    state = np.full(len(pos), codes.STATE_FULL, dtype=np.uint8)
    if len(calls.run_start):
        row = np.searchsorted(calls.run_start, (pos - 1).astype(np.uint32), side="right") - 1
        inside = (row >= 0) & (calls.run_end[row] > pos - 1)
        state[inside] = calls.run_state[row[inside]]
    return n - LOST_RAW[n, state], n - LOST_ADJ[n, state], n
