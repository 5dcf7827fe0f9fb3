"""A passport on A4: tagged PDF (PDF/UA-1) by typst, in Danish or English, with the signed card as a QR code."""

from collections.abc import Callable, Mapping
from importlib.resources import files
from io import BytesIO
from typing import Any

from embla.optional import require
from embla.pgx.model.passport import CORE, UNASSESSED
from embla.platform import tagged_pdf, translator

_SHOWN_TEXT = 420


def passport_pdf(content: Mapping[str, Any], card: str, *, language: str = "da") -> bytes:
    """The pages. Advice stands in the source's own words; what was not assessed stands first."""
    template = files("embla.pgx").joinpath("templates", "passport.typ").read_bytes()
    return tagged_pdf(template, _told(content, language), qr=qr_code(card))


def qr_code(text: str) -> str:
    """The code as SVG. Base45 is all letters that a QR code holds best; a tenth of it may be unreadable."""
    segno = require("segno", doing="Writing QR codes", extra="pdf")
    out = BytesIO()
    segno.make_qr(text, error="m", boost_error=False).save(out, kind="svg", border=4, scale=2, xmldecl=False)
    return out.getvalue().decode()


def _told(content: Mapping[str, Any], language: str) -> dict[str, Any]:
    _ = translator(language).gettext
    lines = sorted(content["genes"], key=lambda one: (one["gene"] not in CORE, one["gene"]))
    second = content["guard"]["second_sample"]
    compared = (
        _("%(same)s of %(seen)s common variants equal") % {"same": second["same"], "seen": second["seen"]}
        if second else _("not compared")
    )  # fmt: skip
    statuses = {"called": _("called"), "ambiguous": _("several possible"), "refused": _("refused")}
    words = {
        "title": _("Pharmacogenetic passport"),
        "version": _("version"),
        "check": _("Check the code offline with `embla verify` and the list of revoked passports. It holds phenotypes "
                   "only."),
        "qr": _("QR code of the signed card: phenotypes, what was not assessed, version"),
        "not_assessed": _("Not assessed"),
        "nothing_follows": _("Nothing follows from these genes, neither that a drug is safe nor that it is not."),
        "genes": _("Genes"),
        "gene_columns": [_("Gene"), _("Result"), _("Phenotype"), _("Positions assessed")],
        "advice": _("Advice that changes something or confirms the standard"),
        "advice_columns": [_("Drug"), "ATC", _("Source"), _("Recommendation")],
        "no_advice": _("No source gives advice on these results. That is not the same as safe."),
        "limits": _("Limits"),
    }  # fmt: skip
    return {
        "language": language if language in ("da", "en") else "en",
        "id": content["revocable"],
        "version": content["version"],
        "words": words,
        "facts": [
            [_("Number"), content["revocable"]],
            [_("Version"), _version(content, _)],
            [_("Issued"), content["issued"][:10]],
            [_("Genome"), content["genome"]],
            [_("Definitions"), content["definition_release"]],
            [_("Guidance"), ", ".join(content["guidance_releases"])],
            [_("Second sample"), compared],
        ],
        "silent": list(content["not_assessed"]),
        "genes": [
            {
                "gene": one["gene"],
                "result": " | ".join(one["diplotypes"][:2]) + (" …" if len(one["diplotypes"]) > 2 else "")
                or statuses.get(one["status"], _("not assessed")),
                "phenotype": _("not assessed") if content["phenotypes"][one["gene"]] == UNASSESSED
                else content["phenotypes"][one["gene"]],
                "assessed": f"{one['positions']['assessed']} / {one['positions']['total']}",
            }
            for one in lines
        ],
        "advice": [
            {
                "drug": one["drug"], "atc": " ".join(one["atc"][:2]),
                "source": f"{one['source']}{' (' + one['population'] + ')' if one['population'] else ''}",
                "text": _cut(" ".join(one["recommendation"].split())),
            }
            for one in content["advice"]
        ],
        "limits": [_(text) for text in content["limits"]],
    }  # fmt: skip


def _version(content: Mapping[str, Any], _: Callable[[str], str]) -> str:
    if not content["supersedes"]:
        return str(content["version"])
    return _("%(version)s (replaces %(older)s)") % {"version": content["version"], "older": content["supersedes"]}


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_TEXT else text[: _SHOWN_TEXT - 1] + "…"
