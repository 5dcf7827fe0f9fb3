"""The sentences of this room and of those below it, as shapes that pages can tell in another language.

`tests/web/test_sentences.py` holds that what the search box answers to a list of wrong and odd inputs is all here.
"""

from typing import Final

from embla.platform.web import N_

# How something was read (embla.reference, embla.genotypes).
_NOTES: Final = (
    N_("Trimmed from {variant}."),
    N_("Left-aligned from {variant}."),
    N_("Trimmed and left-aligned from {variant}."),
    N_("{name} is {contig} of GRCh38."),
    N_("{name} is {contig}."),
    N_("REF is unchecked: {why_told}."),
    N_("no reference is loaded"),
    N_("the reference has no known base at {place}"),
    N_("it has no known base at {place}"),
    N_("Read as a line of a BED file, whose start is 0-based."),
    N_("Read as SPDI, whose position is 0-based: {zero} there is base {one} in VCF."),
    N_("ALT {dropped} beside {alt} is no variant of its own."),
    N_("The PAR of chrY is counted on chrX, where aligners put its reads."),
)

# Why something could not be read, and what to write instead (embla.reference, embla.genome).
_REFUSALS: Final = (
    N_("Write it as chr17-43045712-T-C, 17:43045712 or 17:43044295-43125364."),
    N_("Write it as chr1-1000-A-G."),
    N_("Write it as chr1:1001-2000."),
    N_("Write it as 17:43044295-43125364."),
    N_("Give the genomic form. {more_told}"),
    N_("Give it as in VCF. {more_told}"),
    N_("Give it as in VCF, with all bases: chr1-1000-GA-G."),
    N_("Give the base that differs."),
    N_("Give the smaller one first."),
    N_("Give a variant."),
    N_("Write delins."),
    N_("Write them: NC_000021.9:g.100_101insACGT."),
    N_("Write {text} and the bases."),
    N_("Write insertions and deletions as in VCF, with the base before them: chr1-1000-GA-G."),
    N_("Write for example {accession}."),
    N_("Check the position and the build."),
    N_("Check the positions and the build."),
    N_("Check the positions and the bases."),
    N_("Check the position and the build: a position of GRCh37 (hg19) must be lifted over to GRCh38 first."),
    N_("Lift the position over to GRCh38 first."),
    N_("Known: chr1-chr22, chrX, chrY, chrM."),
    N_("Ask on a primary contig."),
    N_("Ask for the region it covers."),
    N_("Ask for one of them: {choices}."),
    N_("Ask for one of them."),
    N_("Ask for that deletion itself, or for the place."),
    N_("Ask for {address}."),
    N_("Ask for parts of it."),
    N_("To see all variants at this base ask for {place}."),
    N_("To see the variants at this base ask for {place}."),
    N_("Paste one variant, place or region; of a VCF line the first five columns are enough."),
    N_("Ask them one by one, or paste them on the page for lists."),
    N_("Search for variants, places, regions and genes; find a person through the case."),
    N_("this is not a variant, place or region in a form that is read here."),
    N_("this is {what_told}, which cannot be placed on the genome without tables that are not loaded."),
    N_("a ClinGen allele id"),
    N_("an rs number"),
    N_("a ClinVar accession"),
    N_("a transcript, protein or gene sequence"),
    N_("a transcript or protein name (c., n., r., p.)"),
    N_("a VRS identifier"),
    N_("this looks like {what_told}. It was not read, searched or kept."),
    N_("a Danish CPR number"),
    N_("this is a position of {build}; this database is GRCh38."),
    N_("{name} is {contig} of {build}; this database is GRCh38, where it is {accession}."),
    N_("{name} is a GRCh38 contig outside 1-22, X, Y, M, which are the ones counted."),
    N_("{name} has no version, and the version says which build it is."),
    N_("no contig {contig_name} in GRCh38."),
    N_("the reference (GRCh38) has {there} here, not {given}."),
    N_(
        "the reference (GRCh38) has {there} here, not {given}. It is the reverse complement: the alleles may be "
        "spelled on the other strand."
    ),
    N_("{base} at base {pos}"),
    N_("{contig} of GRCh38 has bases 1 to {length}; base {pos} is outside."),
    N_("{contig} of GRCh38 has bases 1 to {length}; {first} to {last} is outside."),
    N_("{contig} of GRCh38 has {length} bases; REF reaches beyond its end."),
    N_("a region must start at base 1 or later and end at or after its start; got {region}."),
    N_("an allele of {bases} bases is too long to ask for; {most} are read."),
    N_("an allele is empty at {place}, so its neighbour is not clear."),
    N_("a variant needs a position from 1 on and bases in REF."),
    N_("REF must be of the bases A, C, G, T."),
    N_("REF and ALT are the same."),
    N_("there are {n} ALT alleles."),
    N_("there are {n} lines; one variant, place or region is read at a time."),
    N_("there is nothing to read."),
    N_("there is no ALT that differs from REF, so this is not a variant."),
    N_("ALT * stands for a deletion that starts further left."),
    N_("the text is {n} characters long; {most} are read."),
    N_("m. is for the mitochondrial genome; {contig} takes g."),
    N_(
        "this change on {contig} is not read: substitution, del, ins, dup, delins, inv and repeats with exact "
        "positions are."
    ),
    N_("`=` says that {place} is as in the reference, so this is not a variant."),
    N_("the reference does not have repeats of {unit} there."),
    N_("the inserted bases at {place} are not spelled out."),
    N_("an insertion lies between two neighbouring bases; got {first} and {last}."),
    N_("`{change}` cannot be followed by `ins`."),
    N_("nothing changes: the new bases are those that are there."),
    N_("the positions run backwards: {first} to {last}."),
    N_("this form leaves out bases that only the reference can give, and {why_told}."),
    N_("{place} is {n} bases long, but {given} are named."),
    N_("{n} genes go by this name: {names}."),
)

