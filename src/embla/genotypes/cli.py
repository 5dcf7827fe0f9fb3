"""`embla store ...`: a bare cohort store from the command line. Everything heavy is imported inside its command."""

import sys
from dataclasses import replace
from functools import partial
from gettext import gettext as _
from gettext import ngettext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embla.errors import Refused, UsageError
from embla.genotypes.options import (
    Cluster,
    Cohort,
    Exclude,
    Json,
    PolicyChanges,
    Removing,
    Store,
    cohort_of,
    crew_of,
    open_store,
)
from embla.sure import make_sure

if TYPE_CHECKING:
    pass

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Keep genomes in a bare cohort store, and count them exactly.",
)


@app.command()
def create(
    store: Store,
    assembly: Annotated[str, typer.Option(help="Genome build of everything in the store.")] = "GRCh38",
    reference: Annotated[
        Path | None,
        typer.Option(
            metavar="FASTA", help="Sequence to check REF and to left-align against; may hold only some contigs."
        ),
    ] = None,
    managed: Annotated[
        bool, typer.Option(help="The store belongs to a database, which holds the pointer and decides who may ask.")
    ] = False,
    policy: PolicyChanges = None,
    json: Json = False,
) -> None:
    """Make an empty store in a new folder, or under a new prefix of a bucket."""
    from embla.genotypes.model.policy import Policy
    from embla.genotypes.store import CohortStore
    from embla.genotypes.telling import say, tell

    made = CohortStore.create(store, assembly, reference, Policy().changed(policy or ()), managed)
    if reference is None:
        say("No reference given: REF is not checked and indels are not left-aligned.")
    answer = {
        "store": str(store),
        "assembly": assembly,
        "reference": made.about.reference or None,
        "managed": managed,
        "policy": made.policy.digest(),
        "manifest": made.current().short,
    }
    tell(answer, _("made an empty {assembly} store at {store}").format(assembly=assembly, store=store), json)


@app.command()
def add(
    store: Store,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...", help="VCF, gVCF or BCF files; every sample in them is added.", show_default=False
        ),
    ] = None,
    samples: Annotated[
        Path | None,
        typer.Option(
            metavar="TSV",
            help="Table with columns sample, path, karyotype, callability (gvcf, bed:PATH, assumed) and attributes.",
        ),
    ] = None,
    cluster: Cluster = None,
    json: Json = False,
) -> None:
    """Add genomes: all of them or, if one is refused, none.

    Files given by name have an unknown karyotype (so they do not count on X outside PAR and on Y); they are gvcf if
    they have reference blocks, else assumed (raw counts only). A samples table says both. The same content again
    changes nothing; other content under a name that is taken is refused.
    """
    from embla.genotypes.adding import add_files
    from embla.genotypes.telling import bar, say, tell

    if bool(files) == bool(samples):
        raise UsageError("Give files to add, or --samples with a table, and not both.")
    opened = open_store(store, writing="embla submission send")
    if cluster is None:
        acknowledgement, sentences = add_files(opened, files or [], samples)
    else:
        with bar() as progress, crew_of(cluster, progress) as crew:
            acknowledgement, sentences = add_files(opened, files or [], samples, crew)
    for sentence in sentences:
        say(sentence)
    added, unchanged = len(acknowledgement["added"]), len(acknowledgement["unchanged"])
    told = _("added {added}, unchanged {unchanged}, manifest {manifest}")
    manifest = acknowledgement["manifest"]
    tell(acknowledgement, told.format(added=added, unchanged=unchanged, manifest=manifest), json)


@app.command()
def remove(
    store: Store,
    samples: Annotated[list[str], typer.Argument(metavar="SAMPLE...", help="Names of samples.", show_default=False)],
    yes: Removing = None,
    json: Json = False,
) -> None:
    """Take samples out of every count at once. `compact` then erases them from the disk.

    It cannot be undone, so it says what would go and asks for the sample, or for the number of several, once more.
    """
    from embla.genotypes.telling import tell

    opened = open_store(store, writing="embla registry")
    view, names = opened.view(), list(dict.fromkeys(samples))
    view.numbers(samples)  # one that is not there is told before anything is asked
    told = ngettext(
        "{n} of {all} genomes would be taken out of every count: {names}.",
        "{n} of {all} genomes would be taken out of every count: {names}.",
        len(names),
    )
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    what = names[0] if len(names) == 1 else str(len(names))
    make_sure(what, told.format(n=len(names), all=len(view), names=shown), yes)
    staged = opened.remove(names)
    answer = {"removed": list(staged.removed), "manifest": staged.manifest.short}
    tell(
        answer,
        _("removed {n}, manifest {manifest}; run `embla store compact` to erase").format(
            n=len(staged.removed), manifest=staged.manifest.short
        ),
        json,
    )


