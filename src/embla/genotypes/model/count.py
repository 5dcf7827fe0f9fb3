"""A count: what the cohort says about one variant or one place, and the few statistics that follow from it."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from embla.genotypes.model.statistics import af_upper95, faf

Status = Literal["observed", "absent", "not_callable", "not_loaded", "suppressed"]


@dataclass(frozen=True, slots=True)
class Numbers:
    """People and alleles. `nhet nhomalt nhemi` count people; half-calls are in `ac` and `an` only."""

    ac: int = 0
    an: int = 0
    nhet: int = 0
    nhomalt: int = 0
    nhemi: int = 0

    def to_json(self) -> dict[str, int]:
        """`{"ac": ..., "an": ..., "nhet": ..., "nhomalt": ..., "nhemi": ...}`."""
        return {"ac": self.ac, "an": self.an, "nhet": self.nhet, "nhomalt": self.nhomalt, "nhemi": self.nhemi}


NO_NUMBERS: Final = Numbers()


@dataclass(frozen=True, slots=True)
class Grpmax:
    """The group with the highest AF among those that carry the allele, and the one with the highest FAF95."""

    group: str
    ac: int
    an: int
    af: float
    faf_group: str
    faf95: float

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "group": self.group,
            "ac": self.ac,
            "an": self.an,
            "af": self.af,
            "faf_group": self.faf_group,
            "faf95": self.faf95,
        }


@dataclass(frozen=True, slots=True)
class Count:
    """One answer. `ac an nhet nhomalt nhemi` are adj; `raw` is without gates. `pos` is 1-based.

    `status`: observed (ac > 0), absent (ac 0, an > 0), not_callable (an 0) or not_loaded (this kind of variant, or this
    contig, is not in the store). `ref` and `alt` are None for a place where nobody in the cohort varies.
    `nfail` people had a call at this key that failed FILTER or FT. A hidden count (`suppressed`) is made by
    `embla.disclosure`, never here.
    """

    contig: str
    pos: int
    ref: str | None
    alt: str | None
    status: Status
    ac: int | None
    an: int | None
    af: float | None
    nhet: int | None
    nhomalt: int | None
    nhemi: int | None
    nfail: int | None
    faf95: float | None
    faf99: float | None
    af_upper95: float | None
    raw: Numbers | None
    policy: str
    manifest: str
    groups: dict[str, "Count"] | None = None
    grpmax: Grpmax | None = None
    by: str | None = None
    notes: tuple[str, ...] = ()
    max_heteroplasmy: float | None = None  # 0..1, chrM only: the highest seen in the cohort, also below the threshold
    unknown_sex: int | None = None  # on X and Y: people left out because their karyotype is unknown
    extra: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def is_mnp(self) -> bool:
        """Several bases for as many others, which count one by one, too."""
        return self.ref is not None and self.alt is not None and len(self.ref) == len(self.alt) > 1

    def to_json(self) -> dict[str, Any]:
        """The keys of DESIGN 4 in their order; `groups grpmax notes max_heteroplasmy unknown_sex` where they apply."""
        out: dict[str, Any] = {
            "contig": self.contig,
            "pos": self.pos,
            "ref": self.ref,
            "alt": self.alt,
            "status": self.status,
            "ac": self.ac,
            "an": self.an,
            "af": self.af,
            "nhet": self.nhet,
            "nhomalt": self.nhomalt,
            "nhemi": self.nhemi,
            "nfail": self.nfail,
            "faf95": self.faf95,
            "faf99": self.faf99,
            "af_upper95": self.af_upper95,
            "raw": self.raw.to_json() if self.raw else None,
            "policy": self.policy,
            "manifest": self.manifest,
        }
        if self.groups is not None:
            out["by"] = self.by
            out["groups"] = {value: count.to_json_cell() for value, count in self.groups.items()}
            out["grpmax"] = self.grpmax.to_json() if self.grpmax else None
        if self.notes:
            out["notes"] = list(self.notes)
        if self.max_heteroplasmy is not None:
            out["max_heteroplasmy"] = self.max_heteroplasmy
        if self.unknown_sex is not None:
            out["unknown_sex"] = self.unknown_sex
        return out | self.extra

    def to_json_cell(self) -> dict[str, Any]:
        """The numbers alone, without the place and the policy that the whole answer already gives."""
        whole = self.to_json()
        return {
            k: v for k, v in whole.items() if k not in ("contig", "pos", "ref", "alt", "policy", "manifest", "notes")
        }


def status_of(ac: int, an: int) -> Status:
    """Three of the four zeros: nobody carries it among people who are covered, or nobody is covered."""
    if ac > 0:
        return "observed"
    return "absent" if an > 0 else "not_callable"


def make_count(
    contig: str,
    pos: int,
    ref: str | None,
    alt: str | None,
    adj: Numbers,
    raw: Numbers | None,
    nfail: int | None,
    *,
    policy: str,
    manifest: str,
    status: Status | None = None,
    **more: Any,
) -> Count:
    """Fill in status, af, FAF and bound from the numbers. `af` and the rest are None where an is 0."""
    callable_ = adj.an > 0
    return Count(
        contig=contig,
        pos=pos,
        ref=ref,
        alt=alt,
        status=status or status_of(adj.ac, adj.an),
        ac=adj.ac,
        an=adj.an,
        af=adj.ac / adj.an if callable_ else None,
        nhet=adj.nhet,
        nhomalt=adj.nhomalt,
        nhemi=adj.nhemi,
        nfail=nfail,
        faf95=faf(adj.ac, adj.an, 0.95) if callable_ else None,
        faf99=faf(adj.ac, adj.an, 0.99) if callable_ else None,
        af_upper95=af_upper95(adj.an) if callable_ and adj.ac == 0 else None,
        raw=raw,
        policy=policy,
        manifest=manifest,
        **more,
    )


def find_grpmax(groups: dict[str, Count], left_out: frozenset[str] = frozenset()) -> Grpmax | None:
    """gnomAD's grpmax: highest AF with ac > 0 over groups not left out. Ties go to the larger an, then the name."""
    able = [(name, c) for name, c in groups.items() if name not in left_out and c.ac and c.an]
    if not able:
        return None
    name, top = min(able, key=lambda item: (-_exact(item[1]), -(item[1].an or 0), item[0]))
    faf_name, faf_top = min(able, key=lambda item: (-(item[1].faf95 or 0.0), -(item[1].an or 0), item[0]))
    return Grpmax(name, top.ac or 0, top.an or 0, top.af or 0.0, faf_name, faf_top.faf95 or 0.0)


def _exact(count: Count) -> int:
    """The AF as a whole number, so that rounding never decides a tie: AN is below 2**31, so two that differ do so by
    more than 2**-62."""
    return ((count.ac or 0) << 64) // (count.an or 1)
