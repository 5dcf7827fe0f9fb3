"""What a number is: any date that can be, any four that follow; modulus 11 asks nobody."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import BadInput
from embla.identity import parse_number
from tests.support.people import made_up_numbers, passes_modulus_11


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("0101700000", date(1970, 1, 1)),
        ("010170-3999", date(1970, 1, 1)),
        ("0101364000", date(2036, 1, 1)),
        ("0101374000", date(1937, 1, 1)),
        ("0101575000", date(2057, 1, 1)),
        ("0101585000", date(1858, 1, 1)),
        ("0101998999", date(1899, 1, 1)),
        ("0101369000", date(2036, 1, 1)),
        ("0101379000", date(1937, 1, 1)),
        ("2902004000", date(2000, 2, 29)),
    ],
)
def test_number__seventh_digit_and_year_tell_the_century(text: str, born: date) -> None:
    assert parse_number(text).born == born
    assert parse_number(text).kind == "cpr"


def test_number__one_that_fails_modulus_11_is_as_good_as_any() -> None:
    # 1 January 1965: one of the dates on which such numbers are issued.
    text = next(f"010165{n}" for n in range(1000, 2000) if not passes_modulus_11(f"010165{n}"))

    assert parse_number(text).text == text


@pytest.mark.parametrize("text", ["3102701234", "0013701234", "2902010000", "2902701234", "3013701234", "0001701234"])
def test_number__a_date_that_cannot_be_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadInput, match="no date|no CPR number|not begin") as refusal:
        parse_number(text)

    assert text not in str(refusal.value) and text[:6] not in str(refusal.value)


@pytest.mark.parametrize("text", ["", "010170", "010170-12345", "01017012345", "0101701２34", "010170 12 34", "P" * 10])
def test_number__what_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_number(text)


@pytest.mark.parametrize("text", ["010190LBX1", "610190-1234", "911290ab12"])
def test_replacement_number__is_a_kind_of_its_own_and_tells_no_birth_date(text: str) -> None:
    number = parse_number(text)

    assert (number.kind, number.born) == ("replacement", None)


def test_replacement_number__begins_with_a_date() -> None:
    with pytest.raises(BadInput, match="replacement"):
        parse_number("311390LBX1")


def test_number__is_shown_by_nothing_but_its_text() -> None:
    number = parse_number("010170-1234")

    assert "0101" not in f"{number} {number!r} {[number]}"


def test_made_up_numbers__all_fail_modulus_11() -> None:
    numbers = made_up_numbers()

    assert not any(passes_modulus_11(next(numbers)) for _ in range(200))


@given(st.text(max_size=14) | st.from_regex(r"\A[0-9]{6}[- ]?[0-9A-Za-z]{4}\Z"))
def test_number__reads_or_says_why_and_never_repeats_what_it_was_given(text: str) -> None:
    try:
        number = parse_number(text)
    except BadInput as error:
        assert len(text.strip()) < 6 or text.strip() not in str(error)
    else:
        assert parse_number(number.text) == number
        assert len(number.text) == 10
