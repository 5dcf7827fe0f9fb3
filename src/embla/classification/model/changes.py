"""What one version of a classification says otherwise than the one before it. Pure."""

from dataclasses import dataclass
from typing import Final

from embla.classification.model.record import Content, Evidence

# Of a version as a whole, in the order in which they are told; evidence comes after them, by code.
_WHOLE: Final = (
    "class_", "subclass", "override", "summary", "condition_label", "evaluated", "evaluator", "share", "guideline",
    "rule_set", "release", "af", "submitted", "blind",
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """`what`: a field of the content, or `strength`, `text`, `citations`, `source`, `count` of the criterion `code`.
    `before` and `after` as text, "" for nothing: a criterion that was not there, or is there no more."""

    what: str
    before: str
    after: str
    code: str = ""

    def to_json(self) -> dict[str, str]:
        """Plain values."""
        return dict(vars(self))


def differences(before: Content, after: Content) -> list[Difference]:
    """Everything that is said otherwise; who assessed a criterion and when only where something of it is."""
    found = []
    for what in _WHOLE:
        old, new = getattr(before, what), getattr(after, what)
        if old != new:
            found.append(Difference(what.rstrip("_"), _text(old), _text(new)))
    then, now = {one.code: one for one in before.evidence}, {one.code: one for one in after.evidence}
    for code in sorted(then.keys() | now.keys()):
        said, says = _said(then.get(code)), _said(now.get(code))
        found += [Difference(what, said[what], says[what], code) for what in says if said[what] != says[what]]
    return found


def _said(one: Evidence | None) -> dict[str, str]:
    if one is None:
        return dict.fromkeys(("strength", "text", "citations", "source", "count"), "")
    return {
        "strength": one.strength if one.state == "met" and one.strength else one.state,
        "text": one.text,
        "citations": ", ".join(one.citations),
        "source": one.source,
        "count": one.count,
    }


def _text(value: object) -> str:
    if value is None or value == "":
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
