"""What the page *Separate schools* asserts."""

from claims.claim import claim
from claims.worlds import draw_worlds


@claim(false_when="no pupil differs from the mean of the school", sigma=0.0)
def raw_means_spread_too_widely_on_average(sigma=10.0):
    """On average raw means have a larger variance than the true means."""
    drawn = draw_worlds(worlds=20_000, tau=5.0, sigma=sigma)
    assert drawn.mean.var(axis=1, ddof=1).mean() > 1.1 * drawn.true_mean.var(axis=1, ddof=1).mean()
