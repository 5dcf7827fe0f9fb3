"""FILTER texts by contig and of a whole genome, against the plainest counting there is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import Broken
from embla.genotypes.model.filters import MOST, OTHER, folded, own_filters, places_in, shared_filters

TEXTS = st.lists(st.sampled_from(["PASS", ".", "q10", "OTHER", "q10", "a;b", "æ"]), min_size=1, max_size=9)


@given(TEXTS, st.data())
def test_own_filters__are_the_texts_of_the_records_in_the_order_of_their_first(
    texts: list[str], data: st.DataObject
) -> None:
    numbers = np.array(data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=40)), np.int32)

    found, own = own_filters(numbers, texts)

    said = [texts[number] for number in numbers]
    assert list(own) == list(dict.fromkeys(said))
    assert [own[number] for number in found] == said and folded(numbers, texts, own) == 0


def test_own_filters__beyond_what_a_byte_numbers_are_kept_as_other() -> None:
    texts = [f"F{n}" for n in range(400)]
    numbers = np.concatenate([np.arange(400), np.arange(400)])

    found, own = own_filters(numbers, texts)

    assert own == (*texts[:MOST], OTHER) and found.dtype == np.uint8
    assert [own[n] for n in found[:400]] == [*texts[:MOST], *[OTHER] * 145]
    assert folded(numbers, texts, own) == 290


def test_folded__counts_also_where_a_record_says_other_itself() -> None:
    texts = ["OTHER", *(f"F{n}" for n in range(301))]
    numbers = np.arange(302)

    found, own = own_filters(numbers, texts)

    assert len(own) == MOST and own[found[301]] == OTHER and folded(numbers, texts, own) == 302 - MOST


def test_a_number_that_names_no_text__is_broken() -> None:
    for wrong in (-1, 2):
        with pytest.raises(Broken):
            own_filters(np.array([0, wrong]), ["PASS", "q10"])
    with pytest.raises(Broken):
        places_in(["PASS"], ["q10"])


def test_shared_filters__number_each_text_once() -> None:
    shared = shared_filters([("PASS", "q10"), ("q10", "s50"), ()])

    assert shared == ("PASS", "q10", "s50") and places_in(shared, ("s50", "PASS")).tolist() == [2, 0]
