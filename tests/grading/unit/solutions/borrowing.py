# %% [markdown]
# # Borrowing
#
# A unit for the tests of the grader: seven functions, a figure, two written answers, each no longer than needed.

# %% role="given" grade_id="setup"
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

try:
    from check import check
except ModuleNotFoundError:
    raise SystemExit("Put check.py, public_checks.json and schools.csv beside this notebook, then run again.")

schools = pd.read_csv("schools.csv")
schools.groupby("school")["score"].agg(["size", "mean"]).round(1)

# %% [markdown]
# ## 1 Each school ({{ points }})
#
# Labels, sizes, means and variances; see [the page]({{ book }}/separate-schools.html). A formula: $n_j$.
#
# <details><summary>Hint 1</summary>
#
# `np.unique` sorts.
# </details>

# %% role="task" grade_id="group_summary"
def group_summary(y, group):
    """Summarise each group.

    Returns
    -------
    labels, n, mean, variance : four arrays, one element per group, groups in sorted order of their labels
    """
    ### BEGIN SOLUTION
    y = np.asarray(y, dtype=float)
    group = np.asarray(group)
    labels, n = np.unique(group, return_counts=True)
    mean = np.array([y[group == label].mean() for label in labels])
    variance = np.array([y[group == label].var(ddof=1) if size > 1 else np.nan for label, size in zip(labels, n)])
    return labels, n, mean, variance
    ### END SOLUTION

# %% role="tests" grade_id="test_group_summary" points=3
check(group_summary)
### BEGIN HIDDEN TESTS
hidden_check(group_summary)
### END HIDDEN TESTS

# %% [markdown]
# ## 2 Intervals ({{ points }})

# %% role="task" grade_id="no_pooling_interval"
def no_pooling_interval(y, group):
    """Large-sample 95% interval of each group's mean: lower and upper limits."""
    ### BEGIN SOLUTION
    labels, n, mean, variance = group_summary(y, group)
    half_width = 1.96 * np.sqrt(variance / n)
    return mean - half_width, mean + half_width
    ### END SOLUTION

# %% role="tests" grade_id="test_no_pooling_interval" points=2
check(no_pooling_interval)
### BEGIN HIDDEN TESTS
hidden_check(no_pooling_interval)
### END HIDDEN TESTS

# %% role="given" grade_id="show_intervals"
try:
    lower, upper = no_pooling_interval(schools["score"], schools["school"])
    fig, ax = plt.subplots(figsize=(3, 2))
    ax.plot(lower, upper, "o")
    plt.show()
except NotImplementedError:
    print("Write the functions above, then run this cell again.")

# %% [markdown]
# ## 3 One school for all
#
# ### 3a The one mean ({{ points }})

# %% role="task" grade_id="complete_pooling"
def complete_pooling(y):
    """Mean of all scores, one number."""
    ### BEGIN SOLUTION
    return float(np.mean(np.asarray(y, dtype=float)))
    ### END SOLUTION

# %% role="tests" grade_id="test_complete_pooling" points=1
check(complete_pooling)
### BEGIN HIDDEN TESTS
hidden_check(complete_pooling)
### END HIDDEN TESTS

# %% [markdown]
# ### 3b Do the data contradict it? ({{ points }})

# %% role="task" grade_id="f_ratio"
def f_ratio(y, group):
    """Ratio of the mean square between groups to the mean square within groups, one number."""
    ### BEGIN SOLUTION
    labels, n, mean, variance = group_summary(y, group)
    J, N = len(n), n.sum()
    msb = np.sum(n * (mean - complete_pooling(y)) ** 2) / (J - 1)
    msw = np.sum((n - 1) * np.where(n > 1, variance, 0.0)) / (N - J)
    return float(msb / msw)
    ### END SOLUTION

# %% role="tests" grade_id="test_f_ratio" points=2
check(f_ratio)
### BEGIN HIDDEN TESTS
hidden_check(f_ratio)
### END HIDDEN TESTS

# %% [markdown]
# ## 4 The compromise, with everything known ({{ points }})
#
# Read first: [The compromise]({{ book }}/compromise.html).

