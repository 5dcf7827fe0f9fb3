"""The cohort store: every genome counted, exactly, for any cohort, at any moment. A library that needs no database.

Owns: genome packs, segments, manifests; reading files into packs; counting, annotation and export of counts.
Words: a *pack* is one genome, normalised and gated; a *segment* holds up to 8,192 genomes in columns; a *manifest* is
one state of the store; a *view* is that state opened; an *entry* is what a genome says at a variant key, a *run* what
it says over a stretch (its callability); a *mask* is a cohort in a view; *adj* passed the policy's gates, *raw* did not
have to.
Never knows: persons, consent, HTTP, a database, who is asking. Whoever calls `carriers` or `genome` has decided first.
Start at model/ (the rules), then view.py (asking) and store.py (changing); docs/decisions/0002 says why it looks so.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.genotypes.annotate import AnnotateReport, annotate
    from embla.genotypes.annotating.output import Output
    from embla.genotypes.annotating.sites import Sites
    from embla.genotypes.aside import LaidAside, lay_aside
    from embla.genotypes.carried import maybe_carried
    from embla.genotypes.counting import Carrier
    from embla.genotypes.export import export_sites
    from embla.genotypes.files.manifest import ManifestId
    from embla.genotypes.files.packdigest import pack_digest
    from embla.genotypes.freezing.write import Frozen, check_freeze, write_freeze
    from embla.genotypes.giving_back import bgzipped, genome_text, write_pieces
    from embla.genotypes.indexing import index_sites, index_text, to_bcf
    from embla.genotypes.matrix import CallBlock, genotype_blocks
    from embla.genotypes.model.count import Count, Grpmax, Numbers, find_grpmax, make_count
    from embla.genotypes.model.pack import ContigCalls, Pack, Records
    from embla.genotypes.model.policy import Policy
    from embla.genotypes.model.raw_alone import by_lack
    from embla.genotypes.model.sex import karyotype_problem
    from embla.genotypes.model.silence import Silence
    from embla.genotypes.model.statistics import af_upper95, faf
    from embla.genotypes.prints import Print, print_of, resemblance
    from embla.genotypes.quality import ContigQuality, Quality, called_shares, measure_quality
    from embla.genotypes.reading import ReadPack, ReadReport, SampleSpec, read_packs, read_samples_tsv, specs_for
    from embla.genotypes.reading.bed import Intervals, read_bed
    from embla.genotypes.reading.header import Header, read_header
    from embla.genotypes.reading.source import Source, open_source
    from embla.genotypes.staging import NewGenome, Staged
    from embla.genotypes.steps import AnSteps, an_steps
    from embla.genotypes.store import CohortStore
    from embla.genotypes.sweep import SweptWindow, windows
    from embla.genotypes.swept_counts import RAW_NOTE
    from embla.genotypes.verifying import verify
    from embla.genotypes.view import Mask, View
    from embla.genotypes.warming import warm

_WHERE = {
    "AnnotateReport": "annotate",
    "annotate": "annotate",
    "Sites": "annotating.sites",
    "Carrier": "counting",
    "export_sites": "export",
    "ManifestId": "files.manifest",
    "LaidAside": "aside",
    "lay_aside": "aside",
    "pack_digest": "files.packdigest",
    "Frozen": "freezing.write",
    "check_freeze": "freezing.write",
    "write_freeze": "freezing.write",
    "bgzipped": "giving_back",
    "genome_text": "giving_back",
    "write_pieces": "giving_back",
    "Output": "annotating.output",
    "index_sites": "indexing",
    "index_text": "indexing",
    "to_bcf": "indexing",
    "CallBlock": "matrix",
    "genotype_blocks": "matrix",
    "ContigQuality": "quality",
    "Quality": "quality",
    "called_shares": "quality",
    "maybe_carried": "carried",
    "measure_quality": "quality",
    "Count": "model.count",
    "Grpmax": "model.count",
    "Numbers": "model.count",
    "find_grpmax": "model.count",
    "make_count": "model.count",
    "ContigCalls": "model.pack",
    "Pack": "model.pack",
    "Records": "model.pack",
    "Policy": "model.policy",
    "karyotype_problem": "model.sex",
    "Silence": "model.silence",
    "by_lack": "model.raw_alone",
    "af_upper95": "model.statistics",
    "faf": "model.statistics",
    "Print": "prints",
    "print_of": "prints",
    "resemblance": "prints",
    "ReadPack": "reading",
    "ReadReport": "reading",
    "SampleSpec": "reading",
    "read_packs": "reading",
    "read_samples_tsv": "reading",
    "specs_for": "reading",
    "Intervals": "reading.bed",
    "read_bed": "reading.bed",
    "Header": "reading.header",
    "read_header": "reading.header",
    "Source": "reading.source",
    "open_source": "reading.source",
    "NewGenome": "staging",
    "Staged": "staging",
    "AnSteps": "steps",
    "an_steps": "steps",
    "CohortStore": "store",
    "SweptWindow": "sweep",
    "windows": "sweep",
    "RAW_NOTE": "swept_counts",
    "Mask": "view",
    "View": "view",
    "verify": "verifying",
    "warm": "warming",
}

__all__ = [
    "AnSteps",
    "AnnotateReport",
    "CallBlock",
    "Carrier",
    "CohortStore",
    "ContigCalls",
    "ContigQuality",
    "Count",
    "Frozen",
    "Grpmax",
    "Header",
    "Intervals",
    "LaidAside",
    "ManifestId",
    "Mask",
    "NewGenome",
    "Numbers",
    "Output",
    "Pack",
    "Policy",
    "Print",
    "Quality",
    "RAW_NOTE",
    "ReadPack",
    "ReadReport",
    "Records",
    "SampleSpec",
    "Silence",
    "Sites",
    "Source",
    "Staged",
    "SweptWindow",
    "View",
    "af_upper95",
    "an_steps",
    "annotate",
    "bgzipped",
    "by_lack",
    "called_shares",
    "check_freeze",
    "export_sites",
    "faf",
    "find_grpmax",
    "genome_text",
    "genotype_blocks",
    "index_sites",
    "index_text",
    "karyotype_problem",
    "lay_aside",
    "make_count",
    "maybe_carried",
    "measure_quality",
    "open_source",
    "pack_digest",
    "print_of",
    "read_bed",
    "read_header",
    "read_packs",
    "read_samples_tsv",
    "resemblance",
    "specs_for",
    "to_bcf",
    "verify",
    "warm",
    "windows",
    "write_freeze",
    "write_pieces",
]

__getattr__ = lazy(__name__, _WHERE)
