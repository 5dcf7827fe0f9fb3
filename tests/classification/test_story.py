"""The story of the demo: reported in two laboratories' words, discordant, resolved, re-classified, discordant again."""

from embla.classification import concluded, inbox, register
from embla.classification.service import unresolved, whole
from embla.demo.classifying import FRAMESHIFT, SPLICE, _who, classify, conclude
from embla.demo.nation import SITES
from embla.platform import House, verify_chain
from embla.reference import Reference, demo_reference_paths
from tests.classification.labs import CLINICIAN, CSTB


def test_story__of_the_two_variants_of_cstb(house: House) -> None:
    house.__dict__["reference"] = Reference.open(demo_reference_paths().fasta)

    classify(house, SITES)

    frameshift = concluded(house, CLINICIAN, CSTB)
    said = [(one.record.identity.laboratory, one.content.class_) for one in frameshift]
    assert said == [("capital", "P"), ("zealand", "LP")]
    assert [one.content.submitted for one in frameshift] == [FRAMESHIFT] * 2
    assert [one.record.identity.laboratory for one in concluded(house, None, CSTB)] == ["capital"]
    (closed,) = [one for one in inbox(house, _who("capital", "lab"), "capital", state="closed") if one.allele == CSTB]
    assert closed.reason == "concordant"
    assert [one.level for one in inbox(house, _who("zealand", "lab"), "zealand") if one.allele == SPLICE] == [
        "significant"
    ]
    assert register(house, _who("zealand", "lab"), "zealand")["concordant"] == 1
    assert {one.reason for one in unresolved(house, _who("north", "lab"), "north").items} <= {"transcript_not_loaded"}

    conclude(house, "zealand", FRAMESHIFT, "VUS", (("PM2", "Supporting", "Seen in a healthy person twice."),),
             on=house.clock().date(), expected=2)  # fmt: skip
    (again,) = [one for one in inbox(house, _who("capital", "lab"), "capital") if one.allele == CSTB]
    assert (again.id, again.state, again.level) == (closed.id, "open", "significant")
    history = whole(house, _who("zealand", "lab"), frameshift[1].record.id)
    assert [one.content.class_ for one in history.versions] == ["VUS", "LP", "VUS"]
    with house.database.reading() as connection:
        assert verify_chain(connection) > 20
