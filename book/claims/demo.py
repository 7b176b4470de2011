"""What the page *The demo* asserts."""

import numpy as np

from claims.claim import claim
from reference_impl import (
    datasets,
    design_matrix,
    fit_linear,
)


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


@claim(false_when="slopes vary with a standard deviation of 50", slopes=50.0)
def philosophy_turns_towards_the_average_slope(slopes=0.43):
    """Its slope moves well towards the average, 2.37; its intercept moves past the average of 57 as it turns."""
    staff = datasets.faculty_salaries()
    rows = staff.department == "philosophy"
    x, y = design_matrix(staff.years[rows]), staff.salary[rows]
    own, average = fit_linear(x, y).coef, np.array([57.4, 2.37])
    precision = np.diag(1 / np.array([23.8, slopes]) ** 2)  # as mixed-model software estimates them, sigma too
    information = x.T @ x / 9.0**2
    partial = np.linalg.solve(information + precision, information @ own + precision @ average)
    assert own[1] + 0.5 * (average[1] - own[1]) < partial[1] < average[1]
    assert partial[0] < average[0] - 5 < own[0]
