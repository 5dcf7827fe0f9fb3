"""Who watches: the data protection officer's desk, and the rules that read the log on the way.

Owns: which persons each entry of the log concerns, who saw what of a person (screen, extract, letter), the proof that
an opt-out took effect, rules of anomaly with their alerts, incidents with the 72 h clock, the record of processing.
Words: *look* = an entry as the rules see it; *alert* = what a rule found, with its evidence; *judge* = say what an
alert is; *incident* = something that may have hurt persons; *desk* = all of it on one page.
Never knows: genotypes, names, CPR numbers, how the log is kept whole. Alerts and index follow from the log alone and
can be made again (`rebuild`). Start at model/anomalies.py, then folding.py and persons.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.oversight.alerts import alert_with_evidence, alerts_now, judge
    from embla.oversight.folding import catch_up, rebuild
    from embla.oversight.glance import Waiting, desk, waiting
    from embla.oversight.incidents import (
        assess_incident,
        close_incident,
        incident_with_steps,
        incidents_now,
        note_incident,
        report_incident,
    )
    from embla.oversight.model.anomalies import Alert, Rules, Watch, made_rules, shipped_rules
    from embla.oversight.model.incident import Incident
    from embla.oversight.model.lines import Line
    from embla.oversight.persons import Extract, extract, who_saw
    from embla.oversight.processing import Record, record_of_processing
    from embla.oversight.proof import Proof, proof_of

_NAMES = {
    "alerts": "alert_with_evidence alerts_now judge",
    "glance": "Waiting desk waiting",
    "folding": "catch_up rebuild",
    "incidents": "assess_incident close_incident incident_with_steps incidents_now note_incident report_incident",
    "model.anomalies": "Alert Rules Watch made_rules shipped_rules",
    "model.incident": "Incident",
    "model.lines": "Line",
    "persons": "Extract extract who_saw",
    "processing": "Record record_of_processing",
    "proof": "Proof proof_of",
}

__all__ = [
    "Alert",
    "Extract",
    "Incident",
    "Line",
    "Proof",
    "Record",
    "Rules",
    "Waiting",
    "Watch",
    "alert_with_evidence",
    "alerts_now",
    "assess_incident",
    "catch_up",
    "close_incident",
    "desk",
    "extract",
    "incident_with_steps",
    "incidents_now",
    "judge",
    "made_rules",
    "note_incident",
    "proof_of",
    "rebuild",
    "record_of_processing",
    "report_incident",
    "shipped_rules",
    "waiting",
    "who_saw",
]

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
