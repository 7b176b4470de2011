"""Quantiles of Student's t against printed tables."""

import pytest

from reference_impl import InputError
from reference_impl.student_t import student_t_quantile


@pytest.mark.parametrize(
    ("df", "quantile"), [(1, 12.7062), (2, 4.30265), (3, 3.18245), (9, 2.26216), (30, 2.04227), (1000, 1.96234)]
)
def test_the_95_percent_column_of_the_tables(df, quantile):
    assert student_t_quantile(df) == pytest.approx(quantile, abs=5e-6 * quantile)


def test_other_coverages():
    assert student_t_quantile(2, coverage=0.5) == pytest.approx(0.816497, abs=1e-6)
    assert student_t_quantile(7, coverage=0.99) == pytest.approx(3.49948, abs=1e-5)


@pytest.mark.parametrize(("df", "coverage"), [(0, 0.95), (3, 0.0), (3, 1.0)])
def test_what_has_no_quantile_is_refused(df, coverage):
    with pytest.raises(InputError, match="no t quantile"):
        student_t_quantile(df, coverage=coverage)
