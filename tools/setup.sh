#!/usr/bin/env bash
# Make .venv and install a lock into it: tools/setup.sh core|dev|bench|afquery|interop [FOLDER]. Called by make, which keeps the stamps.
set -euo pipefail

lock=${1:?core or dev}
folder=${2:-.venv}

suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' >/dev/null 2>&1; }
has_venv() { "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; }

# The first that suits and can make environments; PYTHON=... comes before all.
found="" without_venv=""
for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
    path=$(command -v "$name" 2>/dev/null) || continue
    suits "$path" || continue
    if has_venv "$path"; then found=$path; break; fi
    without_venv=${without_venv:-$path}
done

if [ -z "$found" ]; then
    if [ -n "$without_venv" ]; then
        version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        echo "make: $without_venv (Python $version) cannot make a virtual environment: venv or ensurepip is missing." >&2
        echo "      On Debian and Ubuntu: apt install python3-venv   (or python$version-venv); then run make again." >&2
    else
        echo "make: no Python 3.11 or newer was found (tried python3 and python3.11 to python3.14)." >&2
        echo "      On Debian 12 or newer: apt install python3 python3-venv; else give one: make PYTHON=/path/to/python3" >&2
    fi
    exit 1
fi

# An environment whose Python has gone, or that is older than what we need, is made anew.
if ! suits "$folder/bin/python" || ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    echo "Set-up: a virtual environment in $folder, from $found"
    rm -rf "$folder"
    "$found" -m venv "$folder"
fi

pip() { "$folder/bin/python" -m pip --disable-pip-version-check --no-input "$@"; }

echo "Set-up: packages of requirements/$lock.txt, each checked by its hash (a minute or less on a good line)"
pip install --quiet --require-hashes -r "requirements/$lock.txt"
if [ "$lock" = core ] || [ "$lock" = dev ]; then
    pip install --quiet --no-deps --no-build-isolation -e .
    # Ahead of the first command, which may run where Python keeps nothing that it compiles.
    "$folder/bin/python" -m compileall -q src/embla
    echo "Set-up: compiling the fast paths, once (half a minute)"
    "$folder/bin/embla" warm
fi
