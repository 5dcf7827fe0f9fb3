"""Small pure pieces: sentences in another language, drawings as text, where in a gene something lies."""

import gettext
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from embla.frequency.model.answers import Cover
from embla.frequency.pages import drawings, places
from embla.platform import formats
from embla.platform.web import Scale, Sentences, picture, tag, text_tag
from embla.reference import Transcript


class Danish(gettext.NullTranslations):
    WORDS = {
        "cut from {a}.": "skåret af {a}.",
        "{x_told} and {y_told}": "{x_told} og {y_told}",
        "one": "en",
        "two": "to",
        "{name} is {contig}.": "{name} er {contig}.",
    }

    def gettext(self, message: str) -> str:
        return self.WORDS.get(message, message)


SENTENCES = Sentences(
    ["cut from {a}.", "{x_told} and {y_told}", "one", "two", "no translation {a}", "{name} is {contig}."]
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cut from chr1.", "skåret af chr1."),
        ("one and two", "en og to"),
        ("one and three", '<span lang="en">one and three</span>'),
        ("cut from <b>.", "skåret af &lt;b&gt;."),
        ("no translation x", '<span lang="en">no translation x</span>'),
        ("one and two and one", "en og to og en"),
        ("", '<span lang="en"></span>'),
        ("21 is chr21.", "21 er chr21."),
        ("the file is truncated at byte 5.", '<span lang="en">the file is truncated at byte 5.</span>'),
        ("cut from `a<b`.", "skåret af <code>a&lt;b</code>."),
    ],
)
def test_sentences__are_told_whole_or_marked_as_english(text: str, told: str) -> None:
    assert SENTENCES.told(text, "da", Danish()) == told


@given(st.text(max_size=300))
def test_sentences__never_let_markup_through(text: str) -> None:
    told = SENTENCES.told(text, "da", Danish())

    assert "<" not in re.sub(r"</?code>|<span lang=\"en\">|</span>", "", told)


def test_tag__escapes_values_and_children() -> None:
    assert (
        str(tag("a", text_tag("<&>", 1, 2.50), href='"x"'))
        == '<a href="&#34;x&#34;"><text x="1" y="2.5">&lt;&amp;&gt;</text></a>'
    )


def test_picture__is_an_image_with_title_and_description() -> None:
    root = ElementTree.fromstring(picture("p", "T", "D", 10, 5, [tag("g")]))

    assert root.attrib["role"] == "img" and root[0].text == "T" and root[1].text == "D"
    assert root.attrib["aria-labelledby"] == root[0].attrib["id"]


@given(st.integers(-1_000_000, 1_000_000), st.floats(1, 1e6), st.floats(-2e6, 2e6))
def test_scale__stays_inside_and_keeps_order(low: int, span: float, value: float) -> None:
    scale = Scale(low, low + span, 10, 90)

    assert 10 <= scale(value) <= 90
    assert scale(low) == 10 and scale(low + span) == pytest.approx(90)
    assert all(low <= tick <= low + span + 1e-6 for tick in scale.ticks())


def test_scale__on_decades() -> None:
    assert [round(tick, 6) for tick in Scale(0.0005, 1, 0, 1, log=True).ticks()] == [0.001, 0.01, 0.1, 1]


PEN = drawings.Pen(lambda text: text, formats("en"))


def test_strip__is_one_outline_with_the_place_marked() -> None:
    root = ElementTree.fromstring(drawings.place_strip(PEN, [Cover(0, 50, 1.0, 100), Cover(50, 101, 0.5, 50)], 51))

    assert sum(part.attrib.get("class") == "cover" for part in root.iter()) == 1
    assert sum(part.attrib.get("class") == "here" for part in root.iter()) == 1


def test_drawings__of_nothing_are_nothing() -> None:
    assert drawings.place_strip(PEN, [], 5) == Markup("")
    assert drawings.history_line(PEN, [("2026.1", 0.1)]) == Markup("")
    assert drawings.history_line(PEN, [("2026.1", 0.0), ("2026.2", 0.0)]) == Markup("")


def test_history__leaves_a_gap_where_a_number_is_hidden() -> None:
    points = [("1", 0.1), ("2", 0.2), ("3", None), ("4", 0.3)]

    root = ElementTree.fromstring(drawings.history_line(PEN, points))

    assert sum(part.attrib.get("class") == "trend" for part in root.iter()) == 1
    assert sum(part.attrib.get("class") == "dot" for part in root.iter()) == 3


def transcript(strand: str = "+") -> Transcript:
    """Exons 100-200, 300-400, 500-600; coding 150-550."""
    exons = ((100, 200), (300, 400), (500, 600))
    return Transcript("T", 100, 600, strand, "protein_coding", (), exons, ((150, 200), (300, 400), (500, 550)))


@pytest.mark.parametrize(
    ("start", "strand", "where"),
    [
        (99, "+", ""),
        (600, "+", ""),
        (120, "+", "exon 1, 5′ UTR"),
        (120, "-", "exon 3, 3′ UTR"),
        (580, "+", "exon 3, 3′ UTR"),
        (580, "-", "exon 1, 5′ UTR"),
        (150, "+", "exon 1, coding"),
        (399, "+", "exon 2, coding"),
        (200, "+", "intron 1, splice site"),
        (201, "+", "intron 1, splice site"),
        (202, "+", "intron 1, near the splice site"),
        (207, "+", "intron 1, near the splice site"),
        (208, "+", "intron 1"),
        (299, "+", "intron 1, splice site"),
        (298, "+", "intron 1, splice site"),
        (297, "+", "intron 1, near the splice site"),
        (299, "-", "intron 2, splice site"),
        (250, "-", "intron 2"),
    ],
)
def test_place_in__a_transcript(start: int, strand: str, where: str) -> None:
    assert places.place_in(transcript(strand), start, start + 1, lambda text: text) == where


@pytest.mark.parametrize(
    ("pos", "ref", "alt", "span"),
    [
        (10, "A", "G", (9, 10)),
        (10, "AT", "A", (10, 11)),
        (10, "A", "AT", (9, 11)),
        (10, "AC", "GT", (9, 11)),
        (10, "A", "<DEL>", (9, 10)),
        (10, None, None, (9, 10)),
    ],
)
def test_span_of__leaves_the_anchor_base_of_an_indel_out(
    pos: int, ref: str | None, alt: str | None, span: tuple[int, int]
) -> None:
    assert places.span_of(pos, ref, alt) == span
