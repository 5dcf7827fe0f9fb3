"""What the tables say is read in Danish too: the data protection officer's page, and each refusal."""

from embla.platform import translator
from embla.policy.retold import SHAPES


def test_sentences__of_rows_actions_conditions_bases_and_refusals_all_have_danish() -> None:
    danish = translator("da")

    assert [text for text in SHAPES if danish.gettext(text) == text] == []