@app.command()
def count(
    store: Store,
    queries: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUERY...",
            help="chr1-1000-A-G, chr1-1000-A-<DEL>, chr1:1000-2000 or chr1:1000; other spellings too.",
            show_default=False,
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every variant that somebody in the cohort carries; needs --json.")
    ] = False,
    cohort: Cohort = None,
    exclude: Exclude = None,
    by: Annotated[
        str | None, typer.Option(metavar="ATTRIBUTE", help="Also by the values of this attribute, with grpmax.")
    ] = None,
    grpmax_without: Annotated[
        str, typer.Option(metavar="GROUP,...", help="Groups that do not take part in grpmax.")
    ] = "unknown",
    cluster: Cluster = None,
    json: Json = False,
) -> None:
    """Count variants, places and regions, exactly.

    A variant gives one line whatever its status: observed, absent, not_callable or not_loaded. A region gives the
    variants that somebody in the cohort carries; a place those at that base, or one line without alleles.
    """
    from embla.genotypes.asking import ask, is_small, tell_everything
    from embla.genotypes.telling import bar, table, tell_json

    if bool(queries) == everything:
        raise UsageError("Give queries, or --all, and not both.")
    if everything and not json:
        raise UsageError("--all tells millions of variants.", mend="Add --json, or use `embla store export`.")
    if cluster and not everything:
        raise UsageError("--cluster is for counting everything.", mend="Add --all, or leave --cluster out.")
    opened = open_store(store, reading="embla frequency")
    view = opened.view()
    mask = cohort_of(view, cohort, exclude)
    without = frozenset(word for word in grpmax_without.split(",") if word)
    if everything:
        small = cluster is not None and is_small(view, mask, by)
        with bar() as progress, crew_of(cluster, small=small) as crew:
            for lines in tell_everything(view, mask, by, without, crew=crew, tell=progress):
                sys.stdout.write(lines)
        return
    answers = [answer for query in queries or [] for answer in ask(view, query, mask, by, without)]
    if json:
        for answer in answers:
            tell_json(answer.to_json())
    else:
        table(answers)


@app.command()
def carriers(
    store: Store,
    variant: Annotated[
        str, typer.Argument(metavar="VARIANT", help="chr1-1000-A-G; other spellings too.", show_default=False)
    ],
    cohort: Cohort = None,
    exclude: Exclude = None,
    json: Json = False,
) -> None:
    """Name the samples that carry a variant."""
    from embla.genome import Variant
    from embla.genotypes.telling import columns, say, tell_json
    from embla.reference import parse

    opened = open_store(store, reading="embla frequency")
    asked = parse(variant, opened.reference)
    if not isinstance(asked, Variant):
        raise UsageError("carriers needs one variant.", mend="Write it as chr1-1000-A-G.")
    view = opened.view()
    people = view.carriers(asked, cohort_of(view, cohort, exclude))
    if json:
        for person in people:
            tell_json(person.to_json())
        return
    if not people:
        say("Nobody in the cohort carries it; `embla store count` says in how many it could have been seen.")
        return
    columns(
        ["sample", "genotype", "adj", "failed"],
        [[p.sample, p.genotype, "yes" if p.adj else "no", "yes" if p.failed else "no"] for p in people],
    )


@app.command()
def genome(
    store: Store,
    sample: Annotated[str, typer.Argument(metavar="SAMPLE", help="Name of the sample.", show_default=False)],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="VCF", help="File to write; bgzipped if it ends in .gz; - for stdout."),
    ],
    bed: Annotated[Path | None, typer.Option(metavar="BED", help="Also write the stretches that were called.")] = None,
    json: Json = False,
) -> None:
    """Give a sample's calls back as VCF.

    Adding the output to a store gives the same counts for this person, with the same karyotype and callability. A gVCF
    gets its blocks back, with the policy's thresholds in place of measured depths; others get blocks where less is
    called than their BED, or that they are assumed, says. A sample that came with a BED is added again with the one
    that --bed writes: the laboratory's own counts places as called of which a gVCF said nothing. Where its records
    contradict each other and another lies under their REF, only the laboratory's own counts the same. On mtDNA, records
    that contradict each other come back as no-calls.
    """
    from embla.genotypes.giving_back import write_genome
    from embla.genotypes.telling import say, tell_json

    opened = open_store(store, reading="embla registry")
    pack = opened.view().pack_file(sample)
    done = write_genome(pack, sample, out, policy=opened.policy, reference=opened.reference, bed=bed)
    if done.callability == "bed" and bed is None:
        say("Its callability came from a BED: write it here with --bed, and add it again with that.")
    if done.callability == "assumed" and done.blocks:
        say("Its callability was assumed: say so in --samples when adding it again, or the blocks make it a gVCF.")
    if json:
        tell_json({"out": str(out), "records": done.records, "blocks": done.blocks, "callability": done.callability})
    else:
        told = _("wrote {records} records and {blocks} blocks to {file}")
        say(told.format(records=f"{done.records:,}", blocks=f"{done.blocks:,}", file=out))


