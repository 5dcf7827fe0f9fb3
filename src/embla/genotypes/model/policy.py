"""The counting policy: thresholds and choices as data, with a hash that every answer carries."""

import json
from dataclasses import asdict, dataclass
from hashlib import sha256


@dataclass(frozen=True)
class Policy:
    """How calls are counted. adj thresholds: gnomAD (gnomad_methods, get_adj_expr), gates before splitting."""

    min_gq: int = 20
    min_dp: int = 10
    min_dp_haploid: int = 5
    # AD of each called ALT over DP, for hets only; a record without AD passes, one without GQ or DP never does.
    min_allele_balance_percent: int = 20
    # mtDNA (Laricchia 2022, gnomAD v3.1): below 10 % not counted, from 95 % homoplasmic.
    min_heteroplasmy_percent: int = 10
    homoplasmy_percent: int = 95
    # An MNP is a key of its own and, where True, each of its bases that differs is also counted as an SNV.
    mnp_components: bool = True
    # The deleted copy under a spanning deletion stays in AN as another allele; it is never a listed allele.
    spanning_deletion_in_an: bool = True
    par: str = "GRCh38"
    version: int = 1

    def digest(self) -> str:
        """SHA-256 over the canonical JSON, 64 hex digits."""
        return sha256(json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()).hexdigest()
