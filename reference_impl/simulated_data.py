"""Simulated data sets of the module, each returned with the truth that made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reference_impl.errors import InputError
from reference_impl.groups import IntArray
from reference_impl.logistic import sigmoid
from reference_impl.validation import FloatArray, as_number, require_nonnegative

TextArray = NDArray[np.str_]
Seed = int | np.random.Generator


@dataclass(frozen=True)
class SimulatedSchools:
    """Scores of pupils in schools, with the truth.

    Attributes
    ----------
    school, score : ndarray of shape (n_pupils,)
        The school and the score (points) of each pupil, in shuffled order.
    labels, n, true_mean : ndarray of shape (n_schools,)
        Sorted labels, numbers of pupils, and the means mu_j that were drawn.
    grand_mean, tau2, sigma2 : float
        The parameters mu_0, tau^2 and sigma^2.
    """

    school: TextArray
    score: FloatArray
    labels: TextArray
    n: IntArray
    true_mean: FloatArray
    grand_mean: float
    tau2: float
    sigma2: float


@dataclass(frozen=True)
class Voters:
    """Preferences of immigrant voters by state and country of origin, with the truth.

    Attributes
    ----------
    state, origin : ndarray of shape (n_voters,)
    prefers : ndarray of int, shape (n_voters,)
        1 if the voter prefers candidate A, else 0; which of the two is 1 is arbitrary.
    states, origins : ndarray of str
        Sorted labels.
    n : ndarray of int, shape (n_states, n_origins)
        Voters in each cell; some cells have one or two.
    true_probability : ndarray of shape (n_states, n_origins)
        Probability of preferring candidate A.
    state_sd : float
        Standard deviation between states on the log-odds scale.
    """

    state: TextArray
    origin: TextArray
    prefers: IntArray
    states: TextArray
    origins: TextArray
    n: IntArray
    true_probability: FloatArray
    state_sd: float


@dataclass(frozen=True)
class FacultySalaries:
    """Salaries by department and experience, with the truth.

    Attributes
    ----------
    department, years, salary : ndarray of shape (n_faculty,)
        Department, years of experience, and yearly salary in thousands of dollars.
    labels, n : ndarray of shape (n_departments,)
        Sorted labels and numbers of faculty.
    true_intercept, true_slope : ndarray of shape (n_departments,)
        Starting salary and yearly rise of each department, in thousands of dollars.
    sigma2 : float
        Variance of a salary around its department's line.
    """

    department: TextArray
    years: FloatArray
    salary: FloatArray
    labels: TextArray
    n: IntArray
    true_intercept: FloatArray
    true_slope: FloatArray
    sigma2: float


@dataclass(frozen=True)
class Teachers:
    """A study of a new way of teaching, with the truth.

    Attributes
    ----------
    pupils : ndarray of int, shape (n_teachers,)
        Pupils in each of a teacher's two classes, one taught in the old way and one in the new.
    before : ndarray of shape (n_teachers,)
        True mean of the class taught in the old way, in points.
    true_effect : ndarray of shape (n_teachers,)
        By how much the new way raises the mean, in points.
    estimate, standard_error : ndarray of shape (n_teachers,)
        Difference of the two classes' observed means, and its standard error, in points.
    """

    pupils: IntArray
    before: FloatArray
    true_effect: FloatArray
    estimate: FloatArray
    standard_error: FloatArray


def _variance(value: float, name: str) -> float:
    number = as_number(value, name)
    require_nonnegative(np.asarray(number), name)
    return number


def simulated_schools(
    *,
    seed: Seed = 607,
    sizes: Sequence[int] = (4, 6, 8, 10, 14, 18, 24, 30, 40, 60, 80, 120),
    grand_mean: float = 50.0,
    tau2: float = 25.0,
    sigma2: float = 100.0,
) -> SimulatedSchools:
    r"""Simulate the module's story: scores in schools of unequal size, one of them with 4 pupils.

    .. math:: \mu_j \sim N(\mu_0, \tau^2), \qquad y_{ij} \sim N(\mu_j, \sigma^2)

    Provenance: simulated, no real schools. Units: points of a test. Teaches: small schools give up the largest
    share of their distance from the grand mean (not always the most points); and because the truth is known,
    how often that is an improvement.

    Parameters
    ----------
    seed : int or numpy.random.Generator, default 607
        Same seed, same data. The default was chosen because its school of 4 pupils stands out: an error of its
        mean as large as here occurs in about one seed in ten. Errors of all twelve means as large as here (the
        sum of n_j e_j^2 / sigma^2 is 29.2, on 12 degrees of freedom) occur in about one seed in 270.
    sizes : sequence of int
        Pupils in each school; which school has which size does not depend on its mean.
    grand_mean, tau2, sigma2 : float
        Parameters, in points and squared points.

    Returns
    -------
    SimulatedSchools

    Raises
    ------
    InputError
        If a size is below 1 or a variance negative.
    """
    between, within = _variance(tau2, "tau2"), _variance(sigma2, "sigma2")
    n = np.asarray(sizes, dtype=np.int64)
    if n.ndim != 1 or n.size == 0 or n.min() < 1:
        raise InputError(f"sizes must be whole numbers of at least 1, one per school; got {sizes!r}")
    rng = np.random.default_rng(seed)
    labels = np.array([f"school {j + 1:0{len(str(n.size))}d}" for j in range(n.size)])
    true_mean = rng.normal(grand_mean, np.sqrt(between), n.size)
    member = rng.permutation(np.repeat(np.arange(n.size), n))
    score = rng.normal(true_mean[member], np.sqrt(within)).round(1)  # as scores are reported
    return SimulatedSchools(labels[member], score, labels, n, true_mean, float(grand_mean), between, within)


def voters(*, seed: Seed = 2016) -> Voters:
    r"""Simulate which candidate immigrants prefer, by state and country of origin.

    .. math:: \log\frac{\pi_{sc}}{1 - \pi_{sc}} = \beta_c + a_s, \qquad a_s \sim N(0, 0.6^2)

    Provenance: simulated; states, countries and preferences are invented. Units: voters. Teaches: some
    states have one or two voters of a country, whose raw share is mostly 0 or 1; borrowing from other states
    gives an answer that one can use.

    Parameters
    ----------
    seed : int or numpy.random.Generator, default 2016
        Same seed, same data.

    Returns
    -------
    Voters
    """
    rng = np.random.default_rng(seed)
    states = np.array(["Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine"])
    origins = np.array(["Country A", "Country B", "Country C"])
    state_size = np.array([400, 250, 160, 90, 60, 40, 24, 14, 8, 5])
    origin_share = np.array([0.6, 0.3, 0.1])
    state_sd = 0.6
    n = np.maximum(1, np.round(np.outer(state_size, origin_share))).astype(np.int64)
    effect = rng.normal(0.0, state_sd, states.size)
    probability = np.asarray(sigmoid(np.array([0.6, -0.2, 0.1]) + effect[:, None]))
    cell = rng.permutation(np.repeat(np.arange(n.size), n.ravel()))
    s, o = np.divmod(cell, origins.size)
    prefers = (rng.random(cell.size) < probability[s, o]).astype(np.int64)
    return Voters(states[s], origins[o], prefers, states, origins, n, probability, state_sd)


def faculty_salaries(*, seed: Seed = 13) -> FacultySalaries:
    r"""Simulate salaries on experience in five departments of unequal size.

    .. math:: salary_{ij} \sim N(\alpha_j + \beta_j\, years_{ij},\; \sigma^2), \quad
              \alpha_j \sim N(60, 12^2), \; \beta_j \sim N(1.8, 0.6^2)

    Provenance: simulated, no real salaries. Units: thousands of dollars, years. Teaches: one common line,
    parallel lines, and a line for each department; the smallest department shows why its own line alone
    cannot be trusted.

    Parameters
    ----------
    seed : int or numpy.random.Generator, default 13
        Same seed, same data.

    Returns
    -------
    FacultySalaries
    """
    rng = np.random.default_rng(seed)
    labels = np.array(["biology", "economics", "informatics", "philosophy", "sociology"])
    n = np.array([45, 28, 18, 4, 9])
    sigma2 = 64.0
    intercept = rng.normal(60.0, 12.0, labels.size)
    slope = rng.normal(1.8, 0.6, labels.size)
    member = rng.permutation(np.repeat(np.arange(labels.size), n))
    years = np.round(rng.uniform(0.0, 30.0, member.size), 1)
    salary = rng.normal(intercept[member] + slope[member] * years, np.sqrt(sigma2)).round(2)  # to 10 dollars
    return FacultySalaries(labels[member], years, salary, labels, n, intercept, slope, sigma2)


def teachers(*, seed: Seed = 21) -> Teachers:
    r"""Simulate what twelve teachers gain by a new way of teaching, and what a study of their classes shows.

    .. math:: \theta_j \sim N(3, 4.5^2), \qquad d_j \sim N(\theta_j, 2 \cdot 10^2 / n_j)

    Provenance: simulated, no real teachers. Units: points of a test. Teaches: an effect that depends on its
    context, seen through the noise of small classes.

    Parameters
    ----------
    seed : int or numpy.random.Generator, default 21
        Same seed, same data.

    Returns
    -------
    Teachers
    """
    rng = np.random.default_rng(seed)
    before = rng.normal(50.0, 4.0, 12)
    effect = rng.normal(3.0, 4.5, 12)
    pupils = np.arange(8, 32, 2)
    standard_error = 10.0 * np.sqrt(2.0 / pupils)
    old, new = rng.normal([before, before + effect], 10.0 / np.sqrt(pupils))
    estimate = (new - old).round(1)  # as differences are reported
    return Teachers(pupils, before, effect, estimate, standard_error)