@app.command()
def annotate(
    store: Store,
    vcf: Annotated[
        Path,
        typer.Argument(metavar="IN.vcf.gz", help="VCF to annotate; plain, gzipped or bgzipped.", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="VCF", help="File to write; bgzipped if it ends in .gz.")],
    cohort: Cohort = None,
    exclude: Exclude = None,
    level: Annotated[int, typer.Option(min=0, max=9, help="Compression level of the output.")] = 1,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads for compression.")] = 1,
    json: Json = False,
) -> None:
    """Write a VCF with EMBLA_AC EMBLA_AN EMBLA_AF EMBLA_NHOMALT EMBLA_NHEMI EMBLA_FAF95 EMBLA_STATUS in INFO.

    A line with an ALT that was seen in calls that do not pass the gates alone has EMBLA_FAILED_ONLY, too: 1 for that.
    """
    from embla.genotypes import annotate as annotate_file
    from embla.genotypes.telling import bar, say, tell_json

    opened = open_store(store, reading="embla frequency annotate")
    view = opened.view()
    with bar() as progress:
        report = annotate_file(
            view, vcf, out, cohort=cohort_of(view, cohort, exclude), level=level, threads=threads, progress=progress
        )
    if json:
        tell_json({"out": str(out), **report.to_json()})
    else:
        for line in report.lines():
            say(line)


@app.command()
def export(
    store: Store,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="sites.vcf.gz, .bcf, .vcf or .parquet.")],
    region: Annotated[
        str | None, typer.Option(metavar="REGION", help="chr1:1000-2000 or chr1; everything if not given.")
    ] = None,
    cohort: Cohort = None,
    exclude: Exclude = None,
    cluster: Cluster = None,
    json: Json = False,
) -> None:
    """Write the counts of every variant that somebody in the cohort carries, as VCF, BCF or Parquet."""
    from embla.genome import Region
    from embla.genotypes import export_sites
    from embla.genotypes.telling import bar, say, tell_json
    from embla.reference import parse

    opened = open_store(store, reading="embla frequency")
    view = opened.view()
    asked = parse(region, opened.reference) if region else None
    if asked is not None and not isinstance(asked, Region):
        asked = asked.region
    with crew_of(cluster) as crew, bar() as progress:
        n = export_sites(view, out, region=asked, cohort=cohort_of(view, cohort, exclude), progress=progress, crew=crew)
    if json:
        tell_json({"out": str(out), "variants": n, "manifest": view.manifest.short, "policy": view.policy})
    else:
        say(_("wrote {n} variants to {file}").format(n=f"{n:,}", file=out))


@app.command()
def compact(store: Store, cluster: Cluster = None, json: Json = False) -> None:
    """Merge segments and erase removed samples from the disk: their calls, their packs and their names."""
    from embla.genotypes.telling import bar, tell

    opened = open_store(store, writing="embla registry")
    before = opened.view().content
    with bar() as progress, crew_of(cluster, progress) as crew:
        ident = opened.compact(crew=crew)
    after = opened.view().content
    answer = {
        "manifest": ident.short,
        "segments_before": len(before.segments),
        "segments": len(after.segments),
        "erased": before.removed - after.removed,
    }
    change = f"{len(before.segments)} segments became {len(after.segments)}"
    sentence = f"{change}, erased {answer['erased']} samples, manifest {ident.short}"
    tell(answer, sentence, json)


