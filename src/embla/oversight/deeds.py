"""What an entry of the log says was done, in the reader's language: each action about a person, each kind of event.

A letter to a citizen is made of these, so a new action or kind has words here before it is written anywhere; a test
holds that (`tests/oversight/test_deeds.py`).
"""

from collections.abc import Callable

from embla.policy import ACTIONS, Action

Say = Callable[[str], str]


def done(name: str, _: Say) -> str:
    """An action or a kind of event in a few words; where nobody has found words yet, an entry of its kind."""
    words = _asked(_) | _happened(_)
    if name in words:
        return words[name]
    if name in set(Action):
        return _(ACTIONS[Action(name)].text)
    return _("an entry of the kind %(kind)s") % {"kind": name}


def _asked(_: Say) -> dict[str, str]:
    """What somebody asked for, and policy decided."""
    return {
        "submit": _("a laboratory reported"),
        "see_own_submissions": _("a laboratory followed its packages"),
        "fetch_deposit": _("a laboratory got back the files it had sent"),
        "browse_registry": _("what is on record was leafed through"),
        "see_own_cases": _("a clinician's cases were listed"),
        "see_case": _("the case was opened"),
        "live_count": _("a live count was made for the case"),
        "answer": _("the answer about the person was worked on"),
        "see_follow_ups": _("answers that wait for somebody were listed"),
        "see_escalations": _("answers that waited too long were listed"),
        "find_carriers": _("it was looked up whom new knowledge about a variant concerns"),
        "ask_colleagues": _("colleagues were asked about a variant"),
        "read_calls": _("calls were read"),
        "read_file": _("a file was read"),
        "read_qc": _("the quality of a genome was looked at"),
        "send_person_data": _("data were sent to a partner"),
        "research_freeze": _("genotypes were to be frozen for a research project"),
        "break_glass": _("emergency access was asked for"),
        "review_break_glass": _("an emergency access was reviewed"),
        "see_access_log": _("the log was looked at"),
        "extract_log": _("this extract of the log was made"),
        "see_proof": _("the effect of an opt-out was looked at"),
        "watch_log": _("what is unusual in the log was looked at"),
        "erase_log": _("what the log says in words was to be ended"),
        "manage_registry": _("the registers were kept"),
        "read_consent": _("consents were read"),
        "manage_consent": _("a consent was noted"),
        "sync_opt_outs": _("the opt-out register was asked"),
        "withdraw_person": _("the person's genomes were to be taken out"),
        "register_identity": _("the person was registered"),
        "look_up_identity": _("the person was looked up"),
        "manage_identity": _("the identity zone was kept"),
        "give_project_pseudonym": _("the person was given the pseudonym of a research project"),
    }


def _happened(_: Say) -> dict[str, str]:
    """What happened besides."""
    return {
        "submission-accepted": _("a laboratory reported a genome"),
        "submission-tested": _("a laboratory's test package was checked"),
        "submission-refused": _("a laboratory's package was refused"),
        "submission-cut-off": _("a laboratory's package was broken off"),
        "deposit-certified": _("a laboratory got a certificate of what it had sent"),
        "deposit-failed": _("a file did not come whole"),
        "equivalents-counted": _("samples of a package got their genome equivalents"),
        "laboratory-accredited": _("a laboratory's accreditation was noted"),
        "file-read": _("a file was opened"),
        "file-header-exported": _("a file was sealed for a reader"),
        "file-body-exported": _("a sealed file was handed over"),
        "person-data-sealed": _("data were sealed for a partner and sent"),
        "clinician-assigned": _("a clinician was assigned to the case"),
        "case-closed": _("the case was closed"),
        "answer-given": _("an answer was given"),
        "answer-acknowledged": _("the hospital's record system acknowledged an answer"),
        "answer-read": _("a clinician read an answer"),
        "follow-ups-opened": _("new knowledge was passed on to those who treat"),
        "follow-up-decided": _("it was decided what to do about new knowledge"),
        "follow-up-escalated": _("a department was reminded of new knowledge"),
        "follow-up-closed": _("work on new knowledge was ended"),
        "follow-up-entry-aside": _("new knowledge could not be passed on yet"),
        "follow-up-entry-done": _("new knowledge that had waited was passed on"),
        "patient-informed": _("the patient was told of new knowledge"),
        "colleagues-asked": _("a question was passed on to colleagues, without a name"),
        "colleague-replied": _("a colleague answered a question, without a name"),
        "passport-issued": _("a medicine passport was issued"),
        "passport-revoked": _("a medicine passport was revoked"),
        "consent-noted": _("a consent was noted"),
        "consent-withdrawn": _("a consent was taken back"),
        "opt-out-set": _("an opt-out was noted"),
        "opt-out-ended": _("an opt-out was ended"),
        "research-freeze-holds": _("the genotypes went to a research project, under another name"),
        "project-pseudonyms-given": _("the person was given the pseudonym of a research project"),
        "identity-registered": _("name and number were registered in the identity zone"),
        "identity-found": _("the person was found by number in the identity zone"),
        "identity-alias-added": _("another number was noted in the identity zone"),
        "persons-joined": _("two pseudonyms were found to be one person"),
        "identity-renamed": _("another name was noted in the identity zone"),
        "glass-broken": _("emergency access was opened"),
        "emergency-reviewed": _("an emergency access was judged"),
        "log-key-erased": _("what the log said in words was ended"),
        "person-withdrawn": _("the person's genomes and files were taken out"),
        "erasure-reopened": _("more files of the person were taken out"),
        "erasure-certified": _("it was certified that the person's data are gone"),
        "acted-for": _("the operator acted for an account"),
    }
