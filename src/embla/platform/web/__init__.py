"""The web shell: what every page has in common, and nothing about genomes.

Owns: the base layout and its pieces, style, the little script there is, vendored files and their manifest, security
headers, size and rate bounds, request log lines without what was asked, CSRF, the session cookie, error pages, CSV.
Words: *shell* = templates + static files + who is reading; *reader* = language, theme and shortcuts of one request;
*twin* = the same numbers as `.json` or `.csv`. Never knows: variants, labs, what a role may do.
Rooms write pages and `templates/`, and call `page(request, "room/name.html", ...)`. Start at shell.py, then guard.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.platform.web.again import sign_in_again
    from embla.platform.web.asked import open_question, seal_question
    from embla.platform.web.bearer import token_holder, token_shown
    from embla.platform.web.drawing import Scale, picture, tag, text_tag
    from embla.platform.web.errors import error_response, from_embla, from_http, told, wants_data
    from embla.platform.web.forms import check_origin, checked_form, checked_private_form, checked_upload, open_form
    from embla.platform.web.guard import Guard, Leave, Limits
    from embla.platform.web.house_pages import SHAPES, house_router
    from embla.platform.web.sentences import N_, Sentences
    from embla.platform.web.session import names_somebody, require_signed_in, signed_in
    from embla.platform.web.shell import (
        Crumb,
        Reader,
        Shell,
        holds_number,
        install,
        own_path,
        page,
        reader,
        redirect,
        shell_of,
    )
    from embla.platform.web.twins import csv_response, json_body, json_response

_NAMES = {
    "again": "sign_in_again",
    "asked": "open_question seal_question",
    "bearer": "token_holder token_shown",
    "drawing": "Scale picture tag text_tag",
    "errors": "error_response from_embla from_http told wants_data",
    "forms": "check_origin checked_form checked_private_form checked_upload open_form",
    "guard": "Guard Leave Limits",
    "house_pages": "SHAPES house_router",
    "sentences": "N_ Sentences",
    "session": "names_somebody require_signed_in signed_in",
    "shell": "Crumb Reader Shell holds_number install own_path page reader redirect shell_of",
    "twins": "csv_response json_body json_response",
}

__all__ = [
    "SHAPES",
    "Crumb",
    "Guard",
    "Leave",
    "Limits",
    "N_",
    "Reader",
    "Scale",
    "Sentences",
    "Shell",
    "check_origin",
    "checked_form",
    "checked_private_form",
    "checked_upload",
    "csv_response",
    "error_response",
    "from_embla",
    "from_http",
    "holds_number",
    "house_router",
    "install",
    "json_body",
    "json_response",
    "open_form",
    "open_question",
    "names_somebody",
    "own_path",
    "page",
    "picture",
    "reader",
    "redirect",
    "require_signed_in",
    "seal_question",
    "shell_of",
    "sign_in_again",
    "signed_in",
    "tag",
    "text_tag",
    "token_holder",
    "token_shown",
    "told",
    "wants_data",
]

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
