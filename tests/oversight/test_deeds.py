"""A citizen's letter is in the citizen's language: each action and each kind of event about a person has words."""

import ast
from pathlib import Path
from typing import Final

import pytest

import embla
from embla.oversight import words
from embla.oversight.deeds import _asked, _happened
from embla.platform import translator
from embla.policy import ACTIONS, LEGAL_BASES, PURPOSES, RULES, Action

# Kinds that no entry about a person can have: they are about accounts, keys, releases, laboratories, variants, money.
NOBODYS: Final = frozenset(
    "account-closed account-created agreement-added agreement-ended agreement-signed alert-judged alert-raised "
    "backup-made board-entry-made classification-name-settled classification-submitted-elsewhere "
    "classifications-imported consents-synced data-set-drafted data-set-published data-set-withdrawn "
    "discordances-changed environment-key-added environment-key-ended history-loaded home-restored "
    "identity-key-rotated identity-not-found incident-detected key-files-sealed laboratory-added log-exported "
    "log-shown opt-out-register-failed opt-outs-synced panel-approved panel-defined panel-drafted panel-in-force "
    "pgx-recalled pipeline-noted release-cut release-handed-over research-freeze-made restore-drilled session-ended "
    "signed-in signed-in-anew signed-out-everywhere signing-key-rotated store-compacted token-issued tokens-revoked "
    "vault-key-rotated".split()
)
# Where the kind is a name in the code: which kinds it can be.
NAMED: Final = {
    ("identity/service.py", "kind"): "identity-registered identity-found identity-alias-added identity-renamed",
    ("answers/answering.py", "kind"): "answer-acknowledged answer-read",
    ("answers/following.py", "kind"): "follow-up-decided patient-informed",
    ("answers/setting_aside.py", "TAKEN_UP"): "follow-up-entry-done",
    ("answers/setting_aside.py", "ASIDE"): "follow-up-entry-aside",
    ("policy/door.py", "kind"): "",  # access-granted and access-refused, told by their action
    ("vault/service.py", "kind"): "file-read file-header-exported file-body-exported",
    ("datasets/service.py", "f'data-set-{_TOLD[state]}'"): "data-set-drafted data-set-published data-set-withdrawn",
    ("registry/agreements.py", "kind"): "agreement-signed agreement-ended",
    ("registry/consents.py", "kind"): "consent-noted consent-withdrawn",
    ("registry/outside.py", "kind"): "opt-out-set opt-out-ended",
    ("care/sealing.py", "kind"): "",  # handed on: what its callers say stands at theirs
    ("oversight/incidents.py", "kind"): "",  # steps of an incident, which names nobody
    ("submission/promises.py", "CUT_OFF"): "submission-cut-off",
    ("classification/service.py", "f'classification-{step.kind}'"): "",  # a laboratory's, about a variant
    ("classification/discording.py", "kind"): "",  # the same
}


def kinds() -> set[str]:
    """Every kind of event that the code writes."""
    found: set[str] = set()
    root = Path(embla.__file__).parent
    for path in sorted(root.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or ast.unparse(call.func).split(".")[-1] not in (
                "append_event",
                "append_sealed",
            ):
                continue
            kind = next(one.value for one in call.keywords if one.arg == "kind")
            if isinstance(kind, ast.Constant):
                found.add(str(kind.value))
            else:
                found |= set(NAMED[path.relative_to(root).as_posix(), ast.unparse(kind)].split())
    return found


def test_kinds__of_events_about_a_person_have_words() -> None:
    written = kinds()

    assert len(written) > 80
    assert written - NOBODYS == written & set(_happened(str)), sorted(written - NOBODYS - set(_happened(str)))


def test_actions__about_a_person_have_words() -> None:
    about_a_person = {str(action) for action in Action if ACTIONS[action].level == "person"}

    assert about_a_person <= set(_asked(str)), sorted(about_a_person - set(_asked(str)))


@pytest.mark.parametrize("name", sorted([*_asked(str), *_happened(str), *map(str, Action)]))
def test_words__are_of_the_reader_and_show_no_code(name: str) -> None:
    english, danish = (words.what(name, translator(language).gettext) for language in ("en", "da"))

    assert english != danish and english and danish
    assert name not in (english, danish) and "_" not in english + danish


def test_words__of_a_kind_that_nobody_knew_say_so_in_the_readers_language() -> None:
    assert words.what("brand-new", translator("da").gettext) == "en oplysning af typen brand-new"


@pytest.mark.parametrize("name", sorted(LEGAL_BASES))
def test_legal_basis__is_cited_as_the_language_does(name: str) -> None:
    english, danish = (words.basis(name, translator(language).gettext) for language in ("en", "da"))

    assert "section" in english or "article" in english
    assert not any(word in danish for word in ("Health", "Act", "section", "article", "Regulation"))


def test_legal_basis__of_care_in_danish() -> None:
    assert words.basis("health-act-223b-care", translator("da").gettext) == "sundhedsloven § 223 b"


def test_refusals__are_told_in_words_not_by_the_name_of_a_rule() -> None:
    danish = translator("da").gettext
    for rule in RULES:
        for failed in ("role", "scope", "purpose", "legal_basis", "in_force", *(one.name for one in rule.conditions)):
            told = words.refusal(f"{rule.name}.{failed}", danish)
            assert told and failed not in told and told != words.refusal(f"{rule.name}.{failed}", str)
    assert words.refusal("no_such.rule", danish) == "ingen regel tillader det"


def test_purposes_and_roles__are_of_the_reader() -> None:
    danish = translator("da").gettext

    assert all(words.purpose(name, danish) != words.purpose(name, str) for name in PURPOSES)
    assert words.role("clinician, dpo 2", danish) == "kliniker, databeskyttelsesrådgiver 2"
