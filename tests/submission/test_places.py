"""Our JSON reader against the standard one: the same values, the right lines, and no key twice."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.submission.places import NotJson, parse

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(values, st.sampled_from([None, 0, 2]), st.booleans())
def test_parse__gives_what_the_standard_parser_gives(value: object, indent: int | None, plain: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=plain)
    try:
        text.encode("utf-8")
        value_text = json.dumps(value, ensure_ascii=False)
        value_text.encode("utf-8")
    except UnicodeEncodeError:
        with pytest.raises(NotJson):
            parse(text)
        return

    assert parse(text).value == value


@given(st.text(alphabet='{}[]",: \n01.eE-+tfnrulsa\\d8x', max_size=40))
def test_parse__agrees_on_what_is_json_at_all(text: str) -> None:
    def no_constants(_: str) -> None:
        raise ValueError

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        wanted = json.loads(text, parse_constant=no_constants, object_pairs_hook=once)
        json.dumps(wanted, ensure_ascii=False).encode("utf-8")
    except (ValueError, UnicodeEncodeError):
        with pytest.raises(NotJson):
            parse(text)
    else:
        assert parse(text).value == wanted


def test_parse__knows_the_line_of_every_part() -> None:
    located = parse('{\n "a": [\n  1,\n  {"b": 2}\n ],\n\n "c": null}')

    assert located.line(("a",)) == 2
    assert located.line(("a", 0)) == 3
    assert located.line(("a", 1, "b")) == 4
    assert located.line(("a", 1, "missing")) == 4
    assert located.line(("c",)) == 7
    assert located.line(()) == 1


def test_parse__a_key_twice_is_told_with_its_line() -> None:
    with pytest.raises(NotJson, match='"a" appears twice') as told:
        parse('{"a": 1,\n"b": 2,\n"a": 3}')

    assert told.value.line == 3


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "1" * 100_000, '"' + "x" * 100_000, "\x00", ""])
def test_parse__hostile_text_is_refused_not_crashed_on(text: str) -> None:
    with pytest.raises(NotJson):
        parse(text)
