"""The tree against its definition (RFC 9162 2.1), written out as recursion."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.platform import Database, append_event, prove_entry, prove_growth
from embla.platform.ledger.audit import entries_after
from embla.platform.ledger.kernels import Levels
from embla.platform.ledger.merkle import (
    Tree,
    consistency_proof,
    consistent,
    included,
    inclusion_proof,
    leaf_hash,
)
from tests.support.homes import Ticking

ENTRIES = [f"entry {n}".encode() for n in range(600)]
entries = st.lists(st.binary(max_size=5), max_size=70)


def naive(found: list[bytes]) -> bytes:
    """MTH of RFC 9162 2.1.1, word for word."""
    if not found:
        return sha256(b"").digest()
    if len(found) == 1:
        return sha256(b"\0" + found[0]).digest()
    k = 1
    while k * 2 < len(found):
        k *= 2
    return sha256(b"\1" + naive(found[:k]) + naive(found[k:])).digest()


def test_tree__roots_of_the_certificate_transparency_test_vectors() -> None:
    # github.com/google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc: the eight inputs and their roots.
    inputs = [b"", b"\x00", b"\x10", bytes.fromhex("2021"), bytes.fromhex("3031"), bytes.fromhex("40414243"),
              bytes.fromhex("5051525354555657"), bytes.fromhex("606162636465666768696a6b6c6d6e6f")]  # fmt: skip
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }

    for size, root in roots.items():
        tree = Tree()
        tree.extend([leaf_hash(one) for one in inputs[:size]])
        assert tree.root().hex() == root


@given(found=entries, cuts=st.lists(st.integers(0, 70), max_size=4))
def test_tree__grown_in_any_pieces_is_the_tree_of_the_definition(found: list[bytes], cuts: list[int]) -> None:
    at_once, one_by_one = Tree(), Tree()
    places = sorted({0, len(found), *(cut for cut in cuts if cut < len(found))})
    for start, end in zip(places, places[1:], strict=False):
        at_once.extend([leaf_hash(one) for one in found[start:end]])
    for one in found:
        list(one_by_one.push(leaf_hash(one)))

    assert at_once.root() == one_by_one.root() == naive(found)
    assert at_once == one_by_one == Tree.of(len(found), at_once.text())


@given(found=entries.filter(bool), data=st.data())
def test_inclusion__every_leaf_is_proved_and_no_other(found: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(found) - 1))
    root = naive(found)
    proof = inclusion_proof(index, len(found), lambda start, end: naive(found[start:end]))

    assert included(leaf_hash(found[index]), index, len(found), root, proof)
    assert not included(leaf_hash(b"not in it"), index, len(found), root, proof)
    assert not included(leaf_hash(found[index]), index, len(found), root, [*proof, root])
    assert not proof or not included(leaf_hash(found[index]), index, len(found), root, proof[:-1])


@given(found=entries.filter(bool), data=st.data())
def test_consistency__a_log_that_grew_is_told_from_one_that_was_rewritten(
    found: list[bytes], data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, len(found)))
    root, before = naive(found), naive(found[:old])
    proof = consistency_proof(old, len(found), lambda start, end: naive(found[start:end]))
    another = [b"another", *found[1:]]
    theirs = consistency_proof(old, len(found), lambda start, end: naive(another[start:end]))

    assert consistent(old, before, len(found), root, proof)
    assert not consistent(old, before, len(found), naive(another), theirs)
    assert not consistent(old, sha256(before).digest(), len(found), root, proof)


@pytest.mark.parametrize("text", ["", "00", "zz", "00" * 64])
def test_tree__peaks_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Tree.of(1, text)


def test_proofs__out_of_the_database_are_those_of_the_whole_log(database: Database, clock: Ticking) -> None:
    with database.transaction() as connection:
        for number in range(600):
            append_event(connection, at=clock(), actor="ann", kind="k", subject=f"s{number % 5}")
    with database.reading() as connection:
        found = [entry for _, entry, _ in entries_after(connection, 0)]
        root = naive(found)

        for number in (1, 2, 256, 257, 300, 512, 513, 599, 600):
            proof = prove_entry(connection, number, 600)
            assert included(leaf_hash(found[number - 1]), number - 1, 600, root, proof), number
            growth = prove_growth(connection, number, 600)
            assert consistent(number, naive(found[:number]), 600, root, growth), number


@given(
    sizes=st.lists(st.one_of(st.integers(0, 200), st.integers(4000, 4200)), min_size=1, max_size=150),
    before=st.integers(0, 70), cuts=st.lists(st.integers(0, 150), max_size=3), seed=st.integers(0, 255),
)  # fmt: skip
@settings(max_examples=40)
def test_hashes__of_many_entries_at_once_are_those_of_one_at_a_time(
    sizes: list[int], before: int, cuts: list[int], seed: int
) -> None:
    found = [bytes((seed + n * 7 + at) % 256 for at in range(size)) for n, size in enumerate(sizes)]
    plain, fast = Tree(), Tree()
    plain.extend([leaf_hash(one) for one in ENTRIES[:before]])
    fast.extend([leaf_hash(one) for one in ENTRIES[:before]])

    levels = Levels(before, found)

    places = sorted({0, len(found), *(cut for cut in cuts if cut < len(found))})
    for start, end in zip(places, places[1:], strict=False):
        plain.extend([leaf_hash(one) for one in found[start:end]])
        fast.take(end - start, levels.node)
        assert (fast.size, fast.peaks) == (plain.size, plain.peaks)
