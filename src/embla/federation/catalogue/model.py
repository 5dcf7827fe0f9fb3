"""The catalogue as RDF: FAIR Data Point 1.2, DCAT-AP 3, HealthDCAT-AP and GDI metadata 1.2. Each resource is a graph.

Made and written by rdflib alone (`pip install 'embla[rdf]'`), which is loaded here and nowhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from embla.datasets import CODES, COHORTS
from embla.optional import require

if TYPE_CHECKING:
    from embla.datasets import DataSet, Shown, Tombstone

CATALOG: Final = "main"
EHDS: Final = "http://data.europa.eu/eli/reg/2025/327/oj"
_EU: Final = "http://publications.europa.eu/resource/authority/"
_GDI: Final = "http://data.gdi.eu/core/p2/"
_PREFIXES: Final = {
    "adms": "http://www.w3.org/ns/adms#", "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/",
    "dcatap": "http://data.europa.eu/r5r/", "dpv": "https://w3id.org/dpv#", "fdp-o": "https://w3id.org/fdp/fdp-o#",
    "foaf": "http://xmlns.com/foaf/0.1/", "gdi": _GDI, "healthdcatap": "http://healthdataportal.eu/ns/health#",
    "ldp": "http://www.w3.org/ns/ldp#", "prof": "http://www.w3.org/ns/dx/prof/", "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "vcard": "http://www.w3.org/2006/vcard/ns#", "xsd": "http://www.w3.org/2001/XMLSchema#",
}  # fmt: skip
FORMS: Final[Mapping[str, tuple[str, str]]] = {
    "turtle": ("turtle", "text/turtle"), "jsonld": ("json-ld", "application/ld+json"),
}  # fmt: skip
_SHAPES: Final = (
    "https://raw.githubusercontent.com/GenomicDataInfrastructure/gdi-metadata/3f1085db284c76367d508cc2db35ba58c90cac26/"
    "Formulasation(shacl)/core/PiecesShape/{}.ttl"
)
PROFILES: Final[Mapping[str, str]] = {
    "catalog": _SHAPES.format("Catalog"), "dataset": _SHAPES.format("Dataset"),
    "distribution": _SHAPES.format("Distribution"), "service": _SHAPES.format("DataService"),
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    """Whose catalogue it is. `root` is the FAIR Data Point's address, `site` the node's; no slash at their ends."""

    root: str
    site: str
    name: str
    organisation: str
    homepage: str
    contact: str
    hdab: str
    version: str
    country: str

    def at(self, kind: str, identifier: str) -> str:
        """A resource's address."""
        return f"{self.root}/{kind}/{identifier}"


class Writing:
    """One graph in the making. A value that begins with a known prefix and a colon, or with http, is an IRI."""

    def __init__(self, subject: str) -> None:
        self._rdf = require("rdflib", doing="The catalogue as RDF", extra="rdf")
        self.graph = self._rdf.Graph()
        for prefix, address in _PREFIXES.items():
            self.graph.bind(prefix, address, override=True, replace=True)
        self.subject = self.iri(subject)

    def iri(self, text: str) -> Any:
        """`dct:title` or a whole address."""
        prefix, _, rest = text.partition(":")
        return self._rdf.URIRef(_PREFIXES[prefix] + rest if prefix in _PREFIXES else text)

    def say(self, predicate: str, *values: Any, of: Any = None) -> None:
        """A statement for each value."""
        for value in values:
            self.graph.add((of if of is not None else self.subject, self.iri(predicate), value))

    def link(self, predicate: str, *addresses: str, of: Any = None) -> None:
        """To other resources."""
        self.say(predicate, *(self.iri(one) for one in addresses), of=of)

    def texts(self, predicate: str, by_language: Mapping[str, str], *, of: Any = None) -> None:
        """A text in each language it has."""
        self.say(predicate, *(self._rdf.Literal(text, lang=code) for code, text in by_language.items()), of=of)

    def plain(self, predicate: str, *values: str | int, kind: str = "", of: Any = None) -> None:
        """A text without a language, or a value of a type of XML Schema."""
        as_type = self.iri(f"xsd:{kind}") if kind else None
        self.say(predicate, *(self._rdf.Literal(str(one), datatype=as_type) for one in values), of=of)

    def time(self, predicate: str, at: datetime) -> None:
        """A time."""
        self.plain(predicate, at.isoformat(), kind="dateTime")

    def blank(self, predicate: str, *types: str, of: Any = None) -> Any:
        """A resource without an address, hanging on another."""
        node = self._rdf.BNode()
        self.say(predicate, node, of=of)
        self.link("rdf:type", *types, of=node)
        return node

    def text(self, form: str) -> str:
        """The graph, written out."""
        return str(self.graph.serialize(format=FORMS[form][0]))


