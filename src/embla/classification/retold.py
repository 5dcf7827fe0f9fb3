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
    N_("The text is longer than {most} letters."),
    N_("Look for a shorter part of it."),
    N_("No criterion was given."),
    N_("The rules propose {proposed}, not {class_}."),
    N_("Give a reason for the other class, or look at the criteria again."),
    N_("Only VUS has a sub-class: high, mid, low."),
    N_("The day of evaluation has not come yet."),
    N_("Give the day on which it was evaluated."),
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
    # What the criteria mean: `model.criteria.MEANINGS`.
    N_(
        "A null variant (nonsense, frameshift, canonical splice site, start codon, loss of exons) in a gene of which "
        "loss of function causes the disease."
    ),
    N_("The same amino acid change as an established pathogenic variant, by another change of the bases."),
    N_("De novo, both parents confirmed, in a patient with the disease and no family history of it."),
    N_("Well-established functional studies show a damaging effect on the gene or its product."),
    N_("Significantly more frequent in affected people than in controls."),
    N_("In a mutational hot spot, or in a well-established functional domain without benign variation."),
    N_("Absent from controls in population databases, or, for a recessive disorder, extremely rare there."),
    N_("For a recessive disorder: detected in trans with a pathogenic variant."),
    N_("The protein's length changes: an in-frame deletion or insertion outside a repeat, or a lost stop."),
    N_("A new missense change at an amino acid where another missense change is pathogenic."),
    N_("Assumed de novo; the parents are not confirmed."),
    N_("Segregates with the disease in several affected relatives, in a gene that is known to cause it."),
    N_("Missense in a gene with few benign missense variants, where missense variants commonly cause the disease."),
    N_("Several lines of computed evidence point to a damaging effect."),
    N_("The patient's phenotype or family history is highly specific for a disease with one genetic cause."),
    N_("A reputable source calls it pathogenic, but its evidence is not there to be judged."),
    N_("An allele frequency above 5 per cent in a population database."),
    N_("An allele frequency higher than expected for the disorder."),
    N_(
        "Observed in a healthy adult for a disorder with full penetrance at an early age: homozygous where it is "
        "recessive, heterozygous where dominant, hemizygous where X-linked."
    ),
    N_("Well-established functional studies show no damaging effect on the protein or on splicing."),
    N_("Does not segregate with the disease in affected members of a family."),
    N_("Missense in a gene in which mainly truncating variants cause the disease."),
    N_(
        "In trans with a pathogenic variant for a fully penetrant dominant disorder, or in cis with a pathogenic "
        "variant."
    ),
    N_("An in-frame deletion or insertion in a repeat without known function."),
    N_("Several lines of computed evidence point to no effect."),
    N_("Found in a patient whose disease has another molecular cause."),
    N_("A reputable source calls it benign, but its evidence is not there to be judged."),
    N_("A synonymous variant with no predicted effect on splicing, at a base that is not highly conserved."),
)
