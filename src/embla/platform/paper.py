"""Papers as tagged PDF (PDF/UA-1) by typst. What comes from data enters as JSON and is shown as text, so that nothing
in it can steer the paper; the same data at the same time gives the same bytes."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from embla.optional import require


def tagged_pdf(template: bytes, told: Mapping[str, Any], *, made: datetime | None = None, **more: str) -> bytes:
    """The pages of a template that reads `sys.inputs.told`; `more` are further inputs."""
    typst = require("typst", doing="Writing PDF", extra="pdf")
    when = {} if made is None else {"timestamp": int(made.timestamp())}
    compiled: bytes = typst.compile(
        template, format="pdf", pdf_standards=["ua-1"], ignore_system_fonts=True,
        sys_inputs={"told": json.dumps(told, ensure_ascii=False), **more}, **when,
    )  # fmt: skip
    return compiled
