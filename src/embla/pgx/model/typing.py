"""HLA typings: names as laboratories write them, and the questions that guidelines ask of them.

`HLA-B*57:01:01`, `B*57:01`, `57:01` and `*57:01P` are one two-field allele (IPD-IMGT/HLA nomenclature). A question is
answered "negative" only where two alleles were typed and neither can be the one asked for: one allele alone, or
`*57` without its second field, excludes nothing.
"""

import re
from typing import Final

from embla.pgx.model.rules import HLA_KEYS

_NAME: Final = re.compile(r"(?:HLA-?)?(?:([A-Z]+[0-9]?)\*|\*)?(\d{2,4})((?::\d{2,4}){0,3})([A-Z]?)")
_ANSWER: Final = re.compile(r"(\*\d{2,4}:\d{2,4}) (positive|negative)")


def typed(gene: str, text: str) -> str | None:
    """One allele of a typing as `*57:01:01`; None for a text that is none of this gene."""
    found = _NAME.fullmatch(text.strip())
    if found is None or found[1] not in (None, gene.removeprefix("HLA-")):
        return None
    return f"*{found[2]}{found[3]}{found[4]}"


def answers(text: str) -> dict[str, bool] | None:
    """`*57:01 positive; *58:01 negative`, as a phenotype is given, by allele; None where it is something else."""
    found = [_ANSWER.fullmatch(part.strip()) for part in re.split(r"[;,]", text) if part.strip()]
    return {one[1]: one[2] == "positive" for one in found if one} if found and all(found) else None


def carries(names: tuple[str, ...], key: str) -> bool | None:
    """Whether a typing has a two-field allele; None where it leaves that open."""
    first, second = key.removeprefix("*").split(":")
    fields = [re.findall(r"\d+", name) for name in names if name.startswith("*")]
    if any(one[:2] == [first, second] for one in fields):
        return True
    closed = len(fields) == 2 and not any(one == [first] for one in fields)
    return False if closed else None


def told(names: tuple[str, ...], term: str, key: str) -> bool | None:
    """The same, by the alleles or else by a given phenotype."""
    found = carries(names, key)
    return (answers(term) or {}).get(key) if found is None else found


def hla_keys(gene: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """`*57:01 positive`, ... for each question that the guidance asks and the typing answers."""
    found = {key: carries(names, key) for key in HLA_KEYS[gene]}
    return tuple(f"{key} {'positive' if there else 'negative'}" for key, there in found.items() if there is not None)
