"""Notebooks that leave the course folder: a link to a book that is built in it would lead nowhere there."""

from __future__ import annotations

import re


def led_to(notebook: bytes, book_url: str, there: str) -> bytes:
    """A notebook of which the links to the book lead where its reader finds the book.

    Parameters
    ----------
    notebook : bytes
        As it lies in the course folder.
    book_url : str
        Where its links lead now. An address that everybody can open stays, as does everything if it is empty.
    there : str
        An address, or a path from the notebook; "" if there is neither: then the page is named in words.
    """
    local, site = book_url.rstrip("/"), there.rstrip("/")
    if not local or "://" in local:
        return notebook
    if site:
        return notebook.replace(f"{local}/".encode(), f"{site}/".encode())
    link = re.compile(rb"\[([^\[\]]+)\]\(" + re.escape(local).encode() + rb"/[^)\s]*\)")
    return link.sub(rb"*\1* (a page of the book)", notebook)
