"""The manifest's first version: one germline sample per person, singles and trios. It stays readable for ever.

Whoever reads a manifest sees the newest version's classes: `upgraded` says the same in them.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from embla.submission.model.manifest import (
    MAX_FILES,
    Consent,
    Id,
    Manifest,
    Part,
    Path,
    Pipeline,
    Sha256,
    Slug,
    Text,
    no_truth,
)

MAX_PERSONS_V1 = 3


class FileV1(Part):
    """One file of the package."""

    path: Path
    size: Annotated[int, Field(ge=0, le=1 << 44, description="Bytes.")]
    sha256: Sha256
    format: Annotated[
        Literal["gvcf", "vcf", "bcf", "bed", "index", "other"],
        Field(description="What the file is. Indexes (.tbi, .csi) and other files are kept and not read."),
    ]


class SampleV1(Part):
    """One specimen and the calls made from it."""

    id: Id
    tissue: Literal["blood", "saliva", "skin", "muscle", "bone_marrow", "other"] = "blood"
    collected: date | None = None
    origin: Annotated[Literal["germline"], Field(description="Tumour and foetal samples follow in a later version.")]
    assay: Literal["genome", "exome", "panel"]
    assembly: Literal["GRCh38"]
    callability: Annotated[
        Literal["gvcf", "bed", "assumed"],
        Field(
            description="Where the genome could be called: by the blocks of the gVCF, inside a BED, or assumed "
            "everywhere (such a genome counts in raw numbers only)."
        ),
    ]
    pipeline: Pipeline
    mean_depth: Annotated[float | None, Field(ge=0, le=100_000, description="Mean depth of coverage.")] = None
    calls: Annotated[Path, Field(description="The file with the calls, as listed under files.")]
    bed: Annotated[Path | None, Field(description="The BED of callable places, for callability bed.")] = None
    column: Annotated[
        Text | None, Field(description="The sample's name in the file of calls, where it differs from id.")
    ] = None


class PersonV1(Part):
    """One person of the case, by the laboratory's own key or by the national pseudonym, never by CPR number or name."""

    key: Annotated[
        Id | None, Field(description="What the laboratory calls this person; the same in every package.")
    ] = None
    pseudonym: Annotated[
        Annotated[str, StringConstraints(pattern=r"^P[0-9A-Z]{16}$")] | None,
        Field(description="The national pseudonym, where the laboratory knows it."),
    ] = None
    role: Annotated[
        Literal["index", "mother", "father", "sibling"], Field(description="Place in the family; index is the patient.")
    ]
    karyotype: Literal["XX", "XY", "X0", "XXY", "XYY", "unknown"]
    region: Annotated[
        Slug | None, Field(description="Code of the home region; by default the laboratory's own region counts.")
    ] = None
    blood: Annotated[
        bool, Field(description="false for a parent by adoption or donation: known not to be of one blood.")
    ] = True
    consent: Consent | None = None
    sample: SampleV1


class CaseV1(Part):
    """One clinical question."""

    id: Id
    kind: Literal["single", "trio"]
    patient_group: Slug
    opened: date
    family: Annotated[
        Id | None,
        Field(description="What the laboratory calls the family; joins relatives who are reported in other packages."),
    ] = None
    clinicians: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@-]{1,63}$")]],
        Field(max_length=50, description="Accounts of the clinicians who treat the patient."),
    ] = []


class ManifestV1(Part):
    """A package of one case, version 1."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        title="Embla submission package, version 1",
    )

    schema_version: Annotated[Literal[1], BeforeValidator(no_truth), Field(description="Version of this schema.")]
    package: Annotated[Id, Field(description="The laboratory's id of the package; never used twice.")]
    type: Literal["initial", "correction"] = "initial"
    corrects: Annotated[Id | None, Field(description="For a correction: the package whose place it takes.")] = None
    laboratory: Annotated[Slug, Field(description="Id of the laboratory in the national register.")]
    case: CaseV1
    persons: Annotated[list[PersonV1], Field(min_length=1, max_length=MAX_PERSONS_V1)]
    files: Annotated[list[FileV1], Field(min_length=1, max_length=MAX_FILES)]

    def upgraded(self) -> Manifest:
        """The same, in the newest version's words."""
        values = self.model_dump(exclude_none=True) | {"schema_version": 2}
        for person in values["persons"]:
            sample = person.pop("sample")
            depth = sample.pop("mean_depth", None)
            person["samples"] = [sample | ({"measured": {"mean_depth": depth}} if depth is not None else {})]
        return Manifest.model_validate(values)
