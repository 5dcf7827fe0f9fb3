# Reports a finished run to Embla. Include it and ask for the target `embla_report`:
#
#   include: "embla.smk"
#   rule all: input: "results/embla/outcome.jsonl"
#
# config: embla: {lab: north, group: heart, sheet: samples.csv, calls: "results/{sample}.g.vcf.gz", server: "https://..."}
# The token is in the environment, EMBLA_TOKEN; embla-report.sh lies on the PATH.
rule embla_report:
    input:
        sheet=config["embla"]["sheet"],
        # What must be there first: the run's calls.
        finished=config["embla"].get("finished", []),
    output:
        "results/embla/outcome.jsonl",
    params:
        # A function, as its {sample} is no wildcard of Snakemake's.
        calls=lambda wildcards: config["embla"].get("calls", ""),
        lab=config["embla"]["lab"],
        group=config["embla"]["group"],
        server=config["embla"].get("server", ""),
    retries: 3
    shell:
        """
        export EMBLA_LAB='{params.lab}' EMBLA_GROUP='{params.group}' EMBLA_SERVER='{params.server}'
        embla-report.sh '{input.sheet}' '{params.calls}' results/embla
        """
