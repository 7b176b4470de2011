"""Answers to the unit ``shrinkage`` that nobody made from the model answer: WRONG ones, and RIGHT ones in other
styles.

What one's result looks like rounded, reordered or in another container `grading prove` tries by itself.
"""

import functools
import itertools
import math
import statistics
from collections import defaultdict, namedtuple
from fractions import Fraction

import numpy as np
import pandas as pd

# ---------------------------------------------------------------- what several of them use


def arrays(y, group):
    return np.asarray(y, dtype=float), np.asarray(group)


def summary(y, group, ddof=1):
    """Labels, sizes, means and variances; NaN for the variance of one pupil."""
    y, group = arrays(y, group)
    labels, n = np.unique(group, return_counts=True)
    parts = [y[group == label] for label in labels]
    variance = [part.var(ddof=ddof) if len(part) > ddof else math.nan for part in parts]
    return labels, n, np.array([part.mean() for part in parts]), np.array(variance)


def squares(y, group):
    """SSB, SSW, J, N."""
    y, group = arrays(y, group)
    _, n, mean, variance = summary(y, group)
    ssb = np.sum(n * (mean - y.mean()) ** 2)
    return ssb, np.nansum((n - 1) * variance), len(n), len(y)


def mean_squares(y, group):
    ssb, ssw, J, N = squares(y, group)
    return ssb / (J - 1), ssw / (N - J)


def n0(n):
    return (n.sum() - (n**2).sum() / n.sum()) / (len(n) - 1)


def tau2_of(y, group):
    msb, msw = mean_squares(y, group)
    return max(0.0, (msb - msw) / n0(summary(y, group)[1]))


def in_order(y, group, key):
    """The summary with schools sorted by some key of (label, n, mean, variance)."""
    rows = sorted(zip(*summary(y, group), strict=True), key=key)
    return tuple(np.array(part) for part in zip(*rows, strict=True))


def shrunk(mean, v, centre, tau2):
    weight = tau2 / (tau2 + v)
    return centre + weight * (mean - centre)


def with_variances(y, group, variance_of):
    labels, n, mean, _ = summary(y, group)
    y, group = arrays(y, group)
    return labels, n, mean, np.array([variance_of(y[group == label]) for label in labels])


def natural(label):
    """A key that puts "oak 9" before "oak 10"."""
    words = str(label).split(" ")
    return [(0, float(word), "") if word.isdigit() else (1, 0.0, word) for word in words]


def interval(y, group, half):
    _, n, mean, variance = summary(y, group)
    width = half(n, mean, variance)
    return mean - width, mean + width


def contiguous(y, group):
    """Takes every run of equal labels for a school."""
    y, group = arrays(y, group)
    runs = [(k, [s for _, s in part]) for k, part in itertools.groupby(zip(group, y, strict=True), lambda p: p[0])]
    return (
        [k for k, _ in runs],
        [len(s) for _, s in runs],
        [np.mean(s) for _, s in runs],
        [np.var(s, ddof=1) if len(s) > 1 else math.nan for _, s in runs],
    )


def split_by_counts(y, group):
    """Takes the scores for sorted by school."""
    y, group = arrays(y, group)
    labels, n = np.unique(group, return_counts=True)
    parts = np.split(y, np.cumsum(n)[:-1])
    return (
        labels,
        n,
        np.array([p.mean() for p in parts]),
        np.array([p.var(ddof=1) if len(p) > 1 else math.nan for p in parts]),
    )


def scores_without(keep):
    """The summary of those scores that a condition keeps."""

    def answer(y, group):
        y, group = arrays(y, group)
        kept = keep(y)
        return summary(y[kept], group[kept])

    return answer


def cached_by_length(function):
    """Remembers what it said of as many scores before."""
    known = {}

    def answer(y, *args, **kwargs):
        if len(y) not in known:
            known[len(y)] = function(y, *args, **kwargs)
        return known[len(y)]

    return answer


def of_arrays_only(function):
    """Uses methods of arrays that lists do not have."""

    def answer(y, *args, **kwargs):
        assert y.size
        return function(y, *args, **kwargs)

    return answer


def whole(function):
    """Makes room by `zeros_like`, which holds whole numbers if the input does."""

    def answer(y, group, **kwargs):
        scores = np.zeros_like(np.asarray(y))
        scores[:] = np.asarray(y) - 0.5
        return function(scores.astype(float) + 0.5, group, **kwargs)

    return answer


def no_pooling(y, group):
    return interval(y, group, lambda n, m, v: 1.96 * np.sqrt(v / n))


def f_of(y, group):
    msb, msw = mean_squares(y, group)
    return msb / msw


def pooled(group_means, sampling_variances, *, grand_mean, tau2):
    return shrunk(np.asarray(group_means, float), np.asarray(sampling_variances, float), grand_mean, tau2)


def known(formula):
    """An answer to `partial_pooling` from a formula of means, variances, grand mean and tau2."""

    def answer(group_means, sampling_variances, *, grand_mean, tau2):
        return formula(np.asarray(group_means, float), np.asarray(sampling_variances, float), grand_mean, tau2)

    return answer


def estimate(y, group, *, tau2=None):
    _, n, mean, variance = summary(y, group)
    return shrunk(mean, variance / n, np.mean(y), tau2_of(y, group) if tau2 is None else tau2)


def plug_in(formula):
    """An answer to `shrinkage_estimate` from a formula of n, means, variances, overall mean and tau2."""

    def answer(y, group, *, tau2=None):
        _, n, mean, variance = summary(y, group)
        return formula(n, mean, variance, float(np.mean(y)), tau2_of(y, group) if tau2 is None else tau2)

    return answer


def with_other_tau2(tau2_by):
    def answer(y, group, *, tau2=None):
        return estimate(y, group, tau2=tau2_by(y, group) if tau2 is None else tau2)

    return answer


def moment_tau2(
    between=lambda y, g, msb: msb, within=lambda y, g, msw: msw, divisor=n0, end=lambda t: max(0.0, t)
):
    """The ANOVA estimate with one of its parts replaced."""

    def answer(y, group):
        y, group = arrays(y, group)
        msb, msw = mean_squares(y, group)
        n = summary(y, group)[1]
        return float(end((between(y, group, msb) - within(y, group, msw)) / divisor(n)))

    return answer


def without_lone(function):
    """Leaves out schools with one pupil."""

    def answer(y, group, **kwargs):
        y, group = arrays(y, group)
        labels, n = np.unique(group, return_counts=True)
        kept = np.isin(group, labels[n > 1])
        return function(y[kept], group[kept], **kwargs)

    return answer


# ---------------------------------------------------------------- wrong

Summary = namedtuple("Summary", "labels n mean variance")

