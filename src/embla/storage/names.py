"""Names of stored things: relative, plain, the same on a folder and in a bucket, never a way out of either."""

import re
from typing import Final

from embla.errors import UsageError

MAX_NAME: Final = 512
MAX_PART: Final = 200
# The first character of a part is no dot: names with one are ours alone (temporary files, the lock).
_PART: Final = re.compile(r"[A-Za-z0-9_=+@~-][A-Za-z0-9._=+@~-]*")


def check_name(name: str) -> str:
    """The name itself, or UsageError: parts of letters, digits and ._=+@~- joined by `/`, none beginning with a dot."""
    if not name or len(name) > MAX_NAME:
        raise UsageError(f"a name has 1 to {MAX_NAME} characters; this one has {len(name)}.", mend="Shorten it.")
    for part in name.split("/"):
        if len(part) > MAX_PART or not _PART.fullmatch(part):
            raise UsageError(
                "a name in storage is parts of letters, digits and ._=+@~-, not beginning with a dot, joined by '/'.",
                mend="Use another name.",
            )
    return name


def check_prefix(prefix: str) -> str:
    """A prefix of names: empty, or a name that may end in `/`."""
    if prefix:
        check_name(prefix.removesuffix("/"))
    return prefix
