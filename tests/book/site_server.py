"""A static server as a host would be: a sub-path, gzip, keep-alive; it remembers what was asked and sent."""

from __future__ import annotations

import gzip
import mimetypes
import sys
import threading
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote, urlsplit

COMPRESSED = (".html", ".css", ".js", ".json", ".svg", ".xml", ".txt", ".ttf")


@lru_cache(maxsize=256)
def packed(content: bytes) -> bytes:
    """The gzipped content of a file."""
    return gzip.compress(content, 6)


class SiteServer:
    """Serves `root` under `prefix` while the context lasts; `headers` go with every answer."""

    def __init__(self, root: Path, prefix: str = "/", headers: Mapping[str, str] | None = None) -> None:
        self.root, self.prefix, self.headers = root.resolve(), prefix, headers or {}
        self.sent: dict[str, int] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.answer(self)

            def do_HEAD(self) -> None:
                server.answer(self)

            def do_POST(self) -> None:
                server.hear(self)

            def do_CONNECT(self) -> None:
                server.hear(self)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        self.host = f"127.0.0.1:{self.httpd.server_port}"
        self.address = f"http://{self.host}{prefix}"

    def read(self, path: Path) -> bytes:
        """What a file of the site holds."""
        return path.read_bytes()

    def hear(self, request: BaseHTTPRequestHandler) -> None:
        """Refuse what is no request for a file."""
        request.send_error(HTTPStatus.METHOD_NOT_ALLOWED)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Send the file, or the site's own 404 page."""
        wanted = unquote(urlsplit(request.path).path)
        path = (
            self.root / wanted.removeprefix(self.prefix) if wanted.startswith(self.prefix) else self.root / "404"
        )
        if path.is_dir():
            path = path / "index.html"
        status = HTTPStatus.OK
        if not path.is_file() or self.root not in path.resolve().parents:
            status, path = HTTPStatus.NOT_FOUND, self.root / "404.html"
        content = b""
        request.send_response(status)
        if path.is_file():
            request.send_header("Content-Type", mimetypes.guess_type(path.name)[0] or "application/octet-stream")
            if path.suffix in COMPRESSED:
                request.send_header("Content-Encoding", "gzip")
                content = packed(self.read(path))
            else:
                content = self.read(path)
        request.send_header("Cache-Control", "max-age=600")
        for name, value in self.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        self.sent[wanted] = len(content)
        if request.command == "GET":
            request.wfile.write(content)

    def __enter__(self) -> SiteServer:
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.httpd.shutdown()
        self.httpd.server_close()


if __name__ == "__main__":
    with SiteServer(Path(sys.argv[1])) as running:
        print(running.address, flush=True)
        threading.Event().wait()
