"""A manifest as a GA4GH Phenopacket v2 (or Family), and back. Pure.

What is mapped comes back as it was; a test holds that for any manifest. Not mapped, since it is no partner's business:
accounts of clinicians, home regions, consents. What Phenopackets has no field for (a role, a kind of case) stands in
`metaData.externalReferences` under `embla:`, and what a file is to its sample in the file's attributes.
"""

from datetime import datetime
from typing import Any, Final

from embla.errors import BadInput
from embla.submission.model.manifest import Manifest, Sample, patient_of
from embla.submission.model.phenopacket_shapes import camel, faults

VERSION: Final = "2.0"
NOT_MAPPED: Final = ("case.clinicians", "persons.region", "persons.consent")
_HUMAN: Final = {"id": "NCBITaxon:9606", "label": "Homo sapiens"}
_SEX: Final = {"XX": "FEMALE", "XY": "MALE", "X0": "FEMALE", "XXY": "MALE", "XYY": "MALE"}
_TISSUES: Final = {
    "blood": ("UBERON:0000178", "blood"), "saliva": ("UBERON:0001836", "saliva"),
    "skin": ("UBERON:0002097", "skin of body"), "muscle": ("UBERON:0002385", "muscle tissue"),
    "bone_marrow": ("UBERON:0002371", "bone marrow"), "tumour": ("NCIT:C3262", "tumour"),
    "amniotic_fluid": ("UBERON:0000173", "amniotic fluid"), "chorionic_villi": ("UBERON:0007106", "chorionic villus"),
    "other": ("NCIT:C12801", "tissue"),
}  # fmt: skip
_ORIGINS: Final = {
    "germline": ("NCIT:C14165", "normal tissue sample"), "tumour": ("NCIT:C18009", "tumour tissue"),
    "foetal": ("NCIT:C13235", "foetal tissue"),
}  # fmt: skip
_MATERIALS: Final = {"dna": ("EFO:0008479", "genomic DNA"), "rna": ("EFO:0004964", "RNA")}
_STORED: Final = {"fresh": "fresh specimen", "frozen": "frozen specimen", "ffpe": "formalin-fixed paraffin embedded"}
_UNITS: Final = {
    "mean_depth": "fold",
    "covered_20x": "percent",
    "q30": "percent",
    "het_hom": "ratio",
    "het_balance": "share",
}
_TECHNIQUE: Final = (
    "assay", "technology", "kit", "sequencer", "tumour_cells", "assembly", "callability", "column", "tissue",
    "tissue_code",
)  # fmt: skip
_CASE: Final = ("id", "kind", "source", "study", "patient_group", "opened", "family")
_PARENTS: Final = (("maternalId", "mother"), ("paternalId", "father"))
_CALLS: Final = ("gvcf", "vcf", "bcf")
_REFUSED: Final = ("interpretations", "medicalActions", "measurements")
_ONTOLOGIES: Final = {"HP": "human phenotype ontology", "UBERON": "uberon anatomy", "NCIT": "NCI thesaurus"}


def to_phenopacket(manifest: Manifest, *, created: datetime) -> dict[str, Any]:
    """A Phenopacket of one person, a Family of several. BadInput for a package without persons."""
    if not manifest.persons:
        raise BadInput("A package of what is not human has no phenopacket.", mend="Give one of a case of persons.")
    patient = patient_of(manifest)
    packets = [_packet(manifest, number, created) for number in range(len(manifest.persons))]
    if len(packets) == 1:
        own = packets[0]["metaData"]["externalReferences"]
        about = _metadata(_about(manifest), created)
        return packets[0] | {"metaData": about | {"externalReferences": about["externalReferences"] + own}}
    return {
        "id": manifest.package,
        "proband": packets[patient],
        "relatives": [packet for number, packet in enumerate(packets) if number != patient],
        "pedigree": {"persons": _pedigree(manifest)},
        "files": _others(manifest),
        "metaData": _metadata(_about(manifest), created),
    }


