"""Newton's method for logistic regression with all its steps, as the page shows it."""

import numpy as np

from reference_impl import sigmoid


def information(X, coef):
    """X'WX at the coefficients."""
    p = sigmoid(X @ coef)
    return X.T @ (X * (p * (1 - p))[:, None])


def newton_path(X, y, steps, *, start=None, length=1.0):
    """Coefficients after 0, 1, 2, ... steps, until they have run away so far that no information is left."""
    path = [np.zeros(X.shape[1]) if start is None else np.asarray(start, dtype=float)]
    for _ in range(steps):
        curvature = information(X, path[-1])
        if np.linalg.cond(curvature) > 1e12:
            break
        path.append(path[-1] + length * np.linalg.solve(curvature, X.T @ (y - sigmoid(X @ path[-1]))))
    return np.array(path)


def standard_errors(X, coef):
    """Square roots of the diagonal of the inverse information."""
    return np.sqrt(np.diag(np.linalg.inv(information(X, coef))))
