"""Words for values: what a group, a status or a kind of variant is called on a page. Messages, not rules."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Literal

from embla.frequency.model.cohorts import MISSING, REMAINING
from embla.genome import Variant
from embla.genotypes import Count

Kind = Literal["snv", "ins", "del", "other"]
_LINE: Final = 60  # letters of a name in a list
_PLAIN_ALIAS: Final = re.compile(r"(\w{1,2}) is chr\1 of GRCh38\.")
Say = Callable[[str], str]

KINDS: Final[tuple[Kind, ...]] = ("snv", "ins", "del", "other")


def kind_of(ref: str | None, alt: str | None) -> Kind:
    """One base for another, more bases, fewer bases, or anything else (several bases changed, symbolic)."""
    if not ref or not alt or not alt.isalpha():
        return "other"
    if len(ref) == len(alt):
        return "snv" if len(ref) == 1 else "other"
    short, long = sorted((ref, alt), key=len)
    # Normal form: an insertion or deletion shares its first bases, else it is a replacement.
    if long.startswith(short):
        return "ins" if len(alt) > len(ref) else "del"
    return "other"


def kind_name(kind: Kind, _: Say) -> str:
    """The name of a kind, as in a legend."""
    names = {
        "snv": _("single base"),
        "ins": _("insertion"),
        "del": _("deletion"),
        "other": _("other"),
    }
    return names[kind]


def table_name(by: str, _: Say) -> str:
    """The name of a way to group people."""
    names = {"karyotype": _("Sex chromosomes"), "region": _("Region"), "patient_group": _("Patient group")}
    return names.get(by, by)


def part_name(part: str, _: Say) -> str:
    """The name of a part of a release: the total or a table."""
    names = {"total": _("Everybody"), "relatedness": _("Unrelated people only")}
    return names.get(part) or table_name(part, _)


def group_name(by: str, value: str, names: Mapping[str, Mapping[str, str]], _: Say) -> str:
    """The name of one group; `names[by][value]` comes from the registry."""
    if value == MISSING:
        return _("not known")
    if value == REMAINING:
        return _("all others")
    known = names.get(by, {})
    if value.endswith(" or other"):
        value = value.removesuffix(" or other")
        return _("%(group)s or another") % {"group": known.get(value, value)}
    return known.get(value, value)


def status_name(count: Count, _: Say) -> str:
    """The badge beside a variant's name: four zeros are not one, and a hidden MNP need not be rare."""
    names = {
        "observed": _("Observed"),
        "absent": _("Not observed"),
        "not_callable": _("Cannot be read here"),
        "not_loaded": _("Not looked for"),
        "suppressed": _("Observed in few people"),
    }
    if count.status == "suppressed" and count.is_mnp:
        return _("Observed")
    return names.get(count.status, count.status)


def tone_of(status: str) -> str:
    """CSS class of the badge."""
    return {"observed": "brand", "absent": "good", "suppressed": "brand"}.get(status, "warn")


def worth_saying(notes: Iterable[str]) -> tuple[str, ...]:
    """Notes for a page: each once, and not that 21 is chr21, which the page's own title says."""
    return tuple(dict.fromkeys(note for note in notes if not _PLAIN_ALIAS.fullmatch(note)))


def short_name(count: Count) -> str:
    """`21-43774705-C-G` without `chr`, long alleles cut: for tables and drawings, never for links."""
    ref, alt = (_cut(allele) for allele in (count.ref, count.alt))
    return f"{count.contig.removeprefix('chr')}-{count.pos}-{ref}-{alt}"


def full_name(count: Count) -> str:
    """`chr21-43774705-C-G`, as in addresses."""
    return f"{count.contig}-{count.pos}-{count.ref}-{count.alt}"


def choice_name(asked: object) -> str:
    """What is offered, as in addresses; of an allele too long for a line, bases cut."""
    text = str(asked)
    if len(text) <= _LINE or not isinstance(asked, Variant):
        return text
    return f"{asked.contig}-{asked.pos}-{_cut(asked.ref)}-{_cut(asked.alt)}"


def _cut(allele: str | None) -> str:
    if allele is None:
        return ""
    return allele if len(allele) <= 12 else f"{allele[:8]}…({len(allele)})"
