"""Known weaknesses in what runs: pip-audit over the core lock: `python tools/audit.py`. Exit 1 where it finds one.

Strict, since pip-audit says "no known vulnerabilities" of what it could not ask about. Where the advisories cannot be
reached at all, that is said and nothing is claimed: a machine without a line may still run `make check`.
"""

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements/core.txt"
# Open Source Vulnerabilities: answers by package and version, and needs no account.
ADVISORIES = "https://api.osv.dev/"
COMMAND = (
    sys.executable, "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip", "--vulnerability-service",
    "osv", "--progress-spinner", "off", "-r", str(LOCK),
)  # fmt: skip


def reached(address: str, seconds: float = 5) -> str:
    """Why nobody answers at the address; "" where somebody does, be it with an error."""
    try:
        urllib.request.urlopen(address, timeout=seconds).close()
    except urllib.error.HTTPError:
        return ""
    except OSError as error:
        return str(getattr(error, "reason", error))
    return ""


def main() -> int:
    """0 where nothing is known, or nobody could be asked."""
    silent = reached(ADVISORIES)
    if silent:
        print(f"Advisories were not looked at: {ADVISORIES} does not answer ({silent}). Run this where it does.")
        return 0
    return subprocess.run(COMMAND).returncode


if __name__ == "__main__":
    sys.exit(main())
