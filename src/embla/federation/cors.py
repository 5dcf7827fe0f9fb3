"""Cross-origin answers of the doors that need a token: pages of any origin may ask, since nothing here knows a session
that such a page could borrow (htsget 1.3, "CORS": the origin is echoed, and kept for at most 30 days)."""

from starlette.requests import Request
from starlette.responses import Response


def origin_of(request: Request) -> dict[str, str]:
    """Headers that let the asking page read the answer; none where no page asks."""
    origin = request.headers.get("origin", "")
    if not origin or len(origin) > 300 or not origin.isprintable() or not origin.isascii():
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin", "Cross-Origin-Resource-Policy": "cross-origin"}


def preflight(request: Request, methods: str) -> Response:
    """What a browser asks before it asks."""
    asked = {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Range, " + PUBLIC_KEY,
        "Access-Control-Expose-Headers": "Content-Range, Content-Length",
        "Access-Control-Max-Age": "2592000",
    }
    return Response(status_code=204, headers=origin_of(request) | asked)


# The recipient's Crypt4GH public key, base64: what htsget-rs and the Sensitive Data Archive call it.
PUBLIC_KEY = "Htsget-Context-Public-Key"
