"""An answer on A4: tagged PDF (PDF/UA-1), in Danish or English. The same version under the same names gives the
same bytes."""

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from embla.answers.model.answer import Finding, Version
from embla.platform import formats, tagged_pdf, translator


def answer_pdf(
    version: Version, case: str, *, by: str = "", language: str = "da", zone: str = "UTC",
    labs: Mapping[str, str] = MappingProxyType({}), panel: str = "", newer: Version | None = None,
) -> bytes:  # fmt: skip
    """The pages of one version; `case` is the laboratory's own name for it, `by` what the account that answered is
    called, `labs` and `panel` what laboratories and the panel are called, `zone` that of its times, `newer` the version
    that took its place. The hospital adds who the patient is."""
    template = files("embla.answers").joinpath("templates", "answer.typ").read_bytes()
    return tagged_pdf(template, _told(version, case, by, language, zone, labs, panel, newer), made=version.at)


def how_often(one: Finding, language: str) -> str:
    """How often the answer's release has the allele, in words; "" where nobody kept it."""
    _, write = translator(language).gettext, formats(language)
    if one.counted == "observed" and one.af is not None and one.ac is not None and one.an is not None:
        return _("%(af)s (%(ac)s of %(an)s)") % {
            "af": write.frequency(one.af), "ac": write.number(one.ac), "an": write.number(one.an)
        }  # fmt: skip
    if one.counted == "absent" and one.an is not None:
        return _("not observed in %(an)s alleles") % {"an": write.number(one.an)}
    words = {
        "suppressed": _("few, hidden"), "not_callable": _("cannot be read here"), "not_loaded": _("not counted"),
    }  # fmt: skip
    return words.get(one.counted, "")


def class_words(language: str) -> dict[str, str]:
    """Class -> what it is called."""
    _ = translator(language).gettext
    return {
        "P": _("Pathogenic"), "LP": _("Likely pathogenic"), "VUS": _("Uncertain significance"),
        "LB": _("Likely benign"), "B": _("Benign"),
    }  # fmt: skip


def _told(
    version: Version, case: str, by: str, language: str, zone: str, labs: Mapping[str, str] = MappingProxyType({}),
    panel: str = "", newer: Version | None = None,
) -> dict[str, Any]:  # fmt: skip
    _ = translator(language).gettext
    content, write, classes = version.content, formats(language, zone), class_words(language)
    statuses = {"final": _("final"), "amended": _("amended: new knowledge"), "corrected": _("corrected: an error")}
    carried = {
        "het": _("one copy"), "hom": _("two copies"), "hemi": _("the only copy"), "half": _("one copy called"),
        "absent": _("not present"), "not called": _("not known: it was not called in this genome"),
        "heteroplasmic": _("in a part of the mitochondrial DNA"),
        "homoplasmic": _("in all or nearly all mitochondrial DNA"),
    }  # fmt: skip

    def named(laboratory: str) -> str:
        return f"{labs[laboratory]} ({laboratory})" if labs.get(laboratory) else laboratory

    def told(one: Finding) -> dict[str, Any]:
        day = write.date(date.fromisoformat(one.evaluated))
        stands = f"{named(one.laboratory)}, {one.classification}/{one.number}, {day}"
        names = " ".join(one.names[key] for key in ("c", "p", "g") if one.names.get(key))
        rows = [
            [_("Class"), classes.get(one.class_, one.class_)], [_("Names"), names],
            [_("Carried"), carried.get(one.carried, one.carried)], [often, how_often(one, language)],
            [_("Condition"), " ".join([one.condition, one.inheritance]).strip()], [_("Stands on"), stands],
        ]  # fmt: skip
        return {"title": one.allele, "rows": [row for row in rows if row[1]]}

    thin = _(
        "Genes of the panel that this genome does not cover well enough (less than 95 per cent of the coding bases): "
        "%(genes)s. That nothing was found in them means less."
    )
    unmeasured = _(
        "Genes of the panel of which it is not known how well this genome covers them: %(genes)s. That nothing was "
        "found in them means nothing."
    )
    often = _("How often in the nation")
    if content.release:
        often = _("How often in the nation, release %(number)s") % {"number": content.release}
    facts = [
        [_("Case"), case],
        [_("Version"), f"{version.number} ({statuses[content.status]})"],
        [_("Given"), f"{write.moment(version.at)} ({write.zone_name})"],
        [_("Answered by"), f"{by} ({version.by})" if by else version.by],
        [_("Laboratory"), named(content.laboratory)],
        [_("Genome"), content.genome],
        [_("Release"), content.release or "–"],
        [_("Panel"), f"{panel or content.panel} {content.panel_version}" if content.panel else _("none stated")],
    ]
    if newer is not None:
        replaced = _("Another version took the place of this one: version %(n)s, %(at)s.")
        facts.insert(0, [_("Not in force"), replaced % {"n": newer.number, "at": write.moment(newer.at)}])
    return {
        "language": language if language in ("da", "en") else "en",
        "id": f"{version.answer}/{version.number}",
        "title": _("Genetic answer"),
        "facts": facts,
        "why_head": _("What changed"),
        "why": content.why,
        "summary_head": _("Conclusion"),
        "summary": content.summary,
        "findings_head": _("Findings"),
        "findings": [told(one) for one in content.findings],
        "none": _("No finding is reported. That is not the same as no disease."),
        "limits_head": _("Limits"),
        "limits": [
            *([thin % {"genes": ", ".join(content.gaps)}] if content.gaps else []),
            *([unmeasured % {"genes": ", ".join(content.unmeasured)}] if content.unmeasured else []),
            _("A class can change. A new version of this answer then takes its place, and says what changed."),
            _("Number and name of the patient are added by the hospital's own system."),
        ],
    }
