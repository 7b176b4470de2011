"""Time the reference implementation against its peers, and print a table with ratios.

Peers are pinned in requirements/bench.txt and want an environment of their own::

    python -m venv .venv-bench
    .venv-bench/bin/pip install -r requirements/bench.txt
    .venv-bench/bin/python bench/bench_reference.py

lme4 is timed through Rscript if both are installed. Each case runs in a process of its own; a row shows the
median of its runs (MixedLM runs once: it takes most of a minute) and by how much the process grew during
the first fit. Figures are those of one machine on one day.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from reference_impl import fit_logistic, fit_random_intercept, sigmoid  # noqa: E402 - needs the path above

N_GROUPS, N_SCORES = 10_000, 300_000
N_ROWS, N_COLUMNS = 1_000_000, 10
Fit = Callable[[], dict[str, float]]

R_SCRIPT = """
suppressMessages(library(lme4))
d <- read.csv(commandArgs(TRUE)[1])
seconds <- sapply(1:3, function(i) system.time({m <<- lmer(y ~ 1 + (1 | g), d); b <- ranef(m)})[["elapsed"]])
v <- as.data.frame(VarCorr(m))$vcov
cat(sprintf("[%.6f, %.17g, %.17g]", median(seconds), v[1], v[2]))
"""


def grouped_scores() -> tuple[Any, Any]:
    rng = np.random.default_rng(610)
    group = rng.integers(0, N_GROUPS, N_SCORES)
    return rng.normal(50, 3, N_GROUPS)[group] + rng.normal(0, 10, N_SCORES), group


def binary_rows() -> tuple[Any, Any]:
    rng = np.random.default_rng(610)
    X = np.column_stack([np.ones(N_ROWS), rng.normal(size=(N_ROWS, N_COLUMNS - 1))])
    y = (rng.random(N_ROWS) < sigmoid(X @ rng.normal(0, 0.4, N_COLUMNS))).astype(float)
    return X, y


def reference_reml(text_labels: bool = False) -> Fit:
    y, group = grouped_scores()
    group = group.astype(str) if text_labels else group

    def fit() -> dict[str, float]:
        result = fit_random_intercept(y, group)
        return {"tau2": result.tau2, "sigma2": result.sigma2}

    return fit


def mixedlm() -> Fit:
    import pandas as pd
    import statsmodels.formula.api as smf

    y, group = grouped_scores()
    frame = pd.DataFrame({"y": y, "g": group})

    def fit() -> dict[str, float]:
        result = smf.mixedlm("y ~ 1", frame, groups="g").fit(reml=True)
        return {"tau2": float(result.cov_re.iloc[0, 0]), "sigma2": float(result.scale)}

    return fit


def reference_logistic() -> Fit:
    X, y = binary_rows()

    def fit() -> dict[str, float]:
        result = fit_logistic(X, y)
        return {"first": float(result.coef[1]), "last": float(result.coef[-1])}

    return fit


def statsmodels_logit() -> Fit:
    import statsmodels.api as sm

    X, y = binary_rows()

    def fit() -> dict[str, float]:
        result = sm.Logit(y, X).fit(method="newton", tol=1e-12, disp=0)
        return {"first": float(result.params[1]), "last": float(result.params[-1])}

    return fit


def statsmodels_glm() -> Fit:
    import statsmodels.api as sm

    X, y = binary_rows()

    def fit() -> dict[str, float]:
        result = sm.GLM(y, X, family=sm.families.Binomial()).fit(tol=1e-12)
        return {"first": float(result.params[1]), "last": float(result.params[-1])}

    return fit


def sklearn_newton() -> Fit:
    from sklearn.linear_model import LogisticRegression

    X, y = binary_rows()

    def fit() -> dict[str, float]:
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, fit_intercept=False)
        coef = model.fit(X, y).coef_[0]
        return {"first": float(coef[1]), "last": float(coef[-1])}

    return fit


#: Name -> (case, what prepares the fit, number of runs). The first of a case is ours.
CASES: dict[str, tuple[str, Callable[[], Fit], int]] = {
    "reference_impl": ("REML + means", reference_reml, 7),
    "reference_impl, text labels": ("REML + means", lambda: reference_reml(text_labels=True), 7),
    "statsmodels MixedLM": ("REML + means", mixedlm, 1),
    "reference_impl fit_logistic": ("logistic", reference_logistic, 7),
    "sklearn newton-cholesky": ("logistic", sklearn_newton, 7),
    "statsmodels Logit newton": ("logistic", statsmodels_logit, 3),
    "statsmodels GLM": ("logistic", statsmodels_glm, 3),
}


def peak_bytes() -> int:
    """Peak resident size of this process since the last `forget_peak` (where Linux lets us ask)."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def forget_peak() -> None:
    """Let the peak start from what is resident now, so that making the data does not hide the fit."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def run_worker(name: str) -> None:
    """Time one case in this process and print the result as JSON."""
    _, prepare, runs = CASES[name]
    fit = prepare()
    forget_peak()
    before = peak_bytes()
    seconds, answer, grown = [], {}, 0
    for run in range(runs):
        start = time.perf_counter()
        answer = fit()
        seconds.append(time.perf_counter() - start)
        if run == 0:
            grown = peak_bytes() - before
    traced = 0
    if name.startswith("reference_impl"):
        tracemalloc.start()
        fit()
        traced = tracemalloc.get_traced_memory()[1]
    print(json.dumps({"seconds": statistics.median(seconds), "grown": grown, "traced": traced, "answer": answer}))


def measure(name: str) -> dict[str, Any]:
    """Run one case in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--worker", name], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1]}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure_lme4() -> dict[str, Any]:
    """Time lme4 through Rscript; an error entry if either is absent."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return {"error": "Rscript is absent"}
    y, group = grouped_scores()
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "scores.csv"
        np.savetxt(table, np.column_stack([y, group]), delimiter=",", header="y,g", comments="", fmt="%.17g")
        done = subprocess.run([rscript, "-e", R_SCRIPT, str(table)], capture_output=True, text=True, check=False)
    if done.returncode:
        return {"error": f"lme4 gave nothing: {done.stderr.strip().splitlines()[-1:]}"}
    seconds, tau2, sigma2 = json.loads(done.stdout)
    return {"seconds": seconds, "grown": 0, "traced": 0, "answer": {"tau2": tau2, "sigma2": sigma2}}


def show(case: str, results: dict[str, dict[str, Any]], unit_bytes: float, unit: str) -> None:
    """Print one table; ratios are peer over ours."""
    ours = next(iter(results.values()))
    print(f"\n{case}")
    print(f"{'':32} {'seconds':>9} {'x ours':>8} {'memory / ' + unit:>18}   answer")
    for name, result in results.items():
        if "error" in result:
            print(f"{name:32} {result['error']}")
            continue
        ratio = result["seconds"] / ours["seconds"]
        memory = f"{result['grown'] / unit_bytes:.2f}"
        if result["traced"]:
            memory += f" ({result['traced'] / unit_bytes:.2f} traced)"
        answer = ", ".join(f"{key} {value:.10g}" for key, value in result["answer"].items())
        print(f"{name:32} {result['seconds']:9.4f} {ratio:8.2f} {memory:>18}   {answer}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="leave out MixedLM, which takes most of a minute")
    options = parser.parse_args()
    if options.worker:
        run_worker(options.worker)
        return
    skipped = {"statsmodels MixedLM"} if options.quick else set()
    results: dict[str, dict[str, dict[str, Any]]] = {"REML + means": {}, "logistic": {}}
    for name, (case, _, _) in CASES.items():
        if name not in skipped:
            results[case][name] = measure(name)
    results["REML + means"]["lme4"] = measure_lme4()
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, NumPy {np.__version__}; indicative only")
    title = f"REML and shrunken means, {N_GROUPS} groups, {N_SCORES} scores"
    show(title, results["REML + means"], N_SCORES * 8, "scores")
    title = f"Logistic regression, {N_ROWS} rows, {N_COLUMNS} columns"
    show(title, results["logistic"], N_ROWS * N_COLUMNS * 8, "design")


if __name__ == "__main__":
    main()
