"""The book behind the strictest host that the manual names; whatever its pages try beyond it is remembered."""

from __future__ import annotations

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from .site_server import SiteServer

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
    )
)
"""What book/run-the-course.md says a host may demand."""
WITNESS = """<script nonce="witness">(() => {
  let here = true; // what is broken off because the reader leaves is no error
  addEventListener("beforeunload", () => { here = false; });
  addEventListener("pageshow", () => { here = true; });
  const tell = (words) => here && navigator.sendBeacon("/witness", `${location.pathname}: ${words}`);
  addEventListener("error", ({ message = "", target }) => {
    if (message.startsWith("ResizeObserver loop") || target.rel === "next") return;
    tell(message || `${target.src ?? target.href} did not come`);
  }, true);
  addEventListener("unhandledrejection", ({ reason }) => tell(`${reason}`));
  const say = console.error;
  console.error = (...words) => { tell(words.join(" ")); say(...words); };
  if (sessionStorage.getItem("storage") === "refused") {
    Object.defineProperty(window, "localStorage", {
      configurable: true, get() { throw new DOMException("denied", "SecurityError"); },
    });
  }
})();</script>"""
"""Stands first in every page: tells of errors, and takes the storage away if it is asked to.

A ResizeObserver that goes on in the next frame is no error, though browsers report it as one; nor is a next page
that Firefox had begun to get ahead of time.
"""
WITNESSED = POLICY.replace("script-src", "script-src 'nonce-witness'") + "; report-uri /policy"


class StrictSite(SiteServer):
    """Serves the site, is the proxy of the browsers that read it, and hears what the policy reports."""

    def __init__(self, root: Path, prefix: str = "/") -> None:
        isolated = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
        super().__init__(root, prefix, {"Content-Security-Policy": WITNESSED, **isolated})
        self.told: list[str] = []
        self.asked: list[str] = []

    def read(self, path: Path) -> bytes:
        content = super().read(path)
        return content.replace(b"<head>", b"<head>" + WITNESS.encode(), 1) if path.suffix == ".html" else content

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(f"{request.path}\n{request.headers}")
        if request.path.startswith(self.prefix) or request.path == "/favicon.ico":  # browsers ask for it unbidden
            super().answer(request)
        else:
            self.hear(request)

    def hear(self, request: BaseHTTPRequestHandler) -> None:
        """Remember what is no question for a page of the site."""
        body = request.rfile.read(int(request.headers["Content-Length"] or 0)).decode()
        self.told.append(f"{request.command} {request.path} {body}")
        request.send_response(HTTPStatus.NO_CONTENT)
        request.end_headers()
