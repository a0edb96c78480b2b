"""The inbox: a page that shows what would have reached the phones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope

FOLDER = Path(__file__).parent / "inbox"
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",  # who changes a file sees it after a reload
}


class Page(StaticFiles):
    """The files of the folder, with headers under which nothing but these files runs."""

    def __init__(self) -> None:
        """Serve index.html for the folder itself."""
        super().__init__(directory=FOLDER, html=True)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with the headers, an error too."""
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response
