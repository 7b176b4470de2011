"""Newton's method for a generalised linear model, in one cache-sized pass over the rows per iteration."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reference_impl.design import column_scales, require_enough_rows, require_full_rank, scaled_qr
from reference_impl.errors import EstimationError, NonConvergenceError, SeparationError
from reference_impl.families import Family
from reference_impl.validation import FloatArray

CHUNK_ROWS = 16_384  # a block of 10 columns and its temporaries stay in a core's cache
SMALL = 500_000  # up to this many entries a QR decomposition costs next to nothing
WARM_START_ROWS = 20_000
MAX_ITERATIONS = 30
#: Squared length of a Newton step, in standard errors, below which the step is the last one.
TOLERANCE = 1e-18
#: Change of a linear predictor that the last step may make. On the way to an infinite estimate every step adds
#: a good part of 1 to the linear predictor of some row, however little that row weighs.
LAST_STEP = 0.01


@dataclass(frozen=True)
class Problem:
    """Data of one fit: rows with positive weight, in the basis that the iteration works in."""

    A: FloatArray
    y: FloatArray
    weights: FloatArray | None
    offset: FloatArray | None
    family: Family


@dataclass(frozen=True)
class Basis:
    """X = A R diag(scales): the matrix that is iterated on, and the way back to coefficients of X."""

    A: FloatArray
    R: FloatArray
    scales: FloatArray

    def coefficients(self, gamma: FloatArray) -> FloatArray:
        """Coefficients of X for coefficients of A; also for a matrix of columns of them."""
        return np.asarray((np.linalg.solve(self.R, gamma).T / self.scales).T, dtype=np.float64)


@dataclass(frozen=True)
class Maximum:
    """Where the iteration ended, in coefficients of A."""

    gamma: FloatArray
    root_covariance: FloatArray
    log_likelihood: float
    n_iter: int


@dataclass(frozen=True)
class _Pass:
    log_likelihood: float
    score: FloatArray
    information: FloatArray
    separates: bool


def _row_gram(X: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        gram: FloatArray = X.T @ X
    return gram


def _blockwise_r(X: FloatArray, scales: FloatArray) -> FloatArray:
    """R of a tall matrix, from the R of one block of rows after another."""
    R = np.zeros((0, X.shape[1]))
    for start in range(0, X.shape[0], CHUNK_ROWS):
        block = X[start : start + CHUNK_ROWS] / scales
        R = np.asarray(np.linalg.qr(np.vstack([R, block]), mode="r"))
    return R


def working_basis(X: FloatArray) -> Basis:
    """Choose the matrix to iterate on: Q of a QR decomposition, or X itself if tall and well conditioned.

    Raises
    ------
    RankDeficientError
        If columns are linearly dependent, one is all zeros, or there are fewer rows than columns.
    """
    n, p = X.shape
    if X.size <= SMALL:
        return Basis(*scaled_qr(X))
    require_enough_rows(X)
    gram = _row_gram(X)
    norms = np.sqrt(np.diag(gram))
    usable = bool(np.all(np.isfinite(gram)) and np.all(norms > 0))
    # Smallest eigenvalue 1e-6: condition below 1e3, so standard errors from X'WX keep ten digits.
    if usable and np.linalg.eigvalsh(gram / np.outer(norms, norms))[0] > 1e-6:
        return Basis(X, np.eye(p), np.ones(p))
    scales = column_scales(X)
    R = _blockwise_r(X, scales)
    require_full_rank(R, np.sqrt(np.sum(R * R, axis=0)), n)
    return Basis((X / scales) @ np.linalg.inv(R), R, scales)


def _all_on_their_side(block: FloatArray, y: FloatArray, linear: FloatArray, gamma: FloatArray) -> bool:
    """Whether the linear predictor has the sign of every outcome, beyond what rounding could do."""
    rounding = 64.0 * np.finfo(np.float64).eps * (np.abs(block) @ np.abs(gamma))
    # A row with both outcomes is on neither side, so it refutes separation.
    return bool(np.all(((2.0 * y - 1.0) * linear > rounding) & ((y == 0) | (y == 1))))


def _pass(problem: Problem, gamma: FloatArray) -> _Pass:
    """Log-likelihood, score A'r and information A'WA at gamma, block by block."""
    n, p = problem.A.shape
    score, information = np.zeros(p), np.zeros((p, p))
    total, separates = 0.0, problem.family.name != "poisson"
    for start in range(0, n, CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        block, y = problem.A[rows], problem.y[rows]
        linear = block @ gamma
        eta = linear if problem.offset is None else linear + problem.offset[rows]
        log_likelihood, residual, curvature = problem.family.pieces(eta, y)
        if problem.weights is not None:
            w = problem.weights[rows]
            log_likelihood, residual, curvature = w * log_likelihood, w * residual, w * curvature
        if separates:
            separates = _all_on_their_side(block, y, linear, gamma)
        total += float(np.sum(log_likelihood))
        score += block.T @ residual
        weighted = block * np.sqrt(curvature)[:, None]
        information += weighted.T @ weighted
    return _Pass(total, score, information, separates)


def _expected_information(problem: Problem, gamma: FloatArray) -> FloatArray:
    """A'WA with the expected curvature, which standard errors rest on."""
    information = np.zeros((gamma.size, gamma.size))
    for start in range(0, problem.A.shape[0], CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        block = problem.A[rows]
        eta = block @ gamma if problem.offset is None else block @ gamma + problem.offset[rows]
        curvature = problem.family.expected_curvature(eta)
        if problem.weights is not None:
            curvature = problem.weights[rows] * curvature
        weighted = block * np.sqrt(curvature)[:, None]
        information += weighted.T @ weighted
    return information


def _root_inverse(information: FloatArray) -> FloatArray:
    """M with M M' = information^-1, by Cholesky of the matrix scaled to a unit diagonal."""
    diagonal = np.sqrt(np.diag(information))
    if not np.all(diagonal > 0):
        raise np.linalg.LinAlgError("information has a zero on its diagonal")
    factor = np.linalg.cholesky(information / np.outer(diagonal, diagonal))
    return np.asarray(np.linalg.solve(factor, np.eye(diagonal.size)).T / diagonal[:, None])


def _no_finite_maximum(problem: Problem, basis: Basis, step: FloatArray | None) -> EstimationError:
    moving = ""
    if step is not None:
        lengths = np.sqrt(np.einsum("ij,ij->j", basis.R, basis.R))  # of the columns of X / scales
        reach = np.abs(basis.coefficients(step)) * lengths * basis.scales
        columns = np.flatnonzero(reach > 0.1 * reach.max())
        moving = f"; the coefficient(s) of column(s) {', '.join(map(str, columns))} of X keep growing"
    if problem.family.name == "poisson":
        cause = "some combination of columns marks only zero counts"
    else:
        cause = "some combination of columns separates the two outcomes but for ties (quasi-complete separation)"
    return SeparationError(
        f"no finite maximum likelihood estimate after {MAX_ITERATIONS} Newton steps: probably {cause}{moving}. "
        "Cross-tabulate y with those columns; merge levels, drop a column, or use a penalised or "
        "hierarchical model"
    )


def _completely_separated(problem: Problem) -> SeparationError:
    if np.all(problem.y == problem.y[0]):
        return SeparationError(
            f"every y is {problem.y[0]:g}, so the likelihood grows for ever with the intercept: no finite "
            "maximum likelihood estimate; check how y was coded"
        )
    return SeparationError(
        "complete separation: a combination of columns of X tells every 1 from every 0, so the likelihood "
        "grows for ever and no finite maximum likelihood estimate exists; use fewer columns, or a penalised "
        "or hierarchical model"
    )


def _start(problem: Problem) -> FloatArray:
    """Coefficients of 0, or least squares on the family's first linear predictor or on minus the offset."""
    zero = np.zeros(problem.A.shape[1])
    eta = problem.family.start(problem.y)
    if eta is None:
        if problem.offset is None:
            return zero
        # Undo the offset as well as X can: a start far in the tails has no curvature to go by.
        return np.asarray(np.linalg.lstsq(problem.A, -problem.offset, rcond=None)[0], dtype=np.float64)
    pieces = problem.family.pieces(eta, problem.y)
    weight = pieces.curvature if problem.weights is None else problem.weights * pieces.curvature
    target = eta + pieces.score / pieces.curvature
    if problem.offset is not None:
        target = target - problem.offset
    weighted = problem.A * weight[:, None]
    gamma = np.asarray(np.linalg.solve(weighted.T @ problem.A, weighted.T @ target), dtype=np.float64)
    return gamma if np.isfinite(_pass(problem, gamma).log_likelihood) else zero


def _halve_until_better(
    problem: Problem, gamma: FloatArray, step: FloatArray, here: _Pass
) -> tuple[FloatArray, _Pass]:
    """The Newton step, halved while it lowers the likelihood."""
    slack = 1e-10 * (1.0 + abs(here.log_likelihood))
    for halvings in range(40):
        proposal = gamma + step * 0.5**halvings
        there = _pass(problem, proposal)
        if there.log_likelihood >= here.log_likelihood - slack:
            return proposal, there
    raise NonConvergenceError(
        "no step along Newton's direction raises the likelihood; check X for extreme values and rescale it"
    )


def maximise(problem: Problem, basis: Basis, *, start: FloatArray | None = None) -> Maximum:
    """Newton's method from coefficients of 0 (or `start`), with standard errors at the final point.

    Stops when the decrement g'H^-1 g, the squared length of the step in standard errors, is below
    `TOLERANCE` (or rounding keeps it from falling) and the step moves no row; a change in deviance would stop
    too early.

    Raises
    ------
    SeparationError
        If an iterate separates the outcomes, or the iteration does not end: there is no finite maximum.
    NonConvergenceError
        If no step along Newton's direction helps.
    """
    gamma = _start(problem) if start is None else start
    here = _pass(problem, gamma)
    previous, step = math.inf, None
    for iteration in range(1, MAX_ITERATIONS + 1):
        if here.separates:
            raise _completely_separated(problem)
        try:
            root = _root_inverse(here.information)
        except np.linalg.LinAlgError:
            raise _no_finite_maximum(problem, basis, step) from None
        whitened = root.T @ here.score
        step, decrement = root @ whitened, float(whitened @ whitened)
        stalled = decrement < 1e-12 and decrement >= previous
        if (decrement <= TOLERANCE or stalled) and float(np.max(np.abs(problem.A @ step))) < LAST_STEP:
            gamma = gamma + step
            root = _root_inverse(_expected_information(problem, gamma))
            return Maximum(gamma, root, here.log_likelihood, iteration)
        previous = decrement
        gamma, here = _halve_until_better(problem, gamma, step, here)
    raise _no_finite_maximum(problem, basis, step)


def warm_start(problem: Problem) -> FloatArray | None:
    """Estimate from a thin slice of a tall data set, or None.

    If the slice has a finite maximum, so has the whole: more rows cannot undo an overlap. So a warm start
    never hides separation.
    """
    stride = problem.A.shape[0] // WARM_START_ROWS
    if stride < 5:
        return None
    thin = slice(None, None, stride)
    try:
        slice_basis = working_basis(np.ascontiguousarray(problem.A[thin]))
        part = Problem(
            A=slice_basis.A,
            y=problem.y[thin],
            weights=None if problem.weights is None else problem.weights[thin],
            offset=None if problem.offset is None else problem.offset[thin],
            family=problem.family,
        )
        return slice_basis.coefficients(maximise(part, slice_basis).gamma)
    except EstimationError:  # the slice may be separated or short of rank where the whole is not
        return None
