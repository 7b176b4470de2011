"""Areas under the densities that the pages name, by integration on a fine grid."""

import math

import numpy as np

STEPS = 20_001  # errors below 1e-7 for the areas that are asked for


def within(z):
    """Probability that a standard normal variable lies between -z and z."""
    return math.erf(z / math.sqrt(2))


def t_within(limit, df):
    """Probability that Student's t with `df` degrees of freedom lies between -limit and limit."""
    t = np.linspace(-limit, limit, STEPS)
    constant = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi)
    return float(np.trapezoid(constant * (1 + t**2 / df) ** (-(df + 1) / 2), t))


def f_below(limit, df1, df2):
    """Probability that F with `df1` > 1 and `df2` degrees of freedom lies below `limit`."""
    f = np.linspace(0, limit, STEPS)
    log_constant = math.lgamma((df1 + df2) / 2) - math.lgamma(df1 / 2) - math.lgamma(df2 / 2)
    constant = math.exp(log_constant + df1 / 2 * math.log(df1 / df2))
    return float(np.trapezoid(constant * f ** (df1 / 2 - 1) * (1 + df1 * f / df2) ** (-(df1 + df2) / 2), f))
