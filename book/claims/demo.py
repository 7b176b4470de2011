"""What the page *The demo* asserts."""

import numpy as np

from claims.claim import claim
from reference_impl import (
    anova,
    between_group_variance,
    complete_pooling,
    datasets,
    design_matrix,
    fit_linear,
    partial_pooling,
    shrinkage_factor,
    sigmoid,
)
from reference_impl.groups import group_summary

N = np.array([3, 6, 12, 40, 120])


def lab(seed):
    """Where the lab starts with twelve schools: their summary, centre, weights and moves."""
    schools = datasets.simulated_schools(seed=seed)
    seen, centre = group_summary(schools.score, schools.school), complete_pooling(schools.score)
    tau = round(np.sqrt(between_group_variance(schools.score, schools.school)), 1)
    v = round(np.sqrt(anova(schools.score, schools.school).ms_within), 1) ** 2 / seen.n
    estimate = partial_pooling(seen.mean, v, grand_mean=centre, tau2=tau**2)
    return seen, v, centre, tau, shrinkage_factor(v, tau2=tau**2), estimate - seen.mean


@claim(false_when="another university is invented", seed=1)
def common_line_misses_departments(seed=13):
    """Economics and philosophy lie below the common line to the last person, biology and sociology above it."""
    staff = datasets.faculty_salaries(seed=seed)
    above = fit_linear(design_matrix(staff.years), staff.salary).residuals > 0
    for name, side in (("economics", False), ("philosophy", False), ("biology", True), ("sociology", True)):
        assert np.all(above[staff.department == name] == side)


@claim(false_when="philosophy had the 45 people of biology", department="biology")
def four_people_say_little(department="philosophy"):
    """Philosophy's own slope has more than five times the standard error of biology's."""
    staff = datasets.faculty_salaries()
    se = {}
    for name in ("biology", department):
        rows = staff.department == name
        se[name] = fit_linear(design_matrix(staff.years[rows]), staff.salary[rows]).se[1]
    assert se[department] > 5 * se["biology"]


@claim(false_when="the departments start from one salary", start=60.0)
def slope_makes_up_for_a_start(start=None):
    """With one start for all, the slope of a department that starts far below becomes too small."""
    staff = datasets.faculty_salaries()
    j = np.searchsorted(staff.labels, staff.department)
    begin = staff.true_intercept[j] if start is None else start
    salary = staff.salary - staff.true_intercept[j] + begin
    economics = staff.department == "economics"
    years, gap = staff.years[economics], salary[economics] - fit_linear(design_matrix(staff.years), salary).coef[0]
    assert years @ gap / (years @ years) < 0.5 * fit_linear(design_matrix(years), salary[economics]).coef[1]


@claim(false_when="only sigma is doubled", both=False)
def doubling_both_changes_nothing(both=True):
    """Doubling sigma and tau changes no weight."""
    tau = 10 if both else 5
    assert np.allclose(shrinkage_factor(400 / N, tau2=tau**2), shrinkage_factor(100 / N, tau2=25))


@claim(false_when="weights are compared by differences", relative=False)
def halved_sizes_hit_the_small_hardest(relative=True):
    """Halved sizes lower all weights, those of the small groups most in proportion."""
    before, after = shrinkage_factor(100 / N, tau2=25), shrinkage_factor(200 / N, tau2=25)
    assert np.all(after < before)
    lost = 1 - after / before if relative else before - after
    assert np.all(np.diff(lost) < 0)


@claim(false_when="the line is the plain mean of the groups' means", weighted=False)
def larger_group_pulls_the_line(weighted=True):
    """Enlarging one group pulls the line towards that group, by 2.6 points from 4 pupils of the book to 200."""
    schools = datasets.simulated_schools()
    seen = group_summary(schools.score, schools.school)
    sizes = np.where(np.eye(seen.n.size) == 1, 200, seen.n)  # one school at a time has 200 pupils
    line = [np.average(seen.mean, weights=n if weighted else None) for n in (seen.n, *sizes)]
    assert np.all(np.abs(line[1:] - seen.mean) < np.abs(line[0] - seen.mean))
    assert seen.n.argmin() == 0
    assert round(line[0] - line[1], 1) == 2.6


@claim(false_when="tau has no end", tau=1e9)
def no_state_is_0_or_100_percent(tau=3.0):
    """For yes-or-no outcomes no estimate is 0% or 100% as long as tau is finite."""
    for n, ones in ((1, 0), (8, 8), (50, 50)):
        low, high = -1e6, 1e6  # the most probable log-odds, with the centre at 0, by bisection
        for _ in range(200):
            middle = (low + high) / 2
            rises = ones - n * sigmoid(middle) - middle / tau**2 > 0
            low, high = (middle, high) if rises else (low, middle)
        assert 0.001 < sigmoid(low) < 0.999


@claim(false_when="they are the other twelve schools of the lab", seed=2)
def smallest_moves_furthest_here(seed=607):
    """The school with the fewest pupils has the smallest weight, and among these twelve it also moves furthest."""
    seen, *_, weight, move = lab(seed)
    assert seen.n.argmin() == weight.argmin() == np.abs(move).argmax()


@claim(false_when="they are the twelve schools of the book", seed=607)
def another_moves_furthest_there(seed=2):
    """In the other twelve schools of the lab it is not the smallest that moves furthest."""
    seen, *_, move = lab(seed)
    assert np.abs(move).argmax() != seen.n.argmin()


@claim(false_when="it is applied to the other twelve schools", seed=2)
def example_is_the_table(seed=607):
    """The example is the smallest and the largest school of the table."""
    seen, v, centre, tau, *_ = lab(seed)
    assert np.allclose(seen.mean[[0, -1]], [40.45, 51.37], atol=0.005)
    assert np.allclose(v[[0, -1]], [26.01, 0.867], atol=0.0005)
    assert np.allclose([centre, tau**2], [48.45, 14.44], atol=0.005)
