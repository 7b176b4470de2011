"""Correct answers to the unit ``shrinkage``, written as students write them."""

import math
import statistics

import numpy as np
import pandas as pd


# ---------------------------------------------------------------- group_summary
def with_pandas(y, group):
    table = pd.DataFrame({"y": np.asarray(y, dtype=float), "group": np.asarray(group)}).groupby("group")["y"]
    return table.mean().index, table.size(), table.mean(), table.var()


def with_loops_and_lists(y, group):
    labels, sizes, means, variances = [], [], [], []
    for label in sorted(set(np.asarray(group).tolist())):
        own = [float(score) for score, where in zip(y, group, strict=True) if where == label]
        labels.append(label)
        sizes.append(len(own))
        means.append(statistics.fmean(own))
        variances.append(statistics.variance(own) if len(own) > 1 else math.nan)
    return labels, sizes, means, variances


def as_a_list_of_arrays(y, group):
    return [np.asarray(part) for part in with_pandas(y, group)]


# ---------------------------------------------------------------- no_pooling_interval
def interval_with_pandas(y, group):
    table = pd.Series(y).groupby(np.asarray(group))
    half = 1.96 * table.sem()
    return table.mean() - half, table.mean() + half


def interval_as_rows(y, group):
    _, n, mean, variance = map(np.asarray, with_pandas(y, group))
    half = 1.96 * (variance / n) ** 0.5
    return np.array([mean - half, mean + half])


# ---------------------------------------------------------------- complete_pooling
def python_mean(y):
    return sum(list(y)) / len(y)


def numpy_scalar(y):
    return np.asarray(y).mean()


def zero_dimensional(y):
    return np.array(np.mean(y))


def mean_in_single_precision(y):
    return np.mean(np.asarray(y, dtype=np.float32))


# ---------------------------------------------------------------- f_ratio
def f_by_subtraction(y, group):
    y, (_, n, mean, _) = np.asarray(y, dtype=float), map(np.asarray, with_pandas(y, group))
    total = np.sum((y - y.mean()) ** 2)
    between = np.sum(n * (mean - y.mean()) ** 2)
    within = total - between
    return between / (len(n) - 1) / (within / (len(y) - len(n)))


def f_with_loops(y, group):
    overall = python_mean(y)
    between = within = 0.0
    labels = sorted(set(np.asarray(group).tolist()))
    for label in labels:
        own = [score for score, where in zip(y, group, strict=True) if where == label]
        centre = sum(own) / len(own)
        between += len(own) * (centre - overall) ** 2
        within += sum((score - centre) ** 2 for score in own)
    return (between / (len(labels) - 1)) / (within / (len(y) - len(labels)))


# ---------------------------------------------------------------- partial_pooling
def precision_form_where_it_exists(group_means, sampling_variances, *, grand_mean, tau2):
    mean, v = np.asarray(group_means, dtype=float), np.asarray(sampling_variances, dtype=float)
    if tau2 == 0:
        return np.full(len(mean), grand_mean)
    own = np.where(v > 0, 1 / np.where(v > 0, v, 1.0), 1.0)
    return np.where(v > 0, (own * mean + grand_mean / tau2) / (own + 1 / tau2), mean)


def lambda_form(group_means, sampling_variances, *, grand_mean, tau2):
    weight = tau2 / (tau2 + np.asarray(sampling_variances))
    return weight * np.asarray(group_means) + (1 - weight) * grand_mean


def shrinkage_factor_form(group_means, sampling_variances, *, grand_mean, tau2):
    b = np.asarray(sampling_variances) / (np.asarray(sampling_variances) + tau2)
    return np.asarray(group_means) - b * (np.asarray(group_means) - grand_mean)


def loop_returning_a_list(group_means, sampling_variances, *, grand_mean, tau2):
    return [
        float((tau2 * mean + v * grand_mean) / (tau2 + v))
        for mean, v in zip(group_means, sampling_variances, strict=True)
    ]


def returning_a_series(group_means, sampling_variances, *, grand_mean, tau2):
    table = pd.DataFrame(
        {"mean": group_means, "v": sampling_variances}, index=list(range(len(group_means), 0, -1))
    )
    return (table["mean"] * tau2 + grand_mean * table["v"]) / (table["v"] + tau2)


def single_precision(group_means, sampling_variances, *, grand_mean, tau2):
    return lambda_form(group_means, sampling_variances, grand_mean=grand_mean, tau2=tau2).astype(np.float32)


def returning_a_tuple(group_means, sampling_variances, *, grand_mean, tau2):
    return tuple(loop_returning_a_list(group_means, sampling_variances, grand_mean=grand_mean, tau2=tau2))


# ---------------------------------------------------------------- between_group_variance
def tau2_with_pandas(y, group):
    _, n, mean, variance = map(np.asarray, with_pandas(y, group))
    overall = np.average(mean, weights=n)
    msb = np.sum(n * (mean - overall) ** 2) / (len(n) - 1)
    msw = np.average(np.nan_to_num(variance), weights=n - 1)
    n0 = (n.sum() - (n**2).sum() / n.sum()) / (len(n) - 1)
    return max((msb - msw) / n0, 0)


def tau2_clipped(y, group):
    return np.clip(tau2_unclipped(y, group), 0, None)


def tau2_unclipped(y, group):
    _, n, _, variance = map(np.asarray, with_pandas(y, group))
    ssw = np.nansum((n - 1) * variance)
    ssb = np.sum((np.asarray(y) - np.mean(y)) ** 2) - ssw
    spread = n.mean() - np.var(n, ddof=1) / n.sum()  # n0 in its other form
    return (ssb / (len(n) - 1) - ssw / (n.sum() - len(n))) / spread


# ---------------------------------------------------------------- shrinkage_estimate
def estimate_in_one_piece(y, group, *, tau2=None):
    _, n, mean, variance = map(np.asarray, with_pandas(y, group))
    tau2 = tau2_with_pandas(y, group) if tau2 is None else tau2
    return (tau2 * mean + variance / n * np.mean(y)) / (tau2 + variance / n)


def estimate_by_precision_with_a_guard(y, group, *, tau2=None):
    _, n, mean, variance = map(np.asarray, with_pandas(y, group))
    tau2 = tau2_with_pandas(y, group) if tau2 is None else tau2
    if tau2 == 0:
        return np.full(len(n), np.mean(y))
    return precision_form_where_it_exists(mean, variance / n, grand_mean=np.mean(y), tau2=tau2)


def estimate_as_series(y, group, *, tau2=None):
    labels, *_ = with_pandas(y, group)
    return pd.Series(estimate_in_one_piece(y, group, tau2=tau2), index=labels)


ALTERNATIVES = {
    "group_summary": [with_pandas, with_loops_and_lists, as_a_list_of_arrays],
    "no_pooling_interval": [interval_with_pandas, interval_as_rows],
    "complete_pooling": [python_mean, numpy_scalar, zero_dimensional, mean_in_single_precision],
    "f_ratio": [f_by_subtraction, f_with_loops],
    "partial_pooling": [
        precision_form_where_it_exists,
        lambda_form,
        shrinkage_factor_form,
        loop_returning_a_list,
        returning_a_series,
        single_precision,
        returning_a_tuple,
    ],
    "between_group_variance": [tau2_with_pandas, tau2_clipped],
    "shrinkage_estimate": [estimate_in_one_piece, estimate_by_precision_with_a_guard, estimate_as_series],
}
