"""Lighthouse's marks of the pages on a phone: the median of several runs of each page, served gzipped as hosts do.

Lighthouse is no dependency of the course: Node's `npx` fetches it, and it needs Chromium. By hand, on a quiet
machine, after `make book`:

    .venv/bin/python -m bench.bench_pages                          # every page of the students' edition, five runs
    .venv/bin/python -m bench.bench_pages --runs 1 index why       # some

It ends with 1 if a page misses a bar. `--lighthouse` names one that is installed already.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.book.site_server import SiteServer

LIGHTHOUSE = "npx --yes lighthouse@12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices")
OPTIONS = ("--quiet", "--output=json", f"--only-categories={','.join(CATEGORIES)}")
FLAGS = "--chrome-flags=--headless=new --no-sandbox"
FIRST = "index"


class Marks(NamedTuple):
    """What Lighthouse says of one page: three marks of 100, seconds, milliseconds, shifts, KiB over the wire."""

    performance: float
    accessibility: float
    best_practices: float
    fcp: float
    lcp: float
    blocking: float
    shift: float
    kib: float

    def misses(self, page: str) -> list[str]:
        """The bars that a page does not reach."""
        bars = {
            "performance": self.performance >= 95,
            "LCP": self.lcp < 2.5,
            "accessibility": self.accessibility == 100,
            "best practices": self.best_practices == 100,
            "size": page != FIRST or self.kib <= 200,
        }
        return [name for name, held in bars.items() if not held]


def look(command: list[str], address: str) -> Marks:
    """One run of Lighthouse, as it is for phones: simulated slow 4G, a processor four times slower."""
    done = subprocess.run([*command, address, *OPTIONS, FLAGS], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    values = [
        report["audits"][audit]["numericValue"] / unit
        for audit, unit in (
            ("first-contentful-paint", 1000),
            ("largest-contentful-paint", 1000),
            ("total-blocking-time", 1),
            ("cumulative-layout-shift", 1),
            ("total-byte-weight", 1024),
        )
    ]
    return Marks(*(round(100 * report["categories"][name]["score"]) for name in CATEGORIES), *values)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", help="names of pages; without any, all")
    parser.add_argument("--site", type=Path, default=Path("_build/html"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--lighthouse", default=LIGHTHOUSE, help=f"the command (default: {LIGHTHOUSE})")
    return parser.parse_args()


def main() -> None:
    options = parsed()
    pages = options.pages or sorted(path.stem for path in options.site.glob("*.html"))
    missing = [page for page in pages if not (options.site / f"{page}.html").exists()]
    if missing or not pages:
        sys.exit(f"bench_pages: no page {', '.join(missing) or 'at all'} in {options.site}; 'make book' makes it")
    command = options.lighthouse.split()
    if not shutil.which(command[0]):
        sys.exit(f"bench_pages: no {command[0]} here; install Node.js, or name a Lighthouse with --lighthouse")
    print(f"{'page':24} perf  a11y  best  FCP s  LCP s  TBT ms  CLS    KiB")
    short = False
    with SiteServer(options.site) as server:
        for page in pages:
            runs = [look(command, f"{server.address}{page}.html") for _ in range(options.runs)]
            marks = Marks(*map(median, zip(*runs, strict=True)))
            misses = marks.misses(page)
            short = short or bool(misses)
            row = "{:4.0f}  {:4.0f}  {:4.0f}  {:5.2f}  {:5.2f}  {:6.0f}  {:5.3f}  {:5.0f}".format(*marks)
            print(f"{page:24} {row}  {', '.join(misses)}", flush=True)
    sys.exit(short)


if __name__ == "__main__":
    main()
