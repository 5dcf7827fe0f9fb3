"""Pharmacogenetics: from a genome's calls to star alleles, phenotypes and dated advice.

Owns: definitions, functions and guidance as releases side by side; callability at defining sites; matching; outside
calls; advice by CPIC and DPWG, never merged; lists of medicines; passports; the concordance runner.
Words: a *site* is a defining position; a *row* is a named allele's bases; a *pair* is a diplotype that fits; *not
excluded* is an allele that no assessed site rules out; an *outside call* comes from another caller.
Never knows (model/): persons, HTTP, who is asking. giving.py and passports.py decide before they read.
Start at model/evidence.py (what is assessed), then model/matching.py and model/calling.py; docs/pgx.md has the rules.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.pgx.loading import load_release, release
    from embla.pgx.model.advice import Advice
    from embla.pgx.model.calling import GeneCall
    from embla.pgx.model.definition import Gene, Release
    from embla.pgx.nation import changed_in
    from embla.pgx.passports import issue, publish_revocations, tell_passport
    from embla.pgx.service import SampleCalls, call_file, report, warm_up
    from embla.pgx.store import Issued, end_replaced, forget_person

_WHERE = {
    "load_release": "loading",
    "release": "loading",
    "Advice": "model.advice",
    "GeneCall": "model.calling",
    "Gene": "model.definition",
    "Release": "model.definition",
    "Issued": "store",
    "issue": "passports",
    "SampleCalls": "service",
    "call_file": "service",
    "report": "service",
    "warm_up": "service",
    "changed_in": "nation",
    "end_replaced": "store",
    "forget_person": "store",
    "publish_revocations": "passports",
    "tell_passport": "passports",
}

__all__ = [
    "Advice",
    "Gene",
    "GeneCall",
    "Issued",
    "Release",
    "SampleCalls",
    "call_file",
    "changed_in",
    "end_replaced",
    "forget_person",
    "issue",
    "load_release",
    "publish_revocations",
    "release",
    "report",
    "tell_passport",
    "warm_up",
]

__getattr__ = lazy(__name__, _WHERE)
