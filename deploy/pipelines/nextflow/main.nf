// Reports a finished run to Embla. Include it and call it last, with what must be done before:
//
//   include { EMBLA_REPORT } from './embla/main.nf'
//   workflow { ...; EMBLA_REPORT(file(params.input), params.embla_calls, calls_ch.collect()) }
//
// params.embla_calls is an absolute pattern, /data/run/{sample}.g.vcf.gz: each process runs in a folder of its own.
// Put embla-report.sh into bin/ beside main.nf, and the token into a secret: nextflow secrets set EMBLA_TOKEN ...
process EMBLA_REPORT {
    tag "${params.embla_lab}"
    label 'process_low'
    secret 'EMBLA_TOKEN'
    // A line that was cut, a server that was away: what had arrived is gone on with.
    errorStrategy 'retry'
    maxRetries 3
    publishDir "${params.outdir}/embla", mode: 'copy', pattern: 'report/*.{jsonl,certificate.json}', saveAs: { it.tokenize('/').last() }

    input:
    path sheet
    val calls
    val finished

    output:
    path 'report/outcome.jsonl', emit: outcome
    path 'report/*.certificate.json', emit: certificates, optional: true

    script:
    """
    export EMBLA_LAB='${params.embla_lab}' EMBLA_GROUP='${params.embla_group}' EMBLA_SERVER='${params.embla_server ?: ''}'
    embla-report.sh '${sheet}' '${calls}' report
    """
}