def root(node: Node, shown: "Sequence[Shown]") -> Writing:
    """The FAIR Data Point itself."""
    on = Writing(node.root)
    on.link("rdf:type", "fdp-o:FAIRDataPoint", "dcat:DataService", "fdp-o:MetadataService")
    on.texts("dct:title", {"en": f"{node.name}: FAIR Data Point"})
    on.texts(
        "dct:description", {"en": f"What {node.organisation} offers for research: data sets and how to reach them."}
    )
    _published(on, node)
    _described(on, shown)
    on.link("dct:license", f"{_EU}licence/CC0")
    on.link("dct:language", f"{_EU}language/ENG")
    on.link("dct:accessRights", f"{_EU}access-right/PUBLIC")
    on.link("dct:conformsTo", "https://specs.fairdatapoint.org/fdp-specs-v1.2.html")
    on.link("fdp-o:conformsToFdpSpec", "https://specs.fairdatapoint.org/fdp-specs-v1.2.html")
    # As the shapes of GDI's node spell it; DCAT has a small p.
    on.link("dcat:endPointURL", node.root)
    on.link("dcat:endpointURL", node.root)
    on.plain("fdp-o:hasSoftwareVersion", f"embla:{node.version}")
    on.link("fdp-o:metadataCatalog", node.at("catalog", CATALOG))
    container = on.iri(f"{node.root}/catalog")
    on.link("rdf:type", "ldp:DirectContainer", of=container)
    on.texts("dct:title", {"en": "Catalogs"}, of=container)
    on.link("ldp:hasMemberRelation", "fdp-o:metadataCatalog", of=container)
    on.link("ldp:membershipResource", node.root, of=container)
    on.link("ldp:contains", node.at("catalog", CATALOG), of=container)
    return on


def catalog(node: Node, shown: "Sequence[Shown]") -> Writing:
    """The one catalog, with every data set that is shown."""
    on = Writing(node.at("catalog", CATALOG))
    on.link("rdf:type", "dcat:Catalog")
    on.texts("dct:title", {"en": f"{node.name}: data sets", "da": f"{node.name}: datasæt"})
    on.texts(
        "dct:description",
        {"en": "Genomes and allele frequencies for research.", "da": "Genomer og allelfrekvenser til forskning."},
    )
    _published(on, node)
    _described(on, shown)
    on.link("dcatap:applicableLegislation", EHDS)
    on.link("dct:language", f"{_EU}language/ENG", f"{_EU}language/DAN")
    on.link("dct:license", f"{_EU}licence/CC0")
    on.link("dct:isPartOf", node.root)
    on.link("dct:conformsTo", node.at("profile", "catalog"))
    on.link("dcat:themeTaxonomy", f"{_EU}data-theme")
    on.link("foaf:homepage", f"{node.site}/catalogue")
    on.link("dcat:dataset", *(node.at("dataset", one.data.id) for one in shown))
    on.link("dcat:service", *(node.at("service", name) for name in sorted({_service(one.data) for one in shown})))
    _contained(on, [node.at("dataset", one.data.id) for one in shown])
    return on


