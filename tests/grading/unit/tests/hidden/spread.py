"""Hidden tests of the unit ``spread``: what grades it, and the mistakes that it can name."""

import numpy as np

from grading.checks import Case, Check, wrong

# The reference of each function: the student's name and signature, the right answer. In the book's units it calls
# `reference_impl`, where each formula stands once, instead of writing it out as here.


def sample_variance(y):
    return float(np.var(y, ddof=1))


def standard_error(y):
    return float(np.sqrt(sample_variance(y) / len(y)))


# Known mistakes. Each is the wrong formula; its docstring is what the student reads.


def variance_divides_by_n(y):
    """You divide by n. The mean was estimated from the same numbers, which costs one: divide by n - 1."""
    return float(np.var(y))


def variance_is_its_root(y):
    """This is the standard deviation; its square, the variance, was asked for."""
    return float(np.std(y, ddof=1))


def error_of_one_number(y):
    """This is the spread of single numbers. A mean of n varies less: divide the variance by n first."""
    return float(np.std(y, ddof=1))


def error_without_root(y):
    """This is the variance of the mean; the standard error is its root."""
    return sample_variance(y) / len(y)


# Cases. Students see the public ones; the others are drawn anew for each course, always the same within one. Sizes
# differ and are no special numbers: with n = 2, or a variance of 1, wrong formulas give the right numbers.

WAITS = {"y": np.array([4.0, 7.0, 2.0, 9.0, 5.0])}
ALL_ALIKE = {"y": np.array([3.0, 3.0, 3.0])}
NO_SPREAD = "equal numbers have variance 0"


def fresh(rng):
    for size in (3, 8, 21):
        yield Case({"y": rng.gamma(4, 2, size).round(1)})


def fresh_variances(rng):
    yield from fresh(rng)
    yield Case({"y": np.full(4, rng.integers(2, 30) / 2)}, claim=NO_SPREAD, cost=0.2)  # failing it alone: a fifth


# One check for each function. `credit` is the share of the points that a mistake earns; 0 if not given.

CHECKS = (
    Check(
        sample_variance,
        public=[Case(WAITS), Case(ALL_ALIKE, claim=NO_SPREAD, cost=0.2)],
        fresh=fresh_variances,
        misconceptions=[*wrong(variance_divides_by_n, credit=0.5), *wrong(variance_is_its_root, credit=0.4)],
    ),
    Check(
        standard_error,
        public=[Case(WAITS)],
        fresh=fresh,
        misconceptions=wrong(error_of_one_number, error_without_root, credit=0.3),
        rtol=1e-6,  # relative; the default is the one that most checks need
    ),
)
