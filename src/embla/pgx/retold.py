"""The reasons of calls and advice as shapes, so that pages tell them in the reader's language."""

from typing import Final

from embla.platform.web import N_

SHAPES: Final = (
    # Why a position is not assessed.
    N_("absent"),
    N_("filtered"),
    N_("low depth"),
    N_("low quality"),
    N_("few reads for one allele"),
    N_("no call"),
    N_("no genotype"),
    N_("half a call"),
    N_("another allele, not named"),
    N_("the line names another change only"),
    N_("a structural variant lies across, {why_told}"),
    # Why a gene is not called, or not for sure.
    N_("{n} of {size} positions not assessed: {names}."),
    N_("Several pairs of alleles fit, as the phase between positions is not known."),
    N_("Several heterozygous variants whose phase is not known: the pair assumes different strands."),
    N_("Too many heterozygous positions of unknown phase to enumerate."),
    N_("The observed bases fit no pair of known alleles."),
    N_("The function is told by {site} alone."),
    N_("The number of copies is not known from small variants: a call of another method has to be given."),
    N_("The small variants fit no pair of alleles; at least one copy of an allele cannot be named."),
    N_("The small variants fit at least one copy of {names}."),
    N_("The number of X chromosomes is not known: say --karyotype XX or XY."),
    N_("A genotype has more than two copies."),
    N_("A genotype of one copy on a chromosome of which there are two."),
    N_("A heterozygous genotype on the only X chromosome of karyotype XY: check the sample and the sex."),
    N_("A genotype of one copy, where karyotype XX has two X chromosomes: check the sample and the sex."),
    N_("Heterozygous genotypes beside genotypes of one copy on X."),
    N_("A base that no allele knows at {site}: the gene is not called."),
    N_("A base that no allele knows at {site} was taken as reference."),
    N_("Only one of two copies was called at {names}: no diplotype can be told."),
    N_("The data contradict themselves: {clash_told}"),
    N_("Beside a known position: {note_told}"),
    N_("another change begins at {site}, which no allele knows."),
    N_("a structural variant lies across {site}."),
    N_("several changes lie across {site}."),
    N_("the lines at {site} have different numbers of copies."),
    N_("two lines at {site} say different things of the same change."),
    N_("the lines at {site} give it more changes than it has copies."),
    N_("the lines at {site} put two changes on one strand."),
    N_("REF at {site} is {ref}, where GRCh38 has {base}: is this another build?"),
    N_("HapB3 by its exonic proxy {exon} alone: {intron} was not assessed."),
    N_("HapB3: {exon} (exonic) does not agree with {intron} (intronic), which is believed."),
    # Why a source was not asked.
    N_("{gene}: no call was brought."),
    N_("{gene}: told by rs4149056 alone."),
    N_("{gene}: not_assessed. {why_told}"),
    N_("{gene}: refused. {why_told}"),
    N_("{gene}: alleles that could change the advice are not excluded. {why_told}"),
    N_("The guideline has no table of results, but a text or formula: {url}"),
    N_("The table has no row for this result: {url}"),
)