def from_phenopacket(value: Any) -> dict[str, Any]:
    """A manifest's values, of the newest version, as far as a Phenopacket or Family says them. BadInput with every way
    in which it is none. What it says and no manifest holds is refused, too: nothing is lost in silence."""
    value = camel(value)
    family = isinstance(value, dict) and "proband" in value
    wrong = list(faults(value, "Family" if family else "Phenopacket"))
    if not wrong and not str(value["metaData"]["phenopacketSchemaVersion"]).startswith("2"):
        wrong = [f"phenopacketSchemaVersion {value['metaData']['phenopacketSchemaVersion'][:20]!r} is not 2."]
    wrong = wrong or list(_not_held(value))
    if wrong:
        more = f" And {len(wrong) - 5} more." if len(wrong) > 5 else ""
        raise BadInput(" ".join(wrong[:5]) + more, mend="Write it as GA4GH Phenopackets v2, without what is named.")
    packets = [value["proband"], *value.get("relatives", [])] if family else [value]
    refs = _refs(value["metaData"])
    roles = _roles(value) if family else {}
    persons = _in_order([_person(packet, roles) for packet in packets])
    files: dict[str, dict[str, Any]] = {}
    for file in [*value.get("files", []), *(file for packet in packets for file in _files_of(packet))]:
        files.setdefault(file["uri"], _read_file(file))
    listed = _in_order(list(files.values()))
    case = {name: refs[f"case.{name}"] for name in _CASE if f"case.{name}" in refs}
    made: dict[str, Any] = {
        "schema_version": 2,
        "package": value["id"],
        "case": case,
        "persons": persons,
        "files": listed,
    }
    made |= {name: refs[name] for name in ("type", "corrects", "follows", "laboratory") if name in refs}
    return made


def _packet(manifest: Manifest, number: int, created: datetime) -> dict[str, Any]:
    person = manifest.persons[number]
    subject: dict[str, Any] = {"id": _name(manifest, number), "taxonomy": _HUMAN}
    if person.pseudonym is not None:
        subject["alternateIds"] = [f"embla:{person.pseudonym}"]
    if person.karyotype is not None:
        subject["sex"] = _SEX.get(person.karyotype, "UNKNOWN_SEX")
        subject["karyotypicSex"] = {"X0": "XO", "unknown": "UNKNOWN_KARYOTYPE"}.get(person.karyotype, person.karyotype)
    if person.gestation_days is not None:
        weeks, days = divmod(person.gestation_days, 7)
        subject["timeAtLastEncounter"] = {"gestationalAge": {"weeks": weeks, "days": days}}
    refs = {"place": str(number), "role": person.role, "blood": str(person.blood).lower(), "key": person.key}
    refs |= {
        f"samples.{place}.{name}": value for place, one in enumerate(person.samples) for name, value in _technique(one)
    }
    return {
        "id": f"{manifest.package}:{subject['id']}" if len(manifest.persons) > 1 else manifest.package,
        "subject": subject,
        "phenotypicFeatures": [
            {"type": {"id": one.code, "label": one.label}, "excluded": one.excluded} for one in person.phenotypes
        ],
        "diseases": [{"term": {"id": one.code, "label": one.label}} for one in person.diseases],
        "biosamples": [_biosample(manifest, subject["id"], one) for one in person.samples],
        "files": _others(manifest) if len(manifest.persons) == 1 else [],
        "metaData": _metadata(refs, created),
    }


_USES: Final = ("calls", "bed", "structural", "copy_numbers", "repeats")


def _biosample(manifest: Manifest, individual: str, sample: Sample) -> dict[str, Any]:
    tissue = _TISSUES[sample.tissue] if sample.tissue_code is None else (sample.tissue_code, sample.tissue)
    made: dict[str, Any] = {
        "id": sample.id,
        "individualId": individual,
        "taxonomy": _HUMAN,
        "sampledTissue": _class(tissue),
        "sampleType": _class(_MATERIALS[sample.material]),
        "materialSample": _class(_ORIGINS[sample.origin]),
        "measurements": [
            {
                "assay": {"id": f"EMBLA:{name}", "label": name.replace("_", " ")},
                "value": {"quantity": {"unit": {"id": f"EMBLA:{unit}", "label": unit}, "value": value}},
            }
            for name, unit in _UNITS.items()
            if (value := getattr(sample.measured, name)) is not None
        ],
        "files": [_file(manifest, n, sample) for n, file in enumerate(manifest.files) if file.path in _paths(sample)],
    }
    if sample.of_tumour is not None:
        made["derivedFromId"] = sample.of_tumour
    if sample.collected is not None:
        made["timeOfCollection"] = {"timestamp": f"{sample.collected.isoformat()}T00:00:00Z"}
    if sample.conservation is not None:
        made["sampleStorage"] = {"id": f"EMBLA:{sample.conservation}", "label": _STORED[sample.conservation]}
    return made


def _technique(sample: Sample) -> list[tuple[str, str]]:
    """What no field of a Biosample holds."""
    values = {name: getattr(sample, name) for name in _TECHNIQUE}
    if sample.pipeline is not None:
        values |= {"pipeline.name": sample.pipeline.name, "pipeline.version": sample.pipeline.version}
    return [(name, str(value)) for name, value in values.items() if value is not None]