@app.command()
def rebuild(
    store: Store,
    new: Annotated[
        str,
        typer.Argument(metavar="NEW", help="New folder or bucket prefix for the rebuilt store.", show_default=False),
    ],
    policy: PolicyChanges = None,
    samples: Annotated[
        Path | None,
        typer.Option(metavar="TSV", help="To read the files again: the samples table by which the genomes were added."),
    ] = None,
    json: Json = False,
) -> None:
    """Make a new store from the packs of this one: segments are made anew.

    With --policy the genomes are read again from their files, as packs do not hold what another policy asks (depths of
    reference blocks). Each file must be the one that its genome was added from. --samples alone brings a store whose
    genomes were read by an earlier version of the rules to this program's.
    """
    from embla.genotypes.model.policy import Policy
    from embla.genotypes.reading import read_samples_tsv
    from embla.genotypes.rebuilding import rebuild as rebuild_store
    from embla.genotypes.rereading import reread
    from embla.genotypes.telling import bar, tell

    opened = open_store(store)
    if opened.about.keys == "owner":
        raise Refused("this store is managed: its owner has the keys of its packs.", mend="Rebuild it there.")
    older = opened.policy.version < Policy.version
    if (samples is None and policy) or (samples is not None and not policy and not older):
        raise UsageError(
            "--policy needs --samples, and --samples is for --policy, or for a store of earlier rules.",
            mend="Give the table by which the genomes were added, with the files that it names.",
        )
    with bar() as progress:
        told = partial(progress, "genomes") if progress else None
        if samples:
            chosen = opened.policy.changed(policy or ())
            if older:
                chosen = replace(chosen, version=Policy.version)
            made = reread(opened.view(), new, chosen, read_samples_tsv(samples), told)
        else:
            made = rebuild_store(opened.view(), new, told)
    view = made.view()
    tell(
        {"store": str(new), "genomes": len(view), "manifest": view.manifest.short, "policy": made.policy.digest()},
        f"rebuilt {len(view)} genomes into {new}, manifest {view.manifest.short}",
        json,
    )


@app.command()
def upgrade(store: Store, json: Json = False) -> None:
    """Bring a store of an older Embla to this program's format, in place. Its numbers stay as they are."""
    from embla.genotypes.about import FORMAT
    from embla.genotypes.telling import tell
    from embla.genotypes.upgrading import upgrade as upgrade_store

    done = upgrade_store(store)
    answer = {"store": str(store), "format": FORMAT, "changed": done.changed, "segments": done.segments}
    if done.changed:
        sentence = f"{store} went from format {done.before} to {FORMAT}; {done.segments} segments were written anew"
    else:
        sentence = f"{store} is already at format {FORMAT}"
    tell(answer, sentence, json)


@app.command()
def stats(
    store: Store,
    samples: Annotated[bool, typer.Option("--samples", help="Name every sample with its attributes instead.")] = False,
    json: Json = False,
) -> None:
    """Say what is in the store: people by karyotype and callability, segments, sizes, policy."""
    from embla.genotypes.telling import columns, facts, tell_json

    opened = open_store(store, reading="embla registry" if samples else "")
    view = opened.view()
    if samples:
        rows = [view.located(number)[0].table.row(view.located(number)[1]) for number in view.index.values()]
        if json:
            for row in rows:
                tell_json(
                    {"sample": row.name, "karyotype": row.karyotype, "callability": row.callability, **row.attributes}
                )
        else:
            heads = sorted({key for row in rows for key in row.attributes})
            columns(
                ["sample", "karyotype", "callability", *heads],
                [[r.name, r.karyotype, r.callability, *(r.attributes.get(h, "") for h in heads)] for r in rows],
            )
        return
    numbers = view.stats().to_json()
    tell_json(numbers) if json else facts(numbers)


@app.command()
def verify(
    store: Store,
    recount: Annotated[bool, typer.Option("--recount", help="Also make every count again from the packs.")] = False,
    cluster: Cluster = None,
    json: Json = False,
) -> None:
    """Check every hash and every pack; with --recount every genome and every count against the packs.

    Exit code 1 and a line per problem when something differs; the first difference names contig and position.
    """
    from embla.genotypes.telling import bar, say, tell_json
    from embla.genotypes.verifying import verify as verify_store

    opened = open_store(store)
    if opened.about.keys == "owner":
        raise Refused(
            "this store is managed: its owner has the keys of its packs.", mend="Use `embla vault check-store`."
        )
    problems = []
    with crew_of(cluster) as crew, bar() as progress:
        for problem in verify_store(opened, recount=recount, progress=progress, crew=crew):
            problems.append(problem)
            tell_json({"problem": problem}) if json else say(problem)
    if problems:
        raise typer.Exit(1)
    done = _("every hash, every pack and every count agree") if recount else _("every hash and every pack agree")
    tell_json({"store": str(store), "sound": True, "recounted": recount}) if json else print(f"{store}: {done}")
