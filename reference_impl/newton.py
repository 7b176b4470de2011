"""Newton's method for a generalised linear model, in one cache-sized pass over the rows per iteration."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reference_impl.errors import EstimationError, NonConvergenceError
from reference_impl.glm_problem import CHUNK_ROWS, EPS, Basis, Problem, working_basis
from reference_impl.groups import IntArray
from reference_impl.separation import (
    all_on_their_side,
    completely_separated,
    never_lowers,
    no_finite_maximum,
    too_flat,
)
from reference_impl.validation import FloatArray

WARM_START_ROWS = 20_000
#: Far more than any fit needs: a linear predictor moves by about 1 per step, and at 745 exp() underflows.
MAX_ITERATIONS = 1000
#: Steps after which each one is asked whether it proves that there is no finite maximum.
PATIENCE = 5
#: Squared length of a Newton step, in standard errors, below which the step is the last one.
TOLERANCE = 1e-18
#: Change of a linear predictor that the last step may make: the next would be its square. Where rounding keeps
#: the decrement from falling, steps are noise, and may make more. On the way to an infinite estimate every step
#: adds a good part of 1 to the linear predictor of some row, however little that row weighs.
LAST_STEP = 1e-7
NOISE = 0.01


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
            separates = all_on_their_side(block, y, linear, gamma)
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


def _qr_of_weighted_rows(
    problem: Problem, curvature: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Order of the rows by weight, root of their weights, Q, and the inverse of R.

    Reaches twice as many digits as Cholesky's factor of their products. Heavy rows come first, so that light
    ones, which alone may know of a direction, are not lost in the rounding of heavy ones.
    """
    if problem.weights is not None:
        curvature = problem.weights * curvature
    order = np.argsort(-curvature, kind="stable")
    order = order[curvature[order] > 0]
    root = np.sqrt(curvature[order])
    Q, R = np.linalg.qr(problem.A[order] * root[:, None])
    diagonal = np.abs(np.diag(R))
    if order.size < R.shape[1] or not np.all(diagonal > EPS * np.max(diagonal)):
        raise np.linalg.LinAlgError("the weighted rows are dependent")
    return order, root, Q, np.asarray(np.linalg.solve(R, np.eye(diagonal.size)), dtype=np.float64)


def _newton_step(problem: Problem, gamma: FloatArray, here: _Pass) -> tuple[FloatArray, float]:
    """Newton's step, and its squared length in standard errors."""
    try:
        root = _root_inverse(here.information)
    except np.linalg.LinAlgError:
        _, score, curvature = problem.family.pieces(problem.linear_predictor(gamma), problem.y)
        order, weight, Q, root = _qr_of_weighted_rows(problem, curvature)
        if problem.weights is not None:
            score = problem.weights * score
        whitened = Q.T @ (score[order] / weight)
    else:
        whitened = root.T @ here.score
    return root @ whitened, float(whitened @ whitened)


def _final_root(problem: Problem, gamma: FloatArray) -> FloatArray:
    """Root of the inverse expected information, which standard errors rest on."""
    try:
        return _root_inverse(_expected_information(problem, gamma))
    except np.linalg.LinAlgError:
        curvature = problem.family.expected_curvature(problem.linear_predictor(gamma))
        return _qr_of_weighted_rows(problem, curvature)[3]


def _has_ended(problem: Problem, gamma: FloatArray, step: FloatArray, decrement: float, previous: float) -> bool:
    """Whether this step is the last: too short to matter, or no longer than rounding makes it."""
    moves = np.inf
    if decrement <= TOLERANCE or decrement >= previous:
        moves = float(np.max(np.abs(problem.A @ step)))
    stalled = decrement < 1e-12 and decrement >= previous
    if (decrement <= TOLERANCE and moves < LAST_STEP) or (stalled and moves < NOISE):
        return True
    if decrement < previous / 4.0:  # still falling: no rounding yet
        return False
    size = np.abs(problem.A) @ np.abs(gamma)
    if problem.offset is not None:
        size = size + np.abs(problem.offset)
    return bool(np.max(np.abs(problem.A @ step)) <= 16.0 * EPS * np.max(size))


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
    try:
        gamma = np.asarray(np.linalg.solve(weighted.T @ problem.A, weighted.T @ target), dtype=np.float64)
    except np.linalg.LinAlgError:  # weights so unequal that their products lose a column
        return zero
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
    `TOLERANCE` (or rounding keeps it from falling) and the step moves no row; or when the step is below the
    rounding of the linear predictor. A change in deviance would stop too early.

    Raises
    ------
    SeparationError
        If an iterate separates the outcomes, or a step is a direction in which the likelihood of no row falls:
        there is no finite maximum.
    NonConvergenceError
        If no step along Newton's direction helps, or the likelihood is too flat.
    """
    gamma = _start(problem) if start is None else start
    here = _pass(problem, gamma)
    previous, step = math.inf, None
    for iteration in range(1, MAX_ITERATIONS + 1):
        if here.separates:
            raise completely_separated(problem)
        try:
            step, decrement = _newton_step(problem, gamma, here)
            if _has_ended(problem, gamma, step, decrement, previous):
                gamma = gamma + step
                return Maximum(gamma, _final_root(problem, gamma), here.log_likelihood, iteration)
        except np.linalg.LinAlgError:
            if step is not None and never_lowers(problem, step):
                raise no_finite_maximum(problem, basis, step) from None
            raise too_flat(basis, step) from None
        if iteration > PATIENCE and never_lowers(problem, step):
            raise no_finite_maximum(problem, basis, step)
        previous = decrement
        gamma, here = _halve_until_better(problem, gamma, step, here)
    raise too_flat(basis, step)


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
