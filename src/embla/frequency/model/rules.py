"""The sentences that say how a number was counted, for `HowCounted.rules`. Pure."""

from collections.abc import Mapping
from typing import Any

from embla.genome import GRCH38


def sentences(
    counting: Mapping[str, Any], contig: str, pos: int, threshold: int | None, step: int = 1
) -> tuple[str, ...]:
    """Gates of the policy, ploidy of the place, what is hidden (`threshold` None: nothing is, a live answer), and by
    how many people two releases differ."""
    told = [_gate(counting, contig), _ploidy(counting, contig, pos)]
    if threshold is not None and threshold > 1:
        told.append(f"Counts of 1 to {threshold - 1} carriers are not shown, nor what would give one away.")
    if step > 1:
        told.append(f"A number changes from release to release only when {step} people or more came, or left.")
    return tuple(told)


def _gate(counting: Mapping[str, Any], contig: str) -> str:
    gq, haploid = counting["min_gq"], counting["min_dp_haploid"]
    if contig == "chrM":
        where = " (where the caller wrote one)" if counting.get("version", 1) > 1 else ""
        return f"Counted: calls with GQ {gq}{where} and DP {haploid} or more that passed FILTER."
    return (
        f"Counted: calls with GQ {gq}, DP {counting['min_dp']} ({haploid} where there is one copy) or more, "
        f"{counting['min_allele_balance_percent']} % allele balance if heterozygous, that passed FILTER."
    )


def _ploidy(counting: Mapping[str, Any], contig: str, pos: int) -> str:
    kind = GRCH38.piece_at(contig, pos).kind
    if kind == "m":
        return (
            f"Mitochondrial: one allele a person; from {counting['homoplasmy_percent']} % heteroplasmy homoplasmic, "
            f"below {counting['min_heteroplasmy_percent']} % not counted."
        )
    if kind == "x":
        return "X outside PAR: one copy for XY, two for XX; people of unknown karyotype are not counted here."
    if kind == "par_x":
        return "Pseudo-autosomal: two copies for everybody, one for X0; nobody is hemizygous here."
    if kind == "y":
        return "Y: only people with a Y are counted; people of unknown karyotype are not."
    if kind == "par_y":
        return "The pseudo-autosomal part of Y is counted on X."
    return "Two copies for everybody who is covered here."
