"""A laboratory's package becomes genomes: checked, kept, counted, acknowledged.

Owns: the manifest of a package and its published JSON Schema, the check (every error at once, the same rules at the
laboratory and here), receiving with one database transaction, uploads over HTTP. Words: *package* = a folder with
`manifest.json` and files; *finding* = one thing the check has to say, with file, line, rule and how to mend it;
*acknowledgement* = the receipt, given after the commit and the same for the same package ever after; *correction* = a
package that takes the place of an earlier one.
Never knows: how calls are counted, pages, who else sees the genomes.
Start at model/manifest.py, then check.py and receive.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.submission.check import Checked, check_package
    from embla.submission.deposit import certify_deposit, find_deposit, tell_deposit
    from embla.submission.fetching import fetch_file, files_to_fetch
    from embla.submission.model.acknowledgement import Acknowledgement, GenomeReceipt, Submission
    from embla.submission.model.finding import RULES, Finding, PackageRefused
    from embla.submission.model.manifest import Manifest
    from embla.submission.model.rule_set import RuleSet, rule_set, rule_sets
    from embla.submission.package import Package, open_package
    from embla.submission.prepare import prepare_folder, prepare_sheet
    from embla.submission.prints import agreement
    from embla.submission.receive import receive, receive_many
    from embla.submission.sent import SentFile, SentGenome, index_beside, read_sent, seal_sent, sent_genome
    from embla.submission.store import find_submission, list_submissions
    from embla.submission.sweep import sweep
    from embla.submission.versions import schema

_NAMES = {
    "check": "Checked check_package",
    "deposit": "certify_deposit find_deposit tell_deposit",
    "fetching": "fetch_file files_to_fetch",
    "model.acknowledgement": "Acknowledgement GenomeReceipt Submission",
    "model.finding": "RULES Finding PackageRefused",
    "model.manifest": "Manifest",
    "model.rule_set": "RuleSet rule_set rule_sets",
    "versions": "schema",
    "package": "Package open_package",
    "prints": "agreement",
    "prepare": "prepare_folder prepare_sheet",
    "receive": "receive receive_many",
    "sent": "SentFile SentGenome index_beside read_sent seal_sent sent_genome",
    "store": "find_submission list_submissions",
    "sweep": "sweep",
}

__all__ = [
    "RULES",
    "Acknowledgement",
    "Checked",
    "Finding",
    "GenomeReceipt",
    "Manifest",
    "Package",
    "PackageRefused",
    "RuleSet",
    "SentFile",
    "SentGenome",
    "Submission",
    "agreement",
    "certify_deposit",
    "check_package",
    "fetch_file",
    "index_beside",
    "files_to_fetch",
    "find_deposit",
    "find_submission",
    "list_submissions",
    "open_package",
    "prepare_folder",
    "prepare_sheet",
    "read_sent",
    "receive",
    "receive_many",
    "rule_set",
    "rule_sets",
    "schema",
    "seal_sent",
    "sent_genome",
    "sweep",
    "tell_deposit",
]

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
