"""Proofs that a likelihood has no finite maximum, and what to say then."""

from __future__ import annotations

import numpy as np

from reference_impl.errors import NonConvergenceError, SeparationError
from reference_impl.glm_problem import EPS, Basis, Problem
from reference_impl.validation import FloatArray


def all_on_their_side(block: FloatArray, y: FloatArray, linear: FloatArray, gamma: FloatArray) -> bool:
    """Whether the linear predictor has the sign of every outcome, beyond what rounding could do."""
    rounding = 64.0 * EPS * (np.abs(block) @ np.abs(gamma))
    # A row with both outcomes is on neither side, so it refutes separation.
    return bool(np.all(((2.0 * y - 1.0) * linear > rounding) & ((y == 0) | (y == 1))))


def never_lowers(problem: Problem, step: FloatArray) -> bool:
    """Whether going on for ever in this direction lowers the likelihood of no row: proof of no finite maximum."""
    largest = np.maximum(problem.A.max(axis=0), -problem.A.min(axis=0))
    moves, rounding = problem.A @ step, 16.0 * EPS * float(largest @ np.abs(step))
    if problem.family.name == "poisson":
        harmful = np.where(problem.y == 0, moves, np.abs(moves))
    else:
        mixed = (problem.y > 0) & (problem.y < 1)
        harmful = np.where(mixed, np.abs(moves), (1.0 - 2.0 * problem.y) * moves)
    return bool(np.all(harmful <= rounding) and np.any(np.abs(moves) > rounding))


def _growing(basis: Basis, step: FloatArray | None) -> str:
    """Which coefficients a step moves most, in words."""
    if step is None:
        return ""
    lengths = np.sqrt(np.einsum("ij,ij->j", basis.R, basis.R))  # of the columns of X / scales
    reach = np.abs(basis.coefficients(step)) * lengths * basis.scales
    columns = np.flatnonzero(reach > 0.1 * reach.max())
    return f"; the coefficient(s) of column(s) {', '.join(map(str, columns))} of X keep growing"


def no_finite_maximum(problem: Problem, basis: Basis, step: FloatArray) -> SeparationError:
    """Say in which direction the likelihood grows for ever."""
    if problem.family.name == "poisson":
        cause = "some combination of columns marks only zero counts"
    else:
        cause = "some combination of columns separates the two outcomes but for ties (quasi-complete separation)"
    return SeparationError(
        f"no finite maximum likelihood estimate: {cause}{_growing(basis, step)}. "
        "Cross-tabulate y with those columns; merge levels, drop a column, or use a penalised or "
        "hierarchical model"
    )


def too_flat(basis: Basis, step: FloatArray | None) -> NonConvergenceError:
    """Say that rounding hides the maximum, if there is one."""
    return NonConvergenceError(
        f"the likelihood is too flat to find its maximum in double precision{_growing(basis, step)}. "
        "Cross-tabulate y with those columns: outcomes that overlap by next to nothing, or weights that differ by "
        "many powers of ten, leave nothing to estimate them from"
    )


def completely_separated(problem: Problem) -> SeparationError:
    """Say that an iterate has every outcome on its side."""
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
