"""What CPIC and DPWG advise, as rows: never merged, each with its text's id, release and population."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_TAG: Final = re.compile(r"<[^>]+>")
_NONE: Final = re.compile(
    r"no recommendation|the guideline does not provide a recommendation|xN is not a valid input", re.IGNORECASE
)

# CPIC's atazanavir has "no need to avoid", and its tamoxifen "avoid moderate and strong CYP2D6 inhibitors": neither is
# against the drug.
_AGAINST: Final = re.compile(
    r"(?<!no need to )\bavoid\b(?! moderate and strong)|\b(contra-?indicated|not recommended|do not use)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Row:
    """One recommendation: `keys` per gene (text, or a genotype as {allele: copies}); `text` without markup."""

    id: str
    text_id: str
    population: str | None
    strength: str | None
    drugs: tuple[str, ...]
    keys: Mapping[str, Any]
    text: str
    implications: tuple[str, ...]
    doses: bool = False  # the source's own marks: it changes the dose, names another drug, or advises otherwise
    replaces: bool = False
    guides: bool = False

    @property
    def acts(self) -> bool:
        """True where something is done otherwise than for everybody, as ClinPGx marks it."""
        return self.advises and (self.doses or self.replaces or self.guides)

    @property
    def avoids(self) -> bool:
        """Whether the first sentence speaks against the drug."""
        return self.acts and bool(_AGAINST.search(self.text.split(".")[0]))

    @property
    def advises(self) -> bool:
        """False where the source says itself that it recommends nothing."""
        return self.strength != "No recommendation" and bool(self.text) and not _NONE.match(self.text)


@dataclass(frozen=True)
class Guideline:
    """One annotated guideline; `release` is the ClinPGx data version of its file."""

    id: str
    source: str
    url: str
    release: str
    drugs: tuple[str, ...]
    genes: tuple[str, ...]
    rows: tuple[Row, ...]


def read_guideline(data: Any) -> Guideline:
    """One guideline file of ClinPGx, as it comes."""
    head = data["guideline"]
    rows = tuple(
        Row(
            row["id"],
            str((row["text"] or {}).get("id", "")),
            row["population"],
            (row["classification"] or {}).get("term"),
            tuple(one["name"] for one in row["relatedChemicals"]),
            row["lookupKey"] or {},
            plain((row["text"] or {}).get("html", "")),
            tuple(row["implications"] or ()),
            *(
                bool(row.get(mark))
                for mark in ("dosingInformation", "alternateDrugAvailable", "otherPrescribingGuidance")
            ),
        )
        for row in data["recommendations"]
    )
    genes = tuple(sorted(one["symbol"] for one in head["relatedGenes"]))
    drugs = tuple(sorted(one["name"] for one in head["relatedChemicals"]))
    return Guideline(head["id"], head["source"], head["url"], data["version"], drugs, genes, rows)


def plain(text: str) -> str:
    """Markup taken away, lines kept."""
    text = _TAG.sub("", text.replace("</p>", "\n").replace("<br", "\n<br").replace("<li>", "- "))
    lines = (" ".join(line.split()) for line in html.unescape(text).splitlines())
    return "\n".join(line for line in lines if line)