def dataset(node: Node, one: "Shown", *, people: int | None, records: int | None, release: str) -> Writing:
    """One data set. What is not known, or may not be told, is left out."""
    data = one.data
    on = Writing(node.at("dataset", data.id))
    on.link("rdf:type", "dcat:Dataset")
    on.plain("dct:identifier", data.id, kind="string")
    on.texts("dct:title", data.title)
    on.texts("dct:description", data.description)
    on.time("dct:issued", one.issued)
    on.time("dct:modified", one.changed)
    on.time("fdp-o:metadataIssued", one.issued)
    on.time("fdp-o:metadataModified", one.changed)
    on.plain("dcat:version", f"{one.version}" if data.kind != "frequencies" else f"{one.version}, release {release}")
    _published(on, node)
    _organisation(on, "dct:creator", data.owner, node)
    hdab = _organisation(on, "healthdcatap:hdab", node.hdab, node)
    _contact(on, node, of=hdab)
    on.link("dct:accessRights", f"{_EU}access-right/{data.access}")
    on.link("dcatap:applicableLegislation", EHDS)
    on.link("healthdcatap:healthCategory", "gdi:HealthCategoryHumanGenomic")
    on.link("dcat:theme", f"{_EU}data-theme/HEAL")
    on.link("dct:language", f"{_EU}language/ENG")
    on.link("dct:conformsTo", f"gdi:{data.governance}")
    on.link("dct:spatial", f"{_EU}country/{ {'DK': 'DNK', 'NO': 'NOR', 'SE': 'SWE'}.get(node.country, node.country) }")
    on.link("adms:status", f"{_EU}dataset-status/COMPLETED")
    on.link("dpv:hasLegalBasis", "dpv:PublicInterest")
    on.link("dpv:hasPurpose", "dpv:ScientificResearch")
    on.texts("healthdcatap:populationCoverage", COHORTS[data.cohort].rule)
    if data.synthetic:
        on.link("dct:type", "https://publications.europa.eu/resource/authority/dataset-type/SYNTHETIC_DATA")
    if records is not None:
        on.plain("healthdcatap:numberOfRecords", records, kind="nonNegativeInteger")
    if people is not None:
        on.plain("healthdcatap:numberOfUniqueIndividuals", people, kind="nonNegativeInteger")
    on.plain("dcat:keyword", *data.keywords, *data.areas)
    for code, names in data.duo.items():
        statement = on.blank("dct:rights", "dct:RightsStatement")
        on.plain("rdfs:label", f"{code}: {CODES[code].label}" + (f" ({names})" if names else ""), of=statement)
        on.link("dct:conformsTo", f"http://purl.obolibrary.org/obo/{CODES[code].id.replace(':', '_')}", of=statement)
    on.link("dcat:landingPage", f"{node.site}/catalogue/{data.id}")
    on.link("dcat:distribution", node.at("distribution", data.id))
    on.link("dct:isPartOf", node.at("catalog", CATALOG))
    _contained(on, [node.at("distribution", data.id)])
    return on


def distribution(node: Node, one: "Shown") -> Writing:
    """How one data set is reached."""
    data, service = one.data, _service(one.data)
    on = Writing(node.at("distribution", data.id))
    on.link("rdf:type", "dcat:Distribution")
    on.texts("dct:title", {"en": _WAYS[service][0]})
    on.texts("dct:description", {"en": _WAYS[service][1]})
    on.time("dct:issued", one.issued)
    on.time("dct:modified", one.changed)
    on.link("dcat:accessURL", node.site + _WAYS[service][2])
    on.link("dcat:mediaType", "https://www.iana.org/assignments/media-types/application/json")
    on.link("dct:format", f"{_EU}file-type/JSON")
    on.link("dcatap:applicableLegislation", EHDS)
    on.link("adms:status", f"{_EU}distribution-status/COMPLETED")
    if data.access == "PUBLIC":
        # What is had on application has the conditions of its permit, and no licence for everybody.
        on.link("dct:license", f"{_EU}licence/CC_BY_4_0")
    on.link("dct:conformsTo", node.at("profile", "distribution"))
    on.link("dct:isPartOf", node.at("dataset", data.id))
    on.link("dcat:accessService", node.at("service", service))
    on.graph += service_of(node, service, [one]).graph
    return on


def service_of(node: Node, name: str, shown: "Sequence[Shown]") -> Writing:
    """A door of this node, and which data sets it serves."""
    on = Writing(node.at("service", name))
    on.link("rdf:type", "dcat:DataService")
    on.texts("dct:title", {"en": _WAYS[name][0]})
    on.link("dcat:endpointURL", node.site + _WAYS[name][2])
    on.link("dcat:endpointDescription", f"{node.site}/openapi.json")
    on.link("dcatap:applicableLegislation", EHDS)
    on.link("dct:conformsTo", node.at("profile", "service"))
    on.link("dcat:servesDataset", *(node.at("dataset", one.data.id) for one in shown if _service(one.data) == name))
    return on


