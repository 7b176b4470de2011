"""Build JupyterLite with the exercises into a folder: ``.venv-lite/bin/python book/lite/build.py _build/lite``.

The site serves it as `lite/`, beside `_static/vendor/pyodide`, which its kernel runs on: no other host is asked.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
SETTINGS = {
    "pyodideUrl": "../../_static/vendor/pyodide/pyodide.js",  # seen from lite/lab/index.html
    "disablePyPIFallback": True,
}


def wheel(package: str, folder: Path) -> Path:
    """The wheel of a package that `requirements/lite.txt` pins, downloaded with its digest checked."""
    lines = (ROOT / "requirements/lite.txt").read_text("utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"{package}=="))
    end = next(number for number in range(start, len(lines)) if not lines[number].endswith("\\"))
    pinned = folder / f"{package}.txt"
    pinned.write_text("\n".join(lines[start : end + 1]), "utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--require-hashes", "--dest", str(folder), "--requirement", str(pinned)]
    subprocess.run(command, check=True)
    (found,) = folder.glob(f"{package}-*.whl")
    return found


def build(target: Path) -> None:
    """Build the site in a scratch folder, then put it in place whole."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(ROOT / "exercises", folder / "content")
        configuration = {
            "LiteBuildConfig": {
                "contents": ["content"],
                "output_dir": "lite",
                "apps": ["lab"],
                "no_sourcemaps": True,
            },
            "PipliteAddon": {"piplite_urls": [wheel("comm", folder).name]},
        }
        page = {
            "jupyter-lite-schema-version": 0,
            "jupyter-config-data": {"appName": "Exercises", "litePluginSettings": {KERNEL: SETTINGS}},
        }
        (folder / "jupyter_lite_config.json").write_text(json.dumps(configuration), "utf-8")
        (folder / "jupyter-lite.json").write_text(json.dumps(page), "utf-8")
        command = [sys.executable, "-m", "jupyter", "lite", "build"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"jupyter lite build failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder / "lite", target)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
    print(f"JupyterLite with the exercises is in {sys.argv[1]}")