def _file(manifest: Manifest, number: int, owner: Sample | None = None) -> dict[str, Any]:
    file = manifest.files[number]
    attributes = {
        "fileFormat": file.format, "size": str(file.size), "sha256": file.sha256, "read": file.read,
        "flowcell": file.flowcell, "lane": None if file.lane is None else str(file.lane), "embla.place": str(number),
    }  # fmt: skip
    if owner is not None:
        uses = [name for name in _USES if getattr(owner, name) == file.path]
        uses += [f"files.{nth}" for nth, path in enumerate(owner.files) if path == file.path]
        attributes |= {"genomeAssembly": owner.assembly, "embla.uses": " ".join(uses)}
    return {
        "uri": file.path,
        "individualToFileIdentifiers": {owner.id: owner.column or owner.id} if owner is not None else {},
        "fileAttributes": {name: value for name, value in attributes.items() if value is not None},
    }


def _paths(sample: Sample) -> set[str]:
    return set(sample.paths)


def _others(manifest: Manifest) -> list[dict[str, Any]]:
    """Files that no sample names."""
    named = {path for _, _, _, one in manifest.samples() for path in _paths(one)}
    return [_file(manifest, number) for number, file in enumerate(manifest.files) if file.path not in named]


def _name(manifest: Manifest, number: int) -> str:
    person = manifest.persons[number]
    if person.role != "foetus" or number == patient_of(manifest):
        return person.key or person.pseudonym or f"person-{number}"
    return person.key or f"{_name(manifest, patient_of(manifest))}:foetus-{number}"


def _pedigree(manifest: Manifest) -> list[dict[str, Any]]:
    """Who descends from whom, for readers who do not know our roles; a parent not of one blood is no parent here."""
    by_role = {one.role: n for n, one in enumerate(manifest.persons) if one.blood}
    made = []
    for number, person in enumerate(manifest.persons):
        child = person.role in ("foetus", "sibling") or (person.role == "index" and manifest.case.kind != "foetal")
        parents = {
            name: _name(manifest, by_role[role]) if child and role in by_role else "0"
            for name, role in (("paternalId", "father"), ("maternalId", "mother"))
        }
        made.append(
            {
                "familyId": manifest.case.family or manifest.case.id,
                "individualId": _name(manifest, number),
                **parents,
                "sex": _SEX.get(person.karyotype or "", "UNKNOWN_SEX"),
                "affectedStatus": "AFFECTED" if person.role == "index" else "MISSING",
            }
        )
    return made


def _about(manifest: Manifest) -> dict[str, str | None]:
    case = {f"case.{name}": getattr(manifest.case, name) for name in _CASE}
    said = {name: getattr(manifest, name) for name in ("type", "corrects", "follows", "laboratory")}
    return {name: None if value is None else str(value) for name, value in (case | said).items()}


def _metadata(refs: dict[str, str | None], created: datetime) -> dict[str, Any]:
    return {
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "createdBy": "embla",
        "resources": [
            {
                "id": prefix.lower(), "name": name, "url": f"http://purl.obolibrary.org/obo/{prefix.lower()}.owl",
                "version": "unspecified", "namespacePrefix": prefix,
                "iriPrefix": f"http://purl.obolibrary.org/obo/{prefix}_",
            }
            for prefix, name in _ONTOLOGIES.items()
        ],
        "phenopacketSchemaVersion": VERSION,
        "externalReferences": [
            {"id": f"embla:{name}", "description": value} for name, value in refs.items() if value is not None
        ],
    }  # fmt: skip


def _class(pair: tuple[str, str]) -> dict[str, str]:
    return {"id": pair[0], "label": pair[1]}


def _refs(metadata: dict[str, Any]) -> dict[str, str]:
    """What stands in the references under embla:."""
    found = metadata.get("externalReferences", [])
    return {one["id"][6:]: one.get("description", "") for one in found if one.get("id", "").startswith("embla:")}


def _roles(family: dict[str, Any]) -> dict[str, str]:
    """Roles by the pedigree, for a Family that somebody else wrote."""
    roles = {family["proband"].get("subject", {}).get("id", ""): "index"}
    for one in family.get("pedigree", {}).get("persons", []):
        if one.get("individualId") in roles:
            roles |= {one[name]: role for name, role in _PARENTS if one.get(name, "0") != "0"}
    return roles


def _person(packet: dict[str, Any], roles: dict[str, str]) -> dict[str, Any]:
    refs, subject = _refs(packet["metaData"]), packet.get("subject", {"id": ""})
    name, ours = subject["id"], "role" in refs
    role = refs.get("role") or roles.get(name, "sibling" if roles else "index")
    person: dict[str, Any] = {"_place": int(refs.get("place", 0)), "role": role, "key": refs.get("key")}
    if not ours:
        person["key"] = name
    person["pseudonym"] = next((one[6:] for one in subject.get("alternateIds", []) if one.startswith("embla:")), None)
    said = subject.get("karyotypicSex")
    karyotype = {"XO": "X0", "UNKNOWN_KARYOTYPE": "unknown"}.get(said, said)
    person["karyotype"] = karyotype if ours or karyotype else "unknown"
    age = subject.get("timeAtLastEncounter", {}).get("gestationalAge")
    person["gestation_days"] = int(7 * age.get("weeks", 0) + age.get("days", 0)) if age else None
    person["blood"] = refs.get("blood", "true") == "true"
    person["phenotypes"] = [
        {"code": one["type"]["id"], "label": one["type"]["label"], "excluded": one.get("excluded", False)}
        for one in packet.get("phenotypicFeatures", [])
    ]
    person["diseases"] = [
        {"code": one["term"]["id"], "label": one["term"]["label"]} for one in packet.get("diseases", [])
    ]
    person["samples"] = [_sample(one, refs, place) for place, one in enumerate(packet.get("biosamples", []))]
    return {name: value for name, value in person.items() if value is not None}