def profile(node: Node, name: str) -> Writing:
    """Which shapes a kind of resource is held to."""
    on = Writing(node.at("profile", name))
    on.link("rdf:type", "prof:Profile")
    on.plain("rdfs:label", f"GDI metadata 1.2: {name}")
    held = on.blank("prof:hasResource", "prof:ResourceDescriptor")
    on.plain("rdfs:label", f"Shapes of a {name}", of=held)
    on.link("dct:conformsTo", "http://www.w3.org/ns/shacl", of=held)
    on.link("dct:format", "https://www.iana.org/assignments/media-types/text/turtle", of=held)
    on.link("prof:hasArtifact", PROFILES[name].replace("(", "%28").replace(")", "%29"), of=held)
    on.link("prof:hasRole", "http://www.w3.org/ns/dx/prof/role/Validation", of=held)
    return on


def tombstone(node: Node, gone: "Tombstone") -> Writing:
    """What a harvester is told of a data set that was withdrawn, so that it takes its own copy away."""
    on = Writing(node.at("dataset", gone.id))
    on.plain("dct:identifier", gone.id, kind="string")
    on.texts("dct:title", gone.title)
    on.link("adms:status", f"{_EU}dataset-status/WITHDRAWN")
    on.time("dct:modified", gone.at)
    on.time("prov:invalidatedAtTime", gone.at)
    on.texts("adms:versionNotes", {"en": gone.why})
    return on


# Door -> name, description, path.
_WAYS: Final = {
    "beacon": (
        "Beacon 2 of allele frequencies",
        "Frequencies of alleles by Beacon 2; few carriers are not told of, and questions are within a budget.",
        "/beacon/aggregated/v2",
    ),
    "sensitive-beacon": (
        "Beacon 2 of individuals",
        "Counts of people by Beacon 2, for those who have signed in.",
        "/beacon/sensitive/v2",
    ),
}


def _service(data: "DataSet") -> str:
    return "beacon" if data.kind == "frequencies" else "sensitive-beacon"


def service_names() -> tuple[str, ...]:
    """The doors that serve data sets."""
    return tuple(_WAYS)


def _published(on: Writing, node: Node) -> None:
    by = _organisation(on, "dct:publisher", node.organisation, node)
    _contact(on, node, of=by)
    _contact(on, node)


def _organisation(on: Writing, predicate: str, name: str, node: Node) -> Any:
    made = on.blank(predicate, "foaf:Agent", "foaf:Organization")
    on.texts("foaf:name", {"en": name}, of=made)
    if name == node.organisation:
        on.link("foaf:homepage", node.homepage, of=made)
    return made


def _contact(on: Writing, node: Node, *, of: Any = None) -> None:
    """GDI's shape wants an address of mail; without one a contact point would not be valid."""
    if node.contact.startswith("mailto:"):
        made = on.blank("dcat:contactPoint", "vcard:Kind", "vcard:Organization", of=of)
        on.plain("vcard:fn", node.organisation, of=made)
        on.link("vcard:hasEmail", node.contact, of=made)
        on.link("vcard:hasURL", node.homepage, of=made)


def _described(on: Writing, shown: "Sequence[Shown]") -> None:
    """When the description itself was made and last changed: with the data sets it tells of."""
    if shown:
        on.time("fdp-o:metadataIssued", min(one.issued for one in shown))
        on.time("fdp-o:metadataModified", max(one.changed for one in shown))
        on.time("dct:issued", min(one.issued for one in shown))
        on.time("dct:modified", max(one.changed for one in shown))
    on.link("fdp-o:metadataIdentifier", str(on.subject))


def _contained(on: Writing, addresses: Sequence[str]) -> None:
    container = on.iri(f"{on.subject}#contained")
    on.link("rdf:type", "ldp:BasicContainer", of=container)
    on.link("ldp:contains", *addresses, of=container)
