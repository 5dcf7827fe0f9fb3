"""The counting policy: thresholds and choices as data, with a hash that every answer carries."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, Final

from embla.errors import UsageError


@dataclass(frozen=True)
class Policy:
    """How calls are counted. adj thresholds: gnomAD (gnomad_methods, get_adj_expr), gates before splitting."""

    min_gq: int = 20
    min_dp: int = 10
    min_dp_haploid: int = 5
    # AD of each called ALT over DP, for hets only. A record without AD passes, one without DP never does, nor, but on
    # mtDNA, one without GQ.
    min_allele_balance_percent: int = 20
    # mtDNA (Laricchia 2022, gnomAD v3.1): below 10 % not counted, from 95 % homoplasmic.
    min_heteroplasmy_percent: int = 10
    homoplasmy_percent: int = 95
    # An MNP is a key of its own and, where True, each of its bases that differs is also counted as an SNV.
    mnp_components: bool = True
    # The deleted copy under a spanning deletion stays in AN as another allele; it is never a listed allele.
    spanning_deletion_in_an: bool = True
    par: str = "GRCh38"
    # Rules that are no choices. From 2 on (docs/decisions/0059) RefCall is a 0/0, mtDNA is asked for a GQ where a
    # record has one, and a genome counts in raw alone where its carriers and the rest of it are told by other evidence.
    # From 3 on (0066) depths and qualities are read in every spelling that callers have for them.
    version: int = 3

    def digest(self) -> str:
        """SHA-256 over the canonical JSON, 64 hex digits."""
        return sha256(json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def changed(self, texts: Iterable[str]) -> "Policy":
        """With other choices, each as NAME=VALUE. Raises UsageError for what is no choice."""
        values: dict[str, Any] = {}
        for text in texts:
            name, _, value = text.partition("=")
            most = _MOST.get(name)
            if most is None:
                raise UsageError(f"'{name}' is no choice of the policy.", mend=f"Known: {', '.join(_MOST)}.")
            if most == 1 and value in ("true", "false"):
                values[name] = value == "true"
            elif most > 1 and value.isascii() and value.isdigit() and len(value) < 6 and int(value) <= most:
                values[name] = int(value)
            else:
                mend = "Write true or false." if most == 1 else f"Write a whole number from 0 to {most}."
                raise UsageError(f"{name} cannot be '{value}'.", mend=mend)
        policy = replace(self, **values)
        if policy.min_heteroplasmy_percent > policy.homoplasmy_percent:
            raise UsageError(
                "min_heteroplasmy_percent is above homoplasmy_percent.", mend="A homoplasmic call is counted, too."
            )
        return policy


# The largest value of each choice; 1 for those that are true or false.
_MOST: Final = {
    "min_gq": 1_000, "min_dp": 10_000, "min_dp_haploid": 10_000, "min_allele_balance_percent": 100,
    "min_heteroplasmy_percent": 100, "homoplasmy_percent": 100, "mnp_components": 1, "spanning_deletion_in_an": 1,
}  # fmt: skip