def _sample(said: dict[str, Any], refs: dict[str, str], place: int) -> dict[str, Any]:
    own = {name.split(".", 2)[2]: value for name, value in refs.items() if name.startswith(f"samples.{place}.")}
    sample: dict[str, Any] = {
        "id": said["id"],
        "material": _read_class(said, "sampleType", _MATERIALS, "dna"),
        "origin": _read_class(said, "materialSample", _ORIGINS, "germline"),
        "assay": "genome",
        "tissue": _read_class(said, "sampledTissue", _TISSUES, "other"),
        "of_tumour": said.get("derivedFromId"),
        "files": [],
    }
    sample |= {name: value for name, value in own.items() if "." not in name}
    if "tumour_cells" in sample:
        sample["tumour_cells"] = int(sample["tumour_cells"])
    if "pipeline.name" in own:
        sample["pipeline"] = {"name": own["pipeline.name"], "version": own["pipeline.version"]}
    if when := said.get("timeOfCollection", {}).get("timestamp"):
        sample["collected"] = when[:10]
    if stored := said.get("sampleStorage"):
        sample["conservation"] = stored["id"].partition(":")[2]
    measured = {
        one["assay"]["id"].partition(":")[2]: one["value"]["quantity"]["value"] for one in said.get("measurements", [])
    }
    if measured:
        sample["measured"] = measured
    raw: dict[int, str] = {}
    for file in said.get("files", []):
        attributes = file.get("fileAttributes", {})
        form = attributes.get("fileFormat", "other").lower()
        for use in attributes.get("embla.uses", "calls" if form in _CALLS else "files.0").split():
            if use.startswith("files."):
                raw[int(use[6:]) if "embla.uses" in attributes else len(raw)] = file["uri"]
            else:
                sample[use] = file["uri"]
    sample["files"] = [raw[nth] for nth in sorted(raw)]
    return {name: value for name, value in sample.items() if value is not None}


def _read_class(said: dict[str, Any], name: str, known: dict[str, tuple[str, str]], default: str) -> str:
    code = said.get(name, {}).get("id")
    return next((word for word, (ours, _) in known.items() if ours == code), default)


def _read_file(file: dict[str, Any]) -> dict[str, Any]:
    attributes = file.get("fileAttributes", {})
    made: dict[str, Any] = {
        "_place": int(attributes.get("embla.place", 1 << 20)),
        "path": file["uri"].removeprefix("file:").lstrip("/"),
        "size": int(attributes.get("size", 0)),
        "sha256": attributes.get("sha256", ""),
        "format": attributes.get("fileFormat", "other").lower(),
    }
    made |= {name: attributes[name] for name in ("read", "flowcell") if name in attributes}
    return made | ({"lane": int(attributes["lane"])} if "lane" in attributes else {})


def _files_of(packet: dict[str, Any]) -> list[dict[str, Any]]:
    return [*packet.get("files", []), *(file for one in packet.get("biosamples", []) for file in one.get("files", []))]


def _in_order(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As their places say; the order they came in where they say none."""
    return [
        {name: value for name, value in one.items() if name != "_place"}
        for one in sorted(items, key=lambda item: item["_place"])
    ]


def _not_held(value: dict[str, Any]) -> list[str]:
    """What a Phenopacket says and a manifest has no place for."""
    packets = [value["proband"], *value.get("relatives", [])] if "proband" in value else [value]
    found = []
    for number, packet in enumerate(packets):
        found += [
            f"{name} of phenopacket {number + 1} has no place in a manifest." for name in _REFUSED if packet.get(name)
        ]
        subject = packet.get("subject", {})
        found += [
            f"subject.{name} has no place in a manifest." for name in ("dateOfBirth", "vitalStatus") if name in subject
        ]
        for place, one in enumerate(packet.get("biosamples", [])):
            odd = [m for m in one.get("measurements", []) if not m.get("assay", {}).get("id", "").startswith("EMBLA:")]
            if odd:
                found.append(f"{len(odd)} measurements of biosample {place + 1} have no place in a manifest.")
    return found
