"""What the welcome page asserts."""

import re
from pathlib import Path

import numpy as np

from claims.claim import claim
from claims.distributions import within
from claims.worlds import SIZES, classical_estimate, new_pupils
from reference_impl import datasets, shrinkage_estimate

SCHOOLS = datasets.simulated_schools()
SEEN = shrinkage_estimate(SCHOOLS.score, SCHOOLS.school)


@claim(false_when="another set of schools is drawn", seed=1)
def figure_shows_what_is_said(seed=607):
    """Squares lie between, far from the circle at n = 4, near the line at 6, on the circle at 80."""
    schools = datasets.simulated_schools(seed=seed)
    seen = shrinkage_estimate(schools.score, schools.school)
    moved, left = np.abs(seen.estimate - seen.mean), np.abs(seen.estimate - seen.grand_mean)
    assert np.allclose(moved + left, np.abs(seen.mean - seen.grand_mean))
    assert moved[0] > 4
    assert max(moved[1], left[1]) < 0.2
    assert moved[-2:].max() < 0.5
    assert moved[3] > moved[1]
    assert np.sort(seen.variance)[-2] == seen.variance[1]


@claim(false_when="16 pupils are asked instead of 4", pupils=16)
def four_pupils_err_so_much_in_one_set_in_ten(pupils=4):
    """In about one set in ten the mean of four pupils errs by as much as in this one."""
    error = abs(SEEN.mean[0] - SCHOOLS.true_mean[0])
    share = 1 - within(error / np.sqrt(SCHOOLS.sigma2 / pupils))
    assert 0.09 < share < 0.11


def changes(sizes):
    """Absolute changes of means and of estimates when new pupils come to the twelve schools of the figure."""
    drawn = new_pupils(SCHOOLS.true_mean, worlds=20_000, sizes=sizes)
    return np.abs(drawn.mean - SEEN.mean), np.abs(classical_estimate(drawn).estimate - SEEN.estimate)


@claim(false_when="the three smallest schools all send 4 pupils", sizes=(4, 4, 4, *SIZES[3:]))
def own_mean_of_four_changes_most_often(sizes=SIZES):
    """The mean of the school with 4 pupils changes most in nearly half of the repetitions, far ahead of others."""
    mean, _ = changes(sizes)
    share = np.bincount(mean.argmax(axis=1), minlength=12) / len(mean)
    assert 0.44 < share[0] < 0.5
    assert share[0] > 1.5 * share[1:].max()
    assert sizes[0] < min(sizes[1:])
    assert abs(SEEN.mean[0] - SCHOOLS.true_mean[0]) > 1.5 * np.sqrt(SCHOOLS.sigma2 / sizes[0])


@claim(false_when="one school sends 2 pupils and all others 1,000", sizes=(2, *[1000] * 11))
def no_estimate_is_likely_to_change_most(sizes=SIZES):
    """No school's estimate changes most in more than 40% of the repetitions."""
    _, estimate = changes(sizes)
    assert np.bincount(estimate.argmax(axis=1)).max() < 0.4 * len(estimate)


@claim(false_when="every school sends 1,000 pupils", sizes=(1000,) * 12)
def estimates_of_small_schools_change_less(sizes=SIZES):
    """From sample to sample the estimates of the four smallest schools vary at most 4/5 as much as their means."""
    first, second = (new_pupils(SCHOOLS.true_mean, worlds=20_000, sizes=sizes, seed=seed) for seed in (1, 2))
    mean = np.std(first.mean - second.mean, axis=0)
    estimate = np.std(classical_estimate(first).estimate - classical_estimate(second).estimate, axis=0)
    assert np.all(estimate[:4] < 0.8 * mean[:4])


@claim(false_when="each page takes a quarter of an hour more", more=15)
def pages_take_so_many_hours(more=0):
    """The pages' times add up to about 11 hours, those of the core to 6, the notebooks' to 3 to 5."""
    table = Path(__file__).parents[1].joinpath("index.md").read_text("utf-8")
    pages = [(int(time) + more, core) for time, core in re.findall(r"\| (\d+) min(, core)? \|", table)]
    assert round(sum(time for time, _ in pages) / 60) == 11
    assert round(sum(time for time, core in pages if core) / 60) == 6
    least, most = (
        np.sum([[int(a), int(b)] for a, b in re.findall(r"\| (\d+) to (\d+) min \|", table)], axis=0) / 60
    )
    assert 3 <= least < most <= 5
