"""The paper of an answer: tagged, in both languages, and what somebody wrote is text in it."""

from datetime import UTC, datetime

import pytest

from embla.answers.model.answer import Answer, Finding, Version
from embla.answers.paper import answer_pdf

FINDING = Finding("chr21-43774279-GGA-G", {"g": "NC_000021.9:g.1del"}, "het", "C1", 2, "north", "P", "MONDO:9698", "AR",
                  "2026-02-01")  # fmt: skip


@pytest.mark.parametrize("language", ["da", "en"])
def test_paper__is_tagged_and_what_was_written_steers_nothing(language: str) -> None:
    pytest.importorskip("typst", reason="typst (extra pdf) is not there")
    hostile = '#panic("no") $ ] \\ #read("/etc/passwd") <b>\u202e'
    content = Answer((FINDING,), hostile, "amended", hostile, panel="p", panel_version="2.0", genome="EMBG1")
    version = Version("A1", 2, content, datetime(2026, 3, 2, tzinfo=UTC), "doctor")

    made = answer_pdf(version, "case #1", language=language)

    assert made.startswith(b"%PDF-1.7") and b"/StructTreeRoot" in made and b"pdfuaid" in made
    assert answer_pdf(version, "case #1", language=language) == made
