"""Sentences of this room's rules and services, for the reader's language; each word of a rule as people read it."""

from typing import Final

from embla.platform.web import N_

SHAPES: Final = (
    N_("{code} without a strength counts as Supporting (ClinGen SVI 2020)."),
    N_("{code} is counted as written; ClinGen SVI 2020 allows no more than Supporting."),
    N_("{code} weighs nothing: somebody else's classification is no evidence (ClinGen)."),
    N_("{code} and {other} may count the same evidence twice."),
    N_("BA1 stands against pathogenic evidence: look whether the variant is a known exception to BA1."),
    N_("Pathogenic and benign evidence contradict each other: a person must weigh them."),
    N_("The class in points rests on a single criterion; one line of evidence is not enough for it."),
    N_("The rules of 2015 and the points give different classes."),
    N_("{code}: the 2015 table has no benign Moderate or Very Strong; there it counts as {strength}."),
    N_("No criterion was given."),
    N_("The rules propose {proposed}, not {class_}."),
    N_("Give a reason for the other class, or look at the criteria again."),
    N_("Only VUS has a sub-class: high, mid, low."),
    N_("Somebody saved this classification since you read it."),
    N_("Read it again; what you wrote is not lost."),
    N_("Read it again, then sign."),
    N_("Read it again and retry."),
    N_("This classification was withdrawn."),
    N_("A withdrawn one is not changed."),
    N_("There is nothing to sign."),
    N_("Save a draft first."),
    N_("Nobody signs what they wrote themselves."),
    N_("Another person of the laboratory must sign."),
    N_("'{text}' is no class."),
    N_("Known: P, LP, VUS, LB, B."),
    N_("This names a place or a region, not an allele."),
    N_("There is no such classification."),
    N_("The list of your laboratory has yours."),
    N_("There is no such discordance."),
    N_("The inbox has them all."),
    N_("This discordance has changed since it was read."),
    N_("This discordance is closed."),
    N_("It opens again when a laboratory says something else."),
    N_("Not everybody has said where they stand: {names}."),
    N_("Wait for them; after its due date it can be closed for want of an answer."),
)