# %% role="task" grade_id="partial_pooling"
def partial_pooling(group_means, sampling_variances, *, grand_mean, tau2):
    """Multilevel estimate of each group's mean when the other parameters are known."""
    ### BEGIN SOLUTION
    group_means = np.asarray(group_means, dtype=float)
    weight = tau2 / (tau2 + np.asarray(sampling_variances, dtype=float))
    return grand_mean + weight * (group_means - grand_mean)
    ### END SOLUTION

# %% role="tests" grade_id="test_partial_pooling" points=4
check(partial_pooling)
### BEGIN HIDDEN TESTS
hidden_check(partial_pooling)
### END HIDDEN TESTS

# %% [markdown]
# ## 5 The variance between ({{ points }})

# %% role="task" grade_id="between_group_variance"
def between_group_variance(y, group):
    """Analysis-of-variance estimate of tau^2, the variance of the groups' true means; never negative."""
    ### BEGIN SOLUTION
    labels, n, mean, variance = group_summary(y, group)
    J, N = len(n), n.sum()
    msb = np.sum(n * (mean - complete_pooling(y)) ** 2) / (J - 1)
    msw = np.sum((n - 1) * np.where(n > 1, variance, 0.0)) / (N - J)
    n0 = (N - np.sum(n**2) / N) / (J - 1)
    return float(max(0.0, (msb - msw) / n0))
    ### END SOLUTION

# %% role="tests" grade_id="test_between_group_variance" points=3
check(between_group_variance)
### BEGIN HIDDEN TESTS
hidden_check(between_group_variance)
### END HIDDEN TESTS

# %% [markdown]
# ## 6 Everything together ({{ points }})

# %% role="task" grade_id="shrinkage_estimate"
def shrinkage_estimate(y, group, *, tau2=None):
    """Plug-in estimate of each group's mean; tau2 is estimated unless given."""
    ### BEGIN SOLUTION
    labels, n, mean, variance = group_summary(y, group)
    if tau2 is None:
        tau2 = between_group_variance(y, group)
    return partial_pooling(mean, variance / n, grand_mean=complete_pooling(y), tau2=tau2)
    ### END SOLUTION

# %% role="tests" grade_id="test_shrinkage_estimate" points=5
check(shrinkage_estimate)
### BEGIN HIDDEN TESTS
hidden_check(shrinkage_estimate)
### END HIDDEN TESTS

# %% [markdown]
# ## 7 See it ({{ points }}, graded by hand)

# %% role="written" grade_id="draw_shrinkage" points=3
def draw_shrinkage(ax, mean, shrunk, n, overall):
    """Draw each group's own mean and its shrunken mean on the axes."""
    ### BEGIN SOLUTION
    ax.axvline(overall, color="black", linestyle="--")
    ax.plot(mean, n, "o", fillstyle="none")
    ax.plot(shrunk, n, "o")
    # Rubric: 1 point each for both estimates, for the overall mean, for labels.
    ### END SOLUTION

# %% role="given" grade_id="show_shrinkage"
try:
    labels, n, mean, variance = group_summary(schools["score"], schools["school"])
    shrunk = shrinkage_estimate(schools["score"], schools["school"])
    fig, ax = plt.subplots(figsize=(3, 2))
    draw_shrinkage(ax, mean, shrunk, n, complete_pooling(schools["score"]))
    plt.show()
    print(pd.DataFrame({"n": n, "own mean": mean, "shrunken": shrunk}, index=labels).round(2))
except NotImplementedError:
    print("Write the functions above, then run this cell again.")

# %% [markdown]
# ## 8 Which school moves most? ({{ points }}, graded by hand)

# %% [markdown] role="written" grade_id="who_moves_most" points=3
# ### BEGIN SOLUTION
# The smallest, unless it lies near the overall mean.
#
# Rubric: 1 point names it; 1 point the variance; 1 point the distance.
# ### END SOLUTION

# %% [markdown]
# ## 9 When would you rather not borrow? ({{ points }}, graded by hand)

# %% [markdown] role="written" grade_id="when_not_to_borrow" points=3
# ### BEGIN SOLUTION
# When the groups are not exchangeable.
#
# Rubric: 1 point a situation; 1 point the assumption; 1 point an alternative.
# ### END SOLUTION

# %% [markdown]
# ## Done?
#
# Hand the notebook in.
