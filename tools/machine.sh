#!/usr/bin/env bash
# What tests and benchmarks use beyond pip: Chromium (pages), bcftools (an independent count), bgzip (a measure of speed).
# Debian's packages where we are root and they are missing; else say which tests will be skipped. Never fails: a skipped
# test says so itself. Programs named as arguments are looked for too: machine.sh [PROGRAM]..., each its own package.
set -uo pipefail

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
    || missing+=(chromium fonts-dejavu-core)
command -v bcftools >/dev/null || missing+=(bcftools)
command -v bgzip >/dev/null || missing+=(tabix)
for program in "$@"; do
    command -v "$program" >/dev/null || missing+=("$program")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Set-up: ${missing[*]}, from Debian"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if { apt-get -q -o DPkg::Lock::Timeout=540 update \
        && apt-get -q -y -o DPkg::Lock::Timeout=540 install --no-install-recommends "${missing[@]}"; } \
        >"$log" 2>&1 </dev/null; then
        rm -f "$log"
        exit 0
    fi
    tail -n 5 "$log" >&2
    why="apt-get could not install them"
else
    why="installing them needs root: apt install ${missing[*]}"
fi
echo "############################################################################" >&2
echo "make test: without ${missing[*]} the tests that need them are SKIPPED." >&2
echo "           $why" >&2
echo "############################################################################" >&2
exit 0
