"""What a page needs that speaks with a passkey: the one script of the console, from here and nowhere else."""

from django.http import HttpResponse

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def with_script(response: HttpResponse) -> HttpResponse:
    """Let a page run the script that lies beside the style sheets."""
    response.headers["Content-Security-Policy"] = POLICY
    return response
