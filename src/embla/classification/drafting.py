"""A draft from what somebody says: the page's form, the command's words, the API's fields. One way in for all three."""

from datetime import date
from typing import TYPE_CHECKING

from embla.classification.model.record import Content, Evidence, Identity, condition_key
from embla.classification.naming import Named, Unnamed, af_now, name_allele
from embla.classification.service import save_draft
from embla.errors import BadInput

if TYPE_CHECKING:
    from embla.classification.store import Shown
    from embla.platform import Actor, House


def named(house: "House", text: str) -> Named:
    """The allele of any spelling; BadInput with the reason where it is none, or several."""
    found = name_allele(text, house.names)
    if isinstance(found, Unnamed):
        raise BadInput(found.said, reason=found.reason)
    return found


def draft(
    house: "House", actor: "Actor", variant: str, class_: str, evidence: tuple[Evidence, ...], *,
    evaluated: date | None = None, condition: str = "", inheritance: str = "", origin: str = "germline",
    axis: str = "germline", summary: str = "", override: str = "", share: str = "labs", subclass: str = "",
    blind: bool = False, expected: int = 0,
) -> "Shown":  # fmt: skip
    """Keep a draft for the actor's laboratory, with how common the allele is now beside it.

    `evaluated` None: today. `expected`: number of the version that was read, 0 for a new classification. Raises what
    `save_draft` raises, and BadInput for a variant that cannot be resolved.
    """
    allele = named(house, variant)
    release, af = af_now(house, allele.variant)
    identity = Identity(
        actor.laboratory or "-", str(allele.variant), condition_key(condition), inheritance.upper(), origin, axis
    )
    content = Content(
        class_, evaluated or house.clock().date(), actor.id, condition_label=condition[:500], evidence=evidence,
        summary=summary, override=override, share=share, subclass=subclass, submitted=allele.submitted,
        method=allele.method, release=release, af=af, blind=blind,
    )  # fmt: skip
    return save_draft(house, actor, identity, allele, content, expected=expected)
