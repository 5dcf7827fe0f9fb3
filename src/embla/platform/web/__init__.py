"""The web shell: what every page has in common, and nothing about genomes.

Owns: the base layout and its pieces, style, the little script there is, vendored files and their manifest, security
headers, size and rate bounds, request log lines without what was asked, CSRF, the session cookie, error pages, CSV.
Words: *shell* = templates + static files + who is reading; *reader* = language, theme and shortcuts of one request;
*twin* = the same numbers as `.json` or `.csv`. Never knows: variants, labs, what a role may do.
Rooms write `pages.py` and `templates/`, and call `page(request, "room/name.html", ...)`. Start at shell.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.platform.web.drawing import Scale, tag, text_tag
    from embla.platform.web.errors import error_response
    from embla.platform.web.forms import checked_form
    from embla.platform.web.guard import Guard, Limits
    from embla.platform.web.sentences import Sentences
    from embla.platform.web.shell import Crumb, Shell, install, page, reader, redirect, shell_of
    from embla.platform.web.static import Assets
    from embla.platform.web.twins import csv_response, json_response

__all__ = [
    "Assets",
    "Crumb",
    "Guard",
    "Limits",
    "Scale",
    "Sentences",
    "Shell",
    "checked_form",
    "csv_response",
    "error_response",
    "install",
    "json_response",
    "page",
    "reader",
    "redirect",
    "shell_of",
    "tag",
    "text_tag",
]

__getattr__ = lazy(
    __name__,
    dict.fromkeys(["Crumb", "Shell", "install", "page", "reader", "redirect", "shell_of"], "shell")
    | dict.fromkeys(["Scale", "tag", "text_tag"], "drawing")
    | dict.fromkeys(["csv_response", "json_response"], "twins")
    | dict.fromkeys(["Guard", "Limits"], "guard")
    | {
        "Assets": "static",
        "Sentences": "sentences",
        "checked_form": "forms",
        "error_response": "errors",
    },
)