# How it was counted (embla.frequency, embla.disclosure).
_COUNTING: Final = (
    N_("every counted person, one genome each, without persons who opted out"),
    N_("every counted person, one genome each, persons who opted out included"),
    N_("Counted: calls with GQ {gq} and DP {dp} or more that passed FILTER."),
    N_(
        "Counted: calls with GQ {gq}, DP {dp} ({haploid} where there is one copy) or more, {balance} % allele "
        "balance if heterozygous, that passed FILTER."
    ),
    N_("Mitochondrial: one allele a person; from {hom} % heteroplasmy homoplasmic, below {least} % not counted."),
    N_("X outside PAR: one copy for XY, two for XX; people of unknown karyotype are not counted here."),
    N_("Pseudo-autosomal: two copies for everybody, one for X0; nobody is hemizygous here."),
    N_("Y: only people with a Y are counted; people of unknown karyotype are not."),
    N_("The pseudo-autosomal part of Y is counted on X."),
    N_("Two copies for everybody who is covered here."),
    N_("Counts of 1 to {most} carriers are not shown, nor what would give one away."),
    N_("genotypes are not shown: fewer than {n} people may stand behind one of them"),
    N_("Not shown by {tables_told}: it would give a small number away."),
    N_("{first_told} and {second_told}"),
    N_("karyotype"),
    N_("region"),
    N_("patient group"),
    N_("relatedness"),
    N_("nobody"),
    N_("the patient"),
    N_("the patient's family ({people_told})"),
    N_("everybody of the patient group {group} ({people_told})"),
    N_("1 person"),
    N_("{n} persons"),
)

# Of these pages themselves, and refusals that a reader may meet.
_PAGES: Final = (
    N_("this is a region, not a variant."),
    N_("this is a region."),
    N_("Open its page, or give a variant."),
    N_("a live count is for one variant or one base."),
    N_("a line may have at most {most} characters."),
    N_("Only {most} lines are read at a time."),
    N_("{region} is {n} bases long; {most} are listed."),
    N_("No gene of this name is in the loaded gene models."),
    N_("Check the spelling, or search by position. The demo holds a small part of chromosome 21."),
    N_("The list has fewer pages."),
    N_("The last is page {page}."),
    N_("There is no such release."),
    N_("There is no release yet."),
    N_("Newest: {numbers}."),
    N_("There is no such file here."),
    N_("This form was not sent from one of our pages, or it is too old."),
    N_("Load the page again and send it once more. Cookies must be allowed."),
    N_("This page is for people who have signed in."),
    N_("This page needs the role {role}."),
    N_("Ask your administrator for it."),
    N_("Sign in first."),
    N_("This is not an open case in which you treat the patient."),
    N_("Choose one of your cases, or ask the registry to add you."),
    N_("Exact live counts need an open case."),
    N_("Only a clinician who treats the patient of this case may do this."),
    N_("Signing in without a password exists in the demo only."),
    N_("This page address cannot be read."),
    N_("Start again from the first page."),
    N_("{message_told} {mend_told}"),
)

SHAPES: Final = (*_NOTES, *_REFUSALS, *_COUNTING, *_PAGES)
