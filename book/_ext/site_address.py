"""What depends on where the site stands: addresses, the sitemap, and buttons that need a repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from sphinx.application import Sphinx
from sphinx.config import Config

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def place(app: Sphinx, config: Config) -> None:
    """Take the site's address from BOOK_URL, else from `html.baseurl`, and tell those who need it."""
    address = os.environ.get("BOOK_URL") or config.html_baseurl
    if address:
        address = address.rstrip("/") + "/"
        config.html_baseurl = address
        config.ogp_site_url = address
        config.notfound_urls_prefix = urlsplit(address).path
    options = config.html_theme_options
    if options.get("repository_url"):
        options.update(use_repository_button=True, use_edit_page_button=True, use_source_button=True)


def write_sitemap(app: Sphinx, exception: Exception | None) -> None:
    """List every page, also those that this build did not have to write again.

    A sitemap holds absolute addresses, so without one there is none.
    """
    if exception or app.builder.format != "html" or not app.config.html_baseurl:
        return
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.Element(f"{{{NAMESPACE}}}urlset")
    for page in sorted(app.env.found_docs):
        if "orphan" in app.env.metadata.get(page, {}):
            continue
        url = ElementTree.SubElement(root, f"{{{NAMESPACE}}}url")
        location = ElementTree.SubElement(url, f"{{{NAMESPACE}}}loc")
        location.text = app.config.html_baseurl + app.builder.get_target_uri(page)
    tree = ElementTree.ElementTree(root)
    ElementTree.indent(tree)
    tree.write(Path(app.outdir, "sitemap.xml"), encoding="utf-8", xml_declaration=True)
    Path(app.outdir, "robots.txt").write_text(
        f"User-agent: *\nAllow: /\nSitemap: {app.config.html_baseurl}sitemap.xml\n", "utf-8"
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to the build."""
    app.connect("config-inited", place, priority=100)
    app.connect("build-finished", write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
