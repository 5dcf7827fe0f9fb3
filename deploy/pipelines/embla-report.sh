#!/usr/bin/env bash
# Reports a finished run to Embla by the command line alone: sheet -> packages -> check -> send -> certificate.
#
#   embla-report.sh SHEET CALLS OUT
#
# SHEET: the run's sample sheet (nf-core or our own). CALLS: where its calls are, as results/{sample}.g.vcf.gz ("" when the
# sheet says so itself). OUT: a folder that is kept; run it again after any failure and it goes on where it was.
# In the environment: EMBLA_LAB, EMBLA_GROUP, EMBLA_TOKEN; EMBLA_SERVER (without it, the home here); EMBLA_PIPELINE and
# EMBLA_INIT (further options of `embla submission init`) may be left out.
# Exit code 0: all packages are acknowledged. 1: some are refused, each with its findings in OUT/outcome.jsonl.
set -euo pipefail

sheet=$1 calls=$2 out=$3
: "${EMBLA_LAB:?the laboratory\'s id}" "${EMBLA_GROUP:?the patient group}"
to=()
if [ -n "${EMBLA_SERVER:-}" ]; then to=(--to "$EMBLA_SERVER"); fi
mkdir -p "$out"

if [ ! -e "$out/prepared" ]; then
    rm -rf "$out/packages.new"
    # shellcheck disable=SC2086  # EMBLA_INIT holds several words
    embla submission init "$sheet" -o "$out/packages.new" --lab "$EMBLA_LAB" --group "$EMBLA_GROUP" \
        ${calls:+--calls "$calls"} ${to[@]+"${to[@]}"} ${EMBLA_INIT:-} --json > "$out/init.jsonl"
    rm -rf "$out/packages"
    mv "$out/packages.new" "$out/packages"
    touch "$out/prepared"
fi

# Everything that is wrong, before anything travels. What only the server knows it says itself.
embla submission check --offline "$out"/packages/* --json > "$out/findings.jsonl" || {
    echo "embla-report: the packages have errors, see $out/findings.jsonl; nothing was sent" >&2
    exit 1
}

status=0
embla submission send "$out"/packages/* ${to[@]+"${to[@]}"} --json > "$out/outcome.jsonl" || status=$?
while read -r submission; do
    embla submission certificate "$submission" -o "$out/$submission.certificate.json" ${to[@]+"${to[@]}"} > /dev/null || status=1
done < <(sed -n 's/.*"state": "accepted", "submission": "\(S[0-9A-Z]*\)".*/\1/p' "$out/outcome.jsonl")
exit "$status"