WRONG = {
    "group_summary": {
        "medians": lambda y, g: (
            *summary(y, g)[:2],
            [np.median(np.asarray(y, float)[np.asarray(g) == k]) for k in summary(y, g)[0]],
            summary(y, g)[3],
        ),
        "labels in order without capitals": lambda y, g: in_order(
            y, g, lambda r: r[0].lower() if isinstance(r[0], str) else r[0]
        ),
        "text of digits as numbers": lambda y, g: summary(
            y, [int(k) for k in g] if all(str(k).isdigit() for k in g) else g
        ),
        "schools by size": lambda y, g: in_order(y, g, lambda r: r[1]),
        "schools by mean": lambda y, g: in_order(y, g, lambda r: r[2]),
        "schools backwards": lambda y, g: tuple(part[::-1] for part in summary(y, g)),
        "labels by length, then text": lambda y, g: in_order(y, g, lambda r: (len(str(r[0])), str(r[0]))),
        "numbers in text sorted as numbers": lambda y, g: in_order(y, g, lambda r: natural(r[0])),
        "labels as they appear, numbers in sorted order": lambda y, g: (
            list(dict.fromkeys(np.asarray(g).tolist())),
            *summary(y, g)[1:],
        ),
        "labels in capitals": lambda y, g: ([str(k).upper() for k in summary(y, g)[0]], *summary(y, g)[1:]),
        "positions for labels": lambda y, g: (np.arange(len(summary(y, g)[0])), *summary(y, g)[1:]),
        "sizes first": lambda y, g: tuple(summary(y, g)[k] for k in (1, 0, 2, 3)),
        "variance before mean": lambda y, g: tuple(summary(y, g)[k] for k in (0, 1, 3, 2)),
        "no variance": lambda y, g: summary(y, g)[:3],
        "one pupil: 0": lambda y, g: (*summary(y, g)[:3], np.nan_to_num(summary(y, g)[3])),
        "one pupil left out": without_lone(summary),
        "one pupil: the variance of all": lambda y, g: (
            *summary(y, g)[:3],
            np.where(summary(y, g)[1] > 1, summary(y, g)[3], np.var(y, ddof=1)),
        ),
        "one pupil: infinity": lambda y, g: (
            *summary(y, g)[:3],
            np.where(summary(y, g)[1] > 1, summary(y, g)[3], np.inf),
        ),
        "about the mean of all": lambda y, g: with_variances(
            y, g, lambda s: np.sum((s - np.mean(y)) ** 2) / (len(s) - 1) if len(s) > 1 else math.nan
        ),
        "about the median": lambda y, g: with_variances(
            y, g, lambda s: np.sum((s - np.median(s)) ** 2) / (len(s) - 1) if len(s) > 1 else math.nan
        ),
        "mean absolute deviation": lambda y, g: with_variances(
            y, g, lambda s: np.mean(np.abs(s - s.mean())) if len(s) > 1 else math.nan
        ),
        "sums of squares": lambda y, g: (*summary(y, g)[:3], (summary(y, g)[1] - 1) * summary(y, g)[3]),
        "equal scores: NaN": lambda y, g: (
            *summary(y, g)[:3],
            np.where(summary(y, g)[3] > 0, summary(y, g)[3], np.nan),
        ),
        "runs taken for schools": contiguous,
        "scores taken for sorted by school": split_by_counts,
        "scores sorted": lambda y, g: summary(np.sort(y), g),
        "scores and labels both sorted": lambda y, g: summary(np.sort(y), np.sort(g)),
        "zeros left out": scores_without(lambda y: y != 0),
        "negative scores left out": scores_without(lambda y: y >= 0),
        "scores above 100 left out": scores_without(lambda y: y <= 100),
        "half points cut off": lambda y, g: summary(np.trunc(np.asarray(y, float)), g),
        "a score twice in a school counts once": lambda y, g: summary(
            *zip(
                *sorted(
                    {(s, k) for s, k in zip(np.asarray(y, float).tolist(), np.asarray(g).tolist(), strict=True)}
                ),
                strict=True,
            )
        ),
        "remembers by length": cached_by_length(summary),
        "arrays only": of_arrays_only(summary),
        "room for whole numbers": whole(summary),
        "a frame": lambda y, g: pd.DataFrame(dict(zip("abcd", summary(y, g), strict=True))),
        "one row per school": lambda y, g: list(zip(*summary(y, g), strict=True)),
        "squeezed": lambda y, g: tuple(np.squeeze(part) for part in summary(y, g)),
    },
    "no_pooling_interval": {
        "Student's t, n_j degrees": lambda y, g: interval(
            y, g, lambda n, m, v: (1.96 + 2.4 / np.maximum(n, 1)) * np.sqrt(v / n)
        ),
        "2.576, 99%": lambda y, g: interval(y, g, lambda n, m, v: 2.576 * np.sqrt(v / n)),
        "1.9": lambda y, g: interval(y, g, lambda n, m, v: 1.9 * np.sqrt(v / n)),
        "1.95": lambda y, g: interval(y, g, lambda n, m, v: 1.95 * np.sqrt(v / n)),
        "3 standard errors": lambda y, g: interval(y, g, lambda n, m, v: 3 * np.sqrt(v / n)),
        "Bonferroni": lambda y, g: interval(
            y, g, lambda n, m, v: statistics.NormalDist().inv_cdf(1 - 0.025 / len(n)) * np.sqrt(v / n)
        ),
        "half of 1.96": lambda y, g: interval(y, g, lambda n, m, v: 0.98 * np.sqrt(v / n)),
        "root of N": lambda y, g: interval(y, g, lambda n, m, v: 1.96 * np.sqrt(v / n.sum())),
        "root of the average size": lambda y, g: interval(y, g, lambda n, m, v: 1.96 * np.sqrt(v / n.mean())),
        "variance over root n": lambda y, g: interval(y, g, lambda n, m, v: 1.96 * v / np.sqrt(n)),
        "1.96 inside the root": lambda y, g: interval(y, g, lambda n, m, v: np.sqrt(1.96 * v / n)),
        "times root n": lambda y, g: interval(y, g, lambda n, m, v: 1.96 * np.sqrt(v * n)),
        "variance of all scores": lambda y, g: interval(
            y, g, lambda n, m, v: 1.96 * np.sqrt(np.var(y, ddof=1) / n)
        ),
        "average variance": lambda y, g: interval(y, g, lambda n, m, v: 1.96 * np.sqrt(np.nanmean(v) / n)),
        "average standard error": lambda y, g: interval(
            y, g, lambda n, m, v: np.full(len(n), 1.96 * np.nanmean(np.sqrt(v / n)))
        ),
        "smallest and largest score": lambda y, g: tuple(
            [f(np.asarray(y, float)[np.asarray(g) == k]) for k in summary(y, g)[0]] for f in (np.min, np.max)
        ),
        "percentiles of the scores": lambda y, g: tuple(
            [np.percentile(np.asarray(y, float)[np.asarray(g) == k], q) for k in summary(y, g)[0]]
            for q in (2.5, 97.5)
        ),
        "about the median": lambda y, g: tuple(
            limit
            - summary(y, g)[2]
            + [np.median(np.asarray(y, float)[np.asarray(g) == k]) for k in summary(y, g)[0]]
            for limit in no_pooling(y, g)
        ),
        "about 0": lambda y, g: tuple(limit - summary(y, g)[2] for limit in no_pooling(y, g)),
        "cut off at 0": lambda y, g: tuple(np.maximum(limit, 0) for limit in no_pooling(y, g)),
        "cut off at 100": lambda y, g: tuple(np.minimum(limit, 60) for limit in no_pooling(y, g)),
        "mean and half-width": lambda y, g: (summary(y, g)[2], no_pooling(y, g)[1] - summary(y, g)[2]),
        "lower, mean, upper": lambda y, g: (no_pooling(y, g)[0], summary(y, g)[2], no_pooling(y, g)[1]),
        "the widths alone": lambda y, g: no_pooling(y, g)[1] - no_pooling(y, g)[0],
        "one pair per school": lambda y, g: np.column_stack(no_pooling(y, g)),
        "a list of pairs": lambda y, g: list(zip(*no_pooling(y, g), strict=True)),
        "a dictionary": lambda y, g: dict(zip(("lower", "upper"), no_pooling(y, g), strict=True)),
        "one pupil: its score": lambda y, g: tuple(
            np.where(summary(y, g)[1] > 1, limit, summary(y, g)[2]) for limit in no_pooling(y, g)
        ),
        "one pupil: without end": lambda y, g: tuple(
            np.where(summary(y, g)[1] > 1, limit, end)
            for limit, end in zip(no_pooling(y, g), (-np.inf, np.inf), strict=True)
        ),
        "one pupil left out": without_lone(no_pooling),
        "schools by size": lambda y, g: tuple(
            limit[np.argsort(summary(y, g)[1], kind="stable")] for limit in no_pooling(y, g)
        ),
        "schools by mean": lambda y, g: tuple(limit[np.argsort(summary(y, g)[2])] for limit in no_pooling(y, g)),
        "runs taken for schools": lambda y, g: (
            np.array(contiguous(y, g)[2]) - 1.96 * np.sqrt(np.array(contiguous(y, g)[3]) / contiguous(y, g)[1]),
            np.array(contiguous(y, g)[2]) + 1.96 * np.sqrt(np.array(contiguous(y, g)[3]) / contiguous(y, g)[1]),
        ),
        "arrays only": of_arrays_only(no_pooling),
        "squeezed": lambda y, g: tuple(np.squeeze(limit) for limit in no_pooling(y, g)),
    },
    "complete_pooling": {
        "midrange": lambda y: (min(y) + max(y)) / 2,
        "geometric mean": lambda y: float(np.exp(np.mean(np.log(np.abs(y))))),
        "harmonic mean": lambda y: 1 / np.mean(1 / np.asarray(y, float)),
        "root mean square": lambda y: math.sqrt(np.mean(np.square(y))),
        "mean of absolute values": lambda y: np.mean(np.abs(y)),
        "a tenth cut off at each end": lambda y: np.mean(np.sort(y)[len(y) // 10 : len(y) - len(y) // 10]),
        "without smallest and largest": lambda y: np.mean(np.sort(y)[1:-1]) if len(y) > 2 else np.mean(y),
        "extremes pulled in": lambda y: np.mean(np.clip(y, *np.percentile(y, [5, 95]))),
        "beyond 2 standard deviations left out": lambda y: np.mean(
            [s for s in y if abs(s - np.mean(y)) <= 2 * np.std(y) + 1e-9]
        ),
        "outside the whiskers left out": lambda y: np.mean(
            [s for s in y if s <= 2.5 * np.percentile(y, 75) - 1.5 * np.percentile(y, 25) + 1e-9]
        ),
        "kept between 0 and 100": lambda y: np.mean(np.clip(y, 0, 100)),
        "negative scores left out": lambda y: np.mean([s for s in y if s >= 0]),
        "zeros left out": lambda y: np.mean([s for s in y if s]),
        "divided by n - 1": lambda y: np.sum(y) / max(1, len(y) - 1),
        "divided by n + 1": lambda y: np.sum(y) / (len(y) + 1),
        "whole division": lambda y: sum(y) // len(y),
        "half points cut off": lambda y: np.mean(np.asarray(y).astype(int)),
        "most frequent score": lambda y: statistics.mode(list(y)),
        "first score": lambda y: y[0],
        "last left out": lambda y: np.mean(y[:-1]) if len(y) > 1 else np.mean(y),
        "first left out": lambda y: np.mean(y[1:]) if len(y) > 1 else np.mean(y),
        "one average after the other": lambda y: functools.reduce(lambda a, b: (a + b) / 2, y),
        "weighted by position": lambda y: np.average(y, weights=np.arange(1, len(y) + 1)),
        "weighted by score": lambda y: np.average(y, weights=np.abs(y)),
        "mean of halves": lambda y: (np.mean(y[: len(y) // 2 + 1]) + np.mean(y[len(y) // 2 :])) / 2 + 0 * y[0],
        "median of means of three": lambda y: np.median([np.mean(y[k : k + 3]) for k in range(0, len(y), 3)]),
        "one for every score": lambda y: np.full(len(y), np.mean(y)),
        "an array of one": lambda y: np.array([np.mean(y)]),
        "mean and number": lambda y: (np.mean(y), len(y)),
        "variance": lambda y: np.var(y),
        "distance from the median": lambda y: np.mean(np.abs(np.asarray(y) - np.median(y))),
        "arrays only": lambda y: y.mean(),
        "remembers by length": cached_by_length(lambda y: float(np.mean(y))),
        "one score has no mean": lambda y: float(np.mean(y)) if len(y) > 1 else math.nan,
        "twice counted score of the start": lambda y: (np.sum(y) + y[0]) / (len(y) + 1),
        "by whole numbers first": lambda y: float(np.mean(np.rint(y))),
    },
    "f_ratio": {
        "Welch": lambda y, g: (
            lambda n, m, v: (lambda w: np.sum(w * (m - np.sum(w * m) / w.sum()) ** 2) / (len(n) - 1))(n / v)
        )(*summary(y, g)[1:]),
        "variance of means over mean variance": lambda y, g: (
            np.var(summary(y, g)[2], ddof=1) / np.nanmean(summary(y, g)[3])
        ),
        "the same times the average size": lambda y, g: (
            summary(y, g)[1].mean() * np.var(summary(y, g)[2], ddof=1) / np.nanmean(summary(y, g)[3])
        ),
        "mean of the variances within": lambda y, g: mean_squares(y, g)[0] / np.nanmean(summary(y, g)[3]),
        "root": lambda y, g: math.sqrt(f_of(y, g)),
        "squared": lambda y, g: f_of(y, g) ** 2,
        "log": lambda y, g: math.log(f_of(y, g)),
        "less 1": lambda y, g: f_of(y, g) - 1,
        "at least 1": lambda y, g: max(1.0, f_of(y, g)),
        "share explained": lambda y, g: squares(y, g)[0] / sum(squares(y, g)[:2]),
        "degrees exchanged": lambda y, g: (
            squares(y, g)[0] / (squares(y, g)[3] - squares(y, g)[2]) / (squares(y, g)[1] / (squares(y, g)[2] - 1))
        ),
        "N - J - 1": lambda y, g: (
            mean_squares(y, g)[0] / (squares(y, g)[1] / (squares(y, g)[3] - squares(y, g)[2] - 1))
        ),
        "J - 2": lambda y, g: (
            squares(y, g)[0]
            / max(1, squares(y, g)[2] - 2)
            / mean_squares(y, g)[1]
            * (1 if squares(y, g)[2] > 2 else 2)
        ),
        "MSB over total mean square": lambda y, g: (
            mean_squares(y, g)[0] / (sum(squares(y, g)[:2]) / (squares(y, g)[3] - squares(y, g)[2]))
        ),
        "MSB alone": lambda y, g: mean_squares(y, g)[0],
        "MSW alone": lambda y, g: mean_squares(y, g)[1],
        "both mean squares": mean_squares,
        "difference of mean squares": lambda y, g: mean_squares(y, g)[0] - mean_squares(y, g)[1],
        "deviations from the median of all": lambda y, g: (
            np.sum(summary(y, g)[1] * (summary(y, g)[2] - np.median(y)) ** 2)
            / (squares(y, g)[2] - 1)
            / mean_squares(y, g)[1]
        ),
        "absolute deviations": lambda y, g: (
            np.sum(summary(y, g)[1] * np.abs(summary(y, g)[2] - np.mean(y)))
            / (squares(y, g)[2] - 1)
            / math.sqrt(mean_squares(y, g)[1])
        ),
        "as if sizes were equal": lambda y, g: (
            len(y) / squares(y, g)[2] * np.var(summary(y, g)[2], ddof=1) / mean_squares(y, g)[1]
        ),
        "harmonic mean of sizes": lambda y, g: (
            statistics.harmonic_mean(summary(y, g)[1].tolist())
            * np.var(summary(y, g)[2], ddof=1)
            / mean_squares(y, g)[1]
        ),
        "n_j squared": lambda y, g: (
            np.sum(summary(y, g)[1] ** 2 * (summary(y, g)[2] - np.mean(y)) ** 2)
            / (squares(y, g)[2] - 1)
            / mean_squares(y, g)[1]
        ),
        "n_j - 1 as weights between": lambda y, g: (
            np.sum((summary(y, g)[1] - 1) * (summary(y, g)[2] - np.mean(y)) ** 2)
            / (squares(y, g)[2] - 1)
            / mean_squares(y, g)[1]
        ),
        "n_j instead of n_j - 1 within": lambda y, g: (
            mean_squares(y, g)[0]
            / (np.nansum(summary(y, g)[1] * summary(y, g)[3]) / (squares(y, g)[3] - squares(y, g)[2]))
        ),
        "first two schools": lambda y, g: (
            f_of(*zip(*[(s, k) for s, k in zip(y, g, strict=True) if k in summary(y, g)[0][:2]], strict=True))
            * (1 if squares(y, g)[2] > 2 else 2)
        ),
        "ranks": lambda y, g: f_of(pd.Series(list(y)).rank().to_numpy(), g),
        "NaN with one pupil": lambda y, g: (
            mean_squares(y, g)[0]
            / (np.sum((summary(y, g)[1] - 1) * summary(y, g)[3]) / (squares(y, g)[3] - squares(y, g)[2]))
        ),
        "one pupil left out": without_lone(f_of),
        "0 where schools agree": lambda y, g: f_of(y, g) * (f_of(y, g) > 1),
        "runs taken for schools": lambda y, g: (
            f_of(y, np.cumsum(np.r_[0, np.asarray(g)[1:] != np.asarray(g)[:-1]]))
            if len(set(np.asarray(g).tolist())) < len(y)
            else 0.0
        ),
        "a score twice in a school counts once": lambda y, g: (
            f_of(
                *zip(
                    *sorted(
                        {
                            (s, k)
                            for s, k in zip(np.asarray(y, float).tolist(), np.asarray(g).tolist(), strict=True)
                        }
                    ),
                    strict=True,
                )
            )
            * 1.0
        ),
        "arrays only": of_arrays_only(f_of),
        "F and p": lambda y, g: (f_of(y, g), 0.05),
        "significant or not": lambda y, g: f_of(y, g) > 4,
    },
    "partial_pooling": {
        "weights sum to 1 over schools": known(
            lambda m, v, g, t: g + (1 / (t + v)) / np.sum(1 / (t + v)) * (m - g)
        ),
        "a grand mean of 0 computed anew": known(lambda m, v, g, t: shrunk(m, v, g or m.mean(), t)),
        "grand mean computed anew": known(lambda m, v, g, t: shrunk(m, v, m.mean(), t)),
        "precision-weighted grand mean": known(
            lambda m, v, g, t: shrunk(m, v, np.average(m, weights=1 / (v + t + 1e-300)), t)
        ),
        "lambda squared": known(lambda m, v, g, t: g + (t / (t + v)) ** 2 * (m - g)),
        "root of lambda": known(lambda m, v, g, t: g + np.sqrt(t / (t + v)) * (m - g)),
        "lambda of root over root": known(lambda m, v, g, t: g + np.sqrt(t) / (np.sqrt(t) + np.sqrt(v)) * (m - g)),
        "lambda of a difference": known(lambda m, v, g, t: g + t / (t - v) * (m - g)),
        "lambda twice as large": known(lambda m, v, g, t: g + np.minimum(1, 2 * t / (t + v)) * (m - g)),
        "lambda at most one half": known(lambda m, v, g, t: g + np.minimum(0.5, t / (t + v)) * (m - g)),
        "away from the grand mean": known(lambda m, v, g, t: m + t / (t + v) * (m - g)),
        "sign of the step": known(lambda m, v, g, t: g - t / (t + v) * (m - g)),
        "mean times lambda, rest forgotten": known(lambda m, v, g, t: t / (t + v) * m),
        "distance times lambda": known(lambda m, v, g, t: t / (t + v) * (m - g)),
        "added up without weights": known(lambda m, v, g, t: (m / v + g / t) / 2),
        "posterior variances": known(lambda m, v, g, t: t * v / (t + v)),
        "posterior standard deviations": known(lambda m, v, g, t: np.sqrt(t * v / (t + v))),
        "weight of the largest variance for all": known(lambda m, v, g, t: shrunk(m, np.max(v), g, t)),
        "median variance for all": known(lambda m, v, g, t: shrunk(m, np.median(v), g, t)),
        "first variance for all": known(lambda m, v, g, t: shrunk(m, v[0], g, t)),
        "variances sorted": known(lambda m, v, g, t: shrunk(m, np.sort(v), g, t)),
        "tau2 and v added to each": known(lambda m, v, g, t: (m / (v + t) + g / t) / (1 / (v + t) + 1 / t)),
        "positive-part James-Stein": known(
            lambda m, v, g, t: g + np.maximum(0, 1 - v / ((m - g) ** 2 + 1e-300)) * (m - g)
        ),
        "tau2 = 0 stays where it is": known(lambda m, v, g, t: shrunk(m, v, g, t) if t else m),
        "tau2 = 0 is an error": known(lambda m, v, g, t: shrunk(m, v, g, t) if t else 1 / 0),
        "v = 0 gets the grand mean": known(lambda m, v, g, t: np.where(v > 0, shrunk(m, v, g, t), g)),
        "a little added against zero": known(
            lambda m, v, g, t: (m / (v + 1e-3) + g / (t + 1e-3)) / (1 / (v + 1e-3) + 1 / (t + 1e-3))
        ),
        "a hair added against zero": known(
            lambda m, v, g, t: (m / (v + 1e-6) + g / (t + 1e-6)) / (1 / (v + 1e-6) + 1 / (t + 1e-6))
        ),
        "guarded by 'if tau2'": known(lambda m, v, g, t: (m / v + g / (t or 1.0)) / (1 / v + 1 / (t or 1.0))),
        "NaN turned to 0": known(
            lambda m, v, g, t: np.nan_to_num((m / v + g / np.float64(t)) / (1 / v + 1 / np.float64(t)))
        ),
        "arrays only": lambda group_means, sampling_variances, *, grand_mean, tau2: (
            (sampling_variances * grand_mean + tau2 * group_means) / (tau2 + sampling_variances)
        ),
        "room for whole numbers": lambda group_means, sampling_variances, *, grand_mean, tau2: (
            lambda room: (
                room.__setitem__(
                    slice(None), pooled(group_means, sampling_variances, grand_mean=grand_mean, tau2=tau2)
                ),
                room,
            )[1]
        )(np.zeros_like(np.asarray(group_means))),
        "one school: a number": lambda group_means, sampling_variances, *, grand_mean, tau2: np.squeeze(
            pooled(group_means, sampling_variances, grand_mean=grand_mean, tau2=tau2)
        ),
        "huge tau2 cut off": known(lambda m, v, g, t: shrunk(m, v, g, min(t, 1e4))),
        "noisy variance cut off": known(lambda m, v, g, t: shrunk(m, np.minimum(v, 1e4), g, t)),
        "estimates and weights": known(lambda m, v, g, t: (shrunk(m, v, g, t), t / (t + v))),
        "kept between the means": known(lambda m, v, g, t: np.clip(shrunk(m, v, g, t), 0, None)),
    },
    "between_group_variance": {
        "total less within": lambda y, g: max(0.0, np.var(y, ddof=1) - mean_squares(y, g)[1]),
        "total variance": lambda y, g: np.var(y, ddof=1),
        "size of the difference": moment_tau2(end=abs),
        "NaN for a negative one": moment_tau2(end=lambda t: t if t >= 0 else math.nan),
        "None for a negative one": lambda y, g: tau2_of(y, g) or None,
        "at least a hundredth": moment_tau2(end=lambda t: max(0.01, t)),
        "truncated at 1": moment_tau2(end=lambda t: max(1.0, t)),
        "whole numbers": moment_tau2(end=lambda t: max(0, int(t))),
        "negative part": moment_tau2(end=lambda t: min(0.0, t)),
        "root inside": moment_tau2(end=lambda t: math.sqrt(max(0.0, t))),
        "harmonic mean of sizes": moment_tau2(divisor=lambda n: statistics.harmonic_mean(n.tolist())),
        "median size": moment_tau2(divisor=np.median),
        "largest size": moment_tau2(divisor=np.max),
        "smallest size": moment_tau2(divisor=np.min),
        "n0 without J - 1": moment_tau2(divisor=lambda n: n0(n) * (len(n) - 1)),
        "n0 over J": moment_tau2(divisor=lambda n: n0(n) * (len(n) - 1) / len(n)),
        "n0 with N squared": moment_tau2(divisor=lambda n: (n.sum() - (n**2).sum() / n.sum() ** 2) / (len(n) - 1)),
        "n0 with sum n": moment_tau2(divisor=lambda n: (n.sum() - n.sum() / n.sum()) / (len(n) - 1)),
        "n0 of the square of the mean": moment_tau2(
            divisor=lambda n: (n.sum() - n.mean() ** 2) / (len(n) - 1) + 1e-9
        ),
        "sum of squares between": moment_tau2(between=lambda y, g, b: b * (len(set(g.tolist())) - 1)),
        "sum of squares within": moment_tau2(within=lambda y, g, w: squares(y, g)[1]),
        "total variance within": moment_tau2(within=lambda y, g, w: np.var(y, ddof=1)),
        "pooled standard deviation": moment_tau2(within=lambda y, g, w: math.sqrt(w)),
        "F - 1": lambda y, g: max(0.0, (f_of(y, g) - 1) / n0(summary(y, g)[1])),
        "1 - 1 / F": lambda y, g: max(0.0, 1 - 1 / f_of(y, g)),
        "share explained": lambda y, g: squares(y, g)[0] / sum(squares(y, g)[:2]),
        "variance of means less MSW": lambda y, g: max(
            0.0, np.var(summary(y, g)[2], ddof=1) - mean_squares(y, g)[1]
        ),
        "variance of means less MSW over J": lambda y, g: max(
            0.0, np.var(summary(y, g)[2], ddof=1) - mean_squares(y, g)[1] / squares(y, g)[2]
        ),
        "weighted variance of means": lambda y, g: np.average(
            (summary(y, g)[2] - np.mean(y)) ** 2, weights=summary(y, g)[1]
        ),
        "both parts": lambda y, g: (tau2_of(y, g), mean_squares(y, g)[1]),
        "NaN with one pupil": lambda y, g: (
            max(
                0.0,
                (
                    mean_squares(y, g)[0]
                    - np.sum((summary(y, g)[1] - 1) * summary(y, g)[3]) / (squares(y, g)[3] - squares(y, g)[2])
                )
                / n0(summary(y, g)[1]),
            )
            if min(summary(y, g)[1]) > 1
            else math.nan
        ),
        "one pupil left out": without_lone(tau2_of),
        "0 with one pupil": lambda y, g: tau2_of(y, g) * (min(summary(y, g)[1]) > 1),
        "cut off above": moment_tau2(end=lambda t: min(max(0.0, t), 50.0)),
        "arrays only": of_arrays_only(tau2_of),
        "ranks": lambda y, g: tau2_of(pd.Series(list(y)).rank().to_numpy(), g),
    },
    "shrinkage_estimate": {
        "posterior standard deviations": plug_in(lambda n, m, v, g, t: np.sqrt(t * (v / n) / (t + v / n))),
        "lambda squared": plug_in(lambda n, m, v, g, t: g + (t / (t + v / n)) ** 2 * (m - g)),
        "towards the median school": plug_in(lambda n, m, v, g, t: shrunk(m, v / n, np.median(m), t)),
        "towards the best school": plug_in(lambda n, m, v, g, t: shrunk(m, v / n, m.max(), t)),
        "towards 50": plug_in(lambda n, m, v, g, t: shrunk(m, v / n, 50.0, t)),
        "weights by size alone": plug_in(lambda n, m, v, g, t: g + n / (n + n.mean()) * (m - g)),
        "n over N": plug_in(lambda n, m, v, g, t: g + n / n.sum() * (m - g)),
        "weights sum to 1": plug_in(lambda n, m, v, g, t: g + (n / v) / np.sum(n / v) * (m - g)),
        "variance times n": plug_in(lambda n, m, v, g, t: shrunk(m, v * n, g, t)),
        "variance over N": plug_in(lambda n, m, v, g, t: shrunk(m, v / n.sum(), g, t)),
        "variance over root n": plug_in(lambda n, m, v, g, t: shrunk(m, v / np.sqrt(n), g, t)),
        "largest variance for all": plug_in(lambda n, m, v, g, t: shrunk(m, v.max() / n, g, t)),
        "mean variance for all": plug_in(lambda n, m, v, g, t: shrunk(m, v.mean() / n, g, t)),
        "tau2 over n": plug_in(lambda n, m, v, g, t: shrunk(m, v / n, g, t / n)),
        "tau2 over J": plug_in(lambda n, m, v, g, t: shrunk(m, v / n, g, t / len(n))),
        "twice shrunk": plug_in(lambda n, m, v, g, t: shrunk(shrunk(m, v / n, g, t), v / n, g, t)),
        "best school not shrunk": plug_in(lambda n, m, v, g, t: np.where(m == m.max(), m, shrunk(m, v / n, g, t))),
        "large schools not shrunk": plug_in(lambda n, m, v, g, t: np.where(n > 10, m, shrunk(m, v / n, g, t))),
        "James-Stein": plug_in(
            lambda n, m, v, g, t: (
                g + max(0, 1 - (len(n) - 3) * np.mean(v / n) / max(1e-9, np.sum((m - g) ** 2))) * (m - g)
            )
        ),
        "tau2 = variance of the means": with_other_tau2(lambda y, g: np.var(summary(y, g)[2], ddof=1)),
        "tau2 not truncated": with_other_tau2(moment_tau2(end=lambda t: t)),
        "tau2 = MSB": with_other_tau2(lambda y, g: mean_squares(y, g)[0]),
        "tau2 = total variance": with_other_tau2(lambda y, g: np.var(y, ddof=1)),
        "tau, not tau2": with_other_tau2(lambda y, g: math.sqrt(tau2_of(y, g))),
        "tau2 = 1 where estimated 0": with_other_tau2(lambda y, g: tau2_of(y, g) or 1.0),
        "given tau2 taken for tau": lambda y, group, *, tau2=None: estimate(
            y, group, tau2=None if tau2 is None else tau2**2
        ),
        "given tau2 added": lambda y, group, *, tau2=None: estimate(
            y, group, tau2=tau2_of(y, group) + (tau2 or 0.0)
        ),
        "given tau2 at least the estimated": lambda y, group, *, tau2=None: estimate(
            y, group, tau2=max(tau2_of(y, group), tau2 or 0.0)
        ),
        "tau2 = 0: own means": lambda y, group, *, tau2=None: (
            estimate(y, group, tau2=tau2) if tau2 != 0 else summary(y, group)[2]
        ),
        "tau2 = 0: error": lambda y, group, *, tau2=None: estimate(y, group, tau2=tau2) if tau2 != 0 else 1 / 0,
        "tau2 must be given": lambda y, group, *, tau2: estimate(y, group, tau2=tau2),
        "tau2 has no name": lambda y, group: estimate(y, group),
        "estimated 0: own means": lambda y, group, *, tau2=None: (
            estimate(y, group, tau2=tau2) if tau2 is not None or tau2_of(y, group) else summary(y, group)[2]
        ),
        "equal scores: overall mean": lambda y, group, *, tau2=None: np.where(
            summary(y, group)[3] > 0, estimate(y, group, tau2=tau2), np.mean(y)
        ),
        "equal scores: NaN": lambda y, group, *, tau2=None: np.where(
            summary(y, group)[3] > 0, estimate(y, group, tau2=tau2), np.nan
        ),
        "a value for every pupil": lambda y, group, *, tau2=None: estimate(y, group, tau2=tau2)[
            np.unique(np.asarray(group), return_inverse=True)[1]
        ],
        "a dictionary": lambda y, group, *, tau2=None: dict(
            zip(summary(y, group)[0].tolist(), estimate(y, group, tau2=tau2), strict=True)
        ),
        "with labels": lambda y, group, *, tau2=None: (summary(y, group)[0], estimate(y, group, tau2=tau2)),
        "labels sorted as text": lambda y, group, *, tau2=None: estimate(
            y, np.asarray(group).astype(str), tau2=tau2
        ),
        "arrays only": of_arrays_only(estimate),
        "remembers by length": cached_by_length(estimate),
    },
}

# small constants, added to a divisor or set as a lower bound lest something be 0
for tiny in (1e-8, 1e-6):
    WRONG["group_summary"] |= {
        f"variances of at least {tiny:g}": lambda y, g, e=tiny: (
            *summary(y, g)[:3],
            np.maximum(e, summary(y, g)[3]),
        ),
    }
    WRONG["f_ratio"] |= {
        f"{tiny:g} added to MSW": lambda y, g, e=tiny: mean_squares(y, g)[0] / (mean_squares(y, g)[1] + e),
    }
    WRONG["partial_pooling"] |= {
        f"{tiny:g} added to tau2 + v": known(lambda m, v, g, t, e=tiny: g + t / (t + v + e) * (m - g)),
        f"variances of at least {tiny:g}": known(
            lambda m, v, g, t, e=tiny: shrunk(m, np.maximum(e, v), g, max(e, t))
        ),
    }
    WRONG["between_group_variance"] |= {f"at least {tiny:g}": moment_tau2(end=lambda t, e=tiny: max(e, t))}
    WRONG["shrinkage_estimate"] |= {
        f"{tiny:g} added to tau2 + v": plug_in(lambda n, m, v, g, t, e=tiny: g + t / (t + v / n + e) * (m - g)),
    }

# ---------------------------------------------------------------- right


def by_bincount(y, group):
    labels, codes = np.unique(np.asarray(group), return_inverse=True)
    n = np.bincount(codes)
    mean = np.bincount(codes, weights=np.asarray(y, float)) / n
    left = np.bincount(codes, weights=(np.asarray(y, float) - mean[codes]) ** 2)
    return labels, n, mean, np.divide(left, n - 1, out=np.full(len(n), np.nan), where=n > 1)


def by_reduceat(y, group):
    y, group = arrays(y, group)
    order = np.argsort(group, kind="stable")
    y, group = y[order], group[order]
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    n = np.diff(np.r_[starts, len(y)])
    mean = np.add.reduceat(y, starts) / n
    with np.errstate(all="ignore"):
        variance = np.where(n > 1, np.add.reduceat((y - np.repeat(mean, n)) ** 2, starts) / (n - 1), np.nan)
    return group[starts], n, mean, variance


def by_dictionary(y, group):
    scores = defaultdict(list)
    for score, label in zip(y, group, strict=True):
        scores[label].append(float(score))
    labels = sorted(scores)
    mean = [math.fsum(scores[k]) / len(scores[k]) for k in labels]
    variance = [
        math.fsum((s - m) ** 2 for s in scores[k]) / (len(scores[k]) - 1) if len(scores[k]) > 1 else float("nan")
        for k, m in zip(labels, mean, strict=True)
    ]
    return labels, [len(scores[k]) for k in labels], mean, variance


def by_indicator_matrix(y, group):
    y, group = arrays(y, group)
    labels = np.unique(group)
    Z = (group[:, None] == labels).astype(float)
    n = Z.sum(axis=0)
    mean = Z.T @ y / n
    variance = (Z.T @ (y - Z @ mean) ** 2) / np.where(n > 1, n - 1, np.nan)
    return labels, n, mean, variance


class Welford:
    """Mean and sum of squares, one score after the other."""

    def __init__(self):
        self.n, self.mean, self.left = 0, 0.0, 0.0

    def add(self, score):
        self.n += 1
        step = score - self.mean
        self.mean += step / self.n
        self.left += step * (score - self.mean)
        return self


def by_welford(y, group):
    schools = {}
    for score, label in zip(list(y), list(group), strict=True):
        schools.setdefault(label, Welford()).add(float(score))
    rows = [schools[k] for k in sorted(schools)]
    return (
        np.array(sorted(schools)),
        np.array([r.n for r in rows]),
        np.array([r.mean for r in rows]),
        np.array([r.left / (r.n - 1) if r.n > 1 else np.nan for r in rows]),
    )


def by_one_pass(y, group):
    y, group = arrays(y, group)
    table = (
        pd.DataFrame({"y": y, "yy": y * y, "group": group})
        .groupby("group")
        .agg(n=("y", "size"), total=("y", "sum"), squares=("yy", "sum"))
    )
    mean = table.total / table.n
    return (
        table.index,
        table.n,
        mean,
        (table.squares - table.n * mean**2).clip(lower=0) / (table.n - 1).replace(0, np.nan),
    )


def by_pandas_aggregate(y, group):
    frame = pd.Series(np.asarray(y, float)).groupby(np.asarray(group)).agg(["size", "mean", "var"]).reset_index()
    return tuple(frame.to_numpy().T)


def by_statistics_module(y, group):
    pairs = sorted(zip(list(group), list(y), strict=True), key=lambda pair: pair[0])
    parts = [(k, [float(s) for _, s in rows]) for k, rows in itertools.groupby(pairs, key=lambda pair: pair[0])]
    return [
        [k for k, _ in parts],
        [len(s) for _, s in parts],
        [statistics.mean(s) for _, s in parts],
        [statistics.variance(s) if len(s) > 1 else math.nan for _, s in parts],
    ]


def pairwise_variances(y, group):
    """The variance as half the mean squared difference of all pairs."""
    labels, n, mean, _ = by_bincount(y, group)
    y, group = arrays(y, group)
    parts = [y[group == label] for label in labels]
    return (
        labels,
        n,
        mean,
        [
            np.sum((p[:, None] - p[None, :]) ** 2) / (2 * len(p) * (len(p) - 1)) if len(p) > 1 else np.nan
            for p in parts
        ],
    )


def recursive_sum(values):
    return (
        values[0]
        if len(values) == 1
        else recursive_sum(values[: len(values) // 2]) + recursive_sum(values[len(values) // 2 :])
    )


def limits_of(summary_by):
    def answer(y, group):
        _, n, mean, variance = (
            np.asarray(part, dtype=None if k == 0 else float) for k, part in enumerate(summary_by(y, group))
        )
        half = 1.96 * np.sqrt(variance) / np.sqrt(n)
        return mean - half, mean + half

    return answer


def f_of_regressions(y, group):
    y, group = arrays(y, group)
    Z = (group[:, None] == np.unique(group)).astype(float)
    fitted = Z @ np.linalg.lstsq(Z, y, rcond=None)[0]
    J, N = Z.shape[1], len(y)
    return (np.sum((fitted - y.mean()) ** 2) / (J - 1)) / (np.sum((y - fitted) ** 2) / (N - J))


def f_by_r_squared(y, group):
    ssb, ssw, J, N = squares(y, group)
    r2 = ssb / (ssb + ssw)
    return r2 / (1 - r2) * (N - J) / (J - 1)


def f_of_summary(summary_by):
    def answer(y, group):
        n, mean, variance = (np.asarray(part, float) for part in summary_by(y, group)[1:])
        overall = np.dot(n, mean) / n.sum()
        return float(
            n @ (mean - overall) ** 2 / (len(n) - 1) / (np.nansum((n - 1) * variance) / (n.sum() - len(n)))
        )

    return answer


def tau2_by_f(y, group):
    n = by_bincount(y, group)[1]
    return max((f_of_regressions(y, group) - 1) * mean_squares(y, group)[1] / n0(n), 0.0)


def tau2_of_pair_sums(y, group):
    """n0 as the sum over pairs of different schools."""
    n = np.asarray(by_dictionary(y, group)[1], float)
    pairs = sum(a * b for a, b in itertools.permutations(n, 2))
    msb, msw = mean_squares(y, group)
    return 0 if msb <= msw else (msb - msw) * (len(n) - 1) * n.sum() / pairs


def pooled_by_solving(group_means, sampling_variances, *, grand_mean, tau2):
    """Least squares with two rows per school, multiplied through by both variances."""
    found = []
    for mean, v in zip(group_means, sampling_variances, strict=True):
        rows, values = np.array([[tau2**0.5], [v**0.5]]), np.array([tau2**0.5 * mean, v**0.5 * grand_mean])
        found.append(np.linalg.lstsq(rows, values, rcond=None)[0][0])
    return found


class Pooling:
    def __init__(self, grand_mean, tau2):
        self.grand_mean, self.tau2 = grand_mean, tau2

    def weight(self, v):
        return self.tau2 / (v + self.tau2)

    def estimate(self, mean, v):
        return mean + (1 - self.weight(v)) * (self.grand_mean - mean)


def pooled_by_class(group_means, sampling_variances, *, grand_mean, tau2):
    model = Pooling(grand_mean, tau2)
    return np.array([model.estimate(m, v) for m, v in zip(group_means, sampling_variances, strict=True)])


def pooled_by_np_average(group_means, sampling_variances, *, grand_mean, tau2):
    both = np.column_stack([np.asarray(group_means, float), np.full(len(group_means), float(grand_mean))])
    return np.average(
        both,
        axis=1,
        weights=np.column_stack([np.full(len(both), float(tau2)), np.asarray(sampling_variances, float)]),
    )


def pooled_by_precisions_with_limits(group_means, sampling_variances, *, grand_mean, tau2):
    if tau2 == 0:
        return [grand_mean] * len(group_means)
    found = []
    for k in range(len(group_means)):
        v = sampling_variances[k]
        own, other = (math.inf if v == 0 else 1 / v), 1 / tau2
        found.append(
            group_means[k] if own == math.inf else (own * group_means[k] + other * grand_mean) / (own + other)
        )
    return found


def pooled_by_frame(group_means, sampling_variances, *, grand_mean, tau2):
    frame = pd.DataFrame({"m": group_means, "v": sampling_variances}).astype(float)
    return frame.eval("m - v / (v + @tau2) * (m - @grand_mean)")


def estimate_of(summary_by, tau2_by=tau2_of, pool=pooled_by_class):
    def answer(y, group, *, tau2=None):
        _, n, mean, variance = summary_by(y, group)
        v = np.asarray(variance, float) / np.asarray(n, float)
        if tau2 is None:
            tau2 = tau2_by(y, group)
        return pool(np.asarray(mean, float), v, grand_mean=float(np.mean(np.asarray(y, float))), tau2=tau2)

    return answer


SUMMARIES = (
    by_bincount,
    by_reduceat,
    by_dictionary,
    by_indicator_matrix,
    by_welford,
    by_one_pass,
    by_pandas_aggregate,
    by_statistics_module,
    pairwise_variances,
)

RIGHT = {
    "group_summary": {
        **{answer.__name__: answer for answer in SUMMARIES},
        "a named tuple": lambda y, g: Summary(*SUMMARIES[0](y, g)),
    },
    "no_pooling_interval": {
        **{answer.__name__: limits_of(answer) for answer in SUMMARIES},
        "ddof=0 over n - 1": lambda y, g: interval(
            y, g, lambda n, m, v: 1.96 * np.sqrt(summary(y, g, ddof=0)[3] / np.where(n > 1, n - 1, np.nan))
        ),
        "the exact normal quantile": lambda y, g: interval(
            y, g, lambda n, m, v: statistics.NormalDist().inv_cdf(0.975) * np.sqrt(v / n)
        ),
    },
    "complete_pooling": {
        "fsum": lambda y: math.fsum(y) / len(y),
        "a fraction": lambda y: sum(Fraction(float(score)) for score in y) / len(y),
        "fmean": statistics.fmean,
        "average": np.average,
        "dot": lambda y: np.dot(y, np.ones(len(y))) / len(y),
        "least squares": lambda y: np.linalg.lstsq(np.ones((len(y), 1)), np.asarray(y, float), rcond=None)[0][0],
        "running mean": lambda y: functools.reduce(lambda w, s: w.add(float(s)), y, Welford()).mean,
        "recursion": lambda y: recursive_sum([float(s) for s in y]) / len(y),
        "pandas": lambda y: pd.Series(y).mean(),
        "cumulative sum": lambda y: np.cumsum(list(y))[-1] / len(y),
        "about a guess": lambda y: y[0] + sum(s - y[0] for s in y) / len(y),
        "counted": lambda y: sum(v * k for v, k in zip(*np.unique(y, return_counts=True), strict=True)) / len(y),
        "a mean of NaN-free scores": np.nanmean,
    },
    "f_ratio": {
        "regressions": f_of_regressions,
        "R squared": f_by_r_squared,
        **{answer.__name__: f_of_summary(answer) for answer in SUMMARIES},
    },
    "partial_pooling": {
        "solving": pooled_by_solving,
        "a class": pooled_by_class,
        "np.average": pooled_by_np_average,
        "precisions and their limits": pooled_by_precisions_with_limits,
        "a frame": pooled_by_frame,
        "mixture": known(lambda m, v, g, t: (t * m + v * g) / (t + v)),
        "step from the mean": known(lambda m, v, g, t: m - v / (v + t) * (m - g)),
        "step from the grand mean": known(
            lambda m, v, g, t: g + (m - g) / (1 + v / t) if t else np.full(len(m), g)
        ),
        "vectorised": lambda group_means, sampling_variances, *, grand_mean, tau2: np.vectorize(
            lambda m, v: (tau2 * m + v * grand_mean) / (tau2 + v)
        )(group_means, sampling_variances),
        "einsum": known(
            lambda m, v, g, t: np.einsum("kj,kj->j", [t / (t + v), v / (t + v)], [m, np.full(len(m), g)])
        ),
        "map": lambda group_means, sampling_variances, *, grand_mean, tau2: list(
            map(lambda m, v: grand_mean + tau2 / (tau2 + v) * (m - grand_mean), group_means, sampling_variances)
        ),
    },
    "between_group_variance": {
        "by F": tau2_by_f,
        "pair sums": tau2_of_pair_sums,
        "a float of NumPy": lambda y, g: np.float64(tau2_of(y, g)),
        "clip": lambda y, g: np.clip(
            (mean_squares(y, g)[0] - mean_squares(y, g)[1]) / n0(by_reduceat(y, g)[1]), 0, None
        ),
        "where": lambda y, g: np.where(
            f_of(y, g) > 1, (mean_squares(y, g)[0] - mean_squares(y, g)[1]) / n0(by_welford(y, g)[1]), 0.0
        ),
        "half of a number and its size": lambda y, g: (lambda t: (t + abs(t)) / 2)(
            (mean_squares(y, g)[0] - mean_squares(y, g)[1]) / n0(by_bincount(y, g)[1])
        ),
        "if negative": lambda y, g: 0 if f_of_regressions(y, g) <= 1 else tau2_of(list(y), list(g)),
        "average of sizes less their spread": lambda y, g: max(
            0.0,
            (mean_squares(y, g)[0] - mean_squares(y, g)[1])
            / (lambda n: n.mean() - n.var(ddof=1) / n.sum())(by_bincount(y, g)[1]),
        ),
    },
    "shrinkage_estimate": {
        **{f"{answer.__name__}": estimate_of(answer) for answer in SUMMARIES},
        "tau2 by F": estimate_of(by_bincount, tau2_by_f),
        "pair sums, by average": estimate_of(by_welford, tau2_of_pair_sums, pooled_by_np_average),
        "by solving": estimate_of(by_dictionary, tau2_of, pooled_by_solving),
        "by precisions": estimate_of(by_reduceat, tau2_by_f, pooled_by_precisions_with_limits),
        "in a frame": estimate_of(by_pandas_aggregate, tau2_of, pooled_by_frame),
    },
}
