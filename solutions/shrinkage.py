# %% [markdown]
# # Shrinkage: how much should a school borrow?
#
# Twelve schools (invented ones) gave the same test. Some tested thirty pupils or more, one tested four. You are asked to
# publish one number per school: its mean score. In this notebook you build, from small functions, the classical
# shrinkage estimate, and you watch what it does to the school with four pupils. (Mixed-model software follows the same
# idea with other details: one variance within schools, another centre. Its numbers differ a little.)
#
# **Time:** 60 to 90 minutes. **You need:** means, variances, a little NumPy. **You will write:** seven functions, one
# figure, two short answers.
#
# How this works:
#
# - Write your answer where it says `YOUR CODE HERE`, then run the cell with the check below it. A check knows a few public
#   cases and tells you at once what differs. Grading uses the same checks with other numbers, so a function that
#   returns the public values by heart earns nothing.
# - Warnings and printed text never cost points. You may add cells and helper functions wherever you like.
# - Import NumPy, pandas, matplotlib or Python's own modules if you like. Other packages are not there when it is graded.
# - Hints are folded: open one at a time.

# %% role="given" grade_id="setup"
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

try:
    from check import check
except ModuleNotFoundError:
    raise SystemExit("Put check.py, public_checks.json and schools.csv beside this notebook, then run again.")

schools = pd.read_csv("schools.csv")
schools.groupby("school")["score"].agg(["size", "mean"]).round(2)

# %% [markdown]
# Each row of `schools` is a pupil: `school` is a label, `score` the pupil's score in points. Call the score of pupil $i$ in
# school $j$ $y_{ij}$, the number of pupils of that school $n_j$, the number of schools $J$, and that of all pupils $N$.
#
# ## 1 What each school says about itself ({{ points }})
#
# Write `group_summary(y, group)`. It takes the scores and, in the same order, each score's school, and returns four arrays
# with one element per school, **in sorted order of the labels**:
#
# $$\text{labels}, \qquad n_j, \qquad \bar y_j = \frac{1}{n_j}\sum_i y_{ij}, \qquad
# s_j^2 = \frac{1}{n_j - 1}\sum_i (y_{ij} - \bar y_j)^2 .$$
#
# A school with one pupil has no sample variance: return `nan` for it, not 0. Labels may be text, sorted as Python sorts
# it, or numbers, sorted as numbers, so that 9 comes before 10. Scores and labels may come as lists, arrays or columns of a
# table, here and in every task below. Scores may have decimals, and be negative where they are counted from a pass mark.
#
# *By hand:* school b with the scores 7, 9, 4 has $n = 3$, $\bar y = 6.667$ and $s^2 = 6.333$.
#
# Read first: [Separate schools]({{ book }}/separate-schools.html).
#
# <details><summary>Hint 1</summary>
#
# `np.unique(group)` gives the sorted labels; `y[group == label]` the scores of one school. Turn the inputs into arrays
# first: `y = np.asarray(y, dtype=float)`.
# </details>
# <details><summary>Hint 2</summary>
#
# NumPy's `var` divides by $n$ unless you say `ddof=1`. With one score it then gives `nan` (and a warning, which is
# harmless); or let pandas group: `pd.Series(y).groupby(np.asarray(group)).var()`.
# </details>

# %% role="task" grade_id="group_summary"
def group_summary(y, group):
    """Summarise each group.

    Parameters
    ----------
    y : sequence of N numbers (list, array or Series)
    group : sequence of N labels, text or numbers, in the order of y

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
# ## 2 No pooling: each school on its own ({{ points }})
#
# If each school is estimated separately, the variance of its mean is estimated by $s_j^2/n_j$, and a large-sample 95%
# interval is
#
# $$\bar y_j \pm 1.96 \sqrt{s_j^2 / n_j} .$$
#
# Write `no_pooling_interval(y, group)`, which returns two arrays, the lower and the upper limits. Use the number 1.96, as
# everywhere in this course. A school with one pupil has no interval: both limits are `nan`. (For a single small school the quantile of Student's $t$ is the better multiplier.)
#
# *By hand:* for the scores 7, 9, 4 the half-width is $1.96\sqrt{6.333/3} = 2.848$, so the interval runs from 3.819 to 9.514.
#
# <details><summary>Hint</summary>
#
# You have done most of the work: `labels, n, mean, variance = group_summary(y, group)`.
# </details>

# %% role="task" grade_id="no_pooling_interval"
def no_pooling_interval(y, group):
    """Large-sample 95% interval of each group's mean from that group's scores alone.

    Returns
    -------
    lower, upper : two arrays, groups in sorted order of their labels
    """
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

# %% [markdown]
# Now for the twelve schools. Look at the one with four pupils: how much does its interval tell you? (And it is
# too short: with four normal scores the factor 1.96 covers the true mean in 85.5% of samples, not in 95%.)

# %% role="given" grade_id="show_intervals"
try:
    lower, upper = no_pooling_interval(schools["score"], schools["school"])
    labels, n, mean, variance = group_summary(schools["score"], schools["school"])
    fig, ax = plt.subplots(figsize=(7, 4))
    ax.errorbar(mean, np.arange(len(n)), xerr=[mean - lower, upper - mean], fmt="o", capsize=3)
    ax.set_yticks(np.arange(len(n)), [f"{label} (n={size})" for label, size in zip(labels, n)])
    ax.set_xlabel("score, points")
    ax.set_title("No pooling: mean and 95% interval of each school")
    plt.show()
except NotImplementedError:
    print("Write the functions above, then run this cell again.")

# %% [markdown]
# ## 3 Complete pooling: one school for all
#
# The other extreme says that all schools have the same mean, $\mu_j = \mu$. That is the null hypothesis of the analysis of
# variance. Read first: [One school for all]({{ book }}/one-school.html).
#
# ### 3a The one mean ({{ points }})
#
# Write `complete_pooling(y)`: the mean of all scores, $\bar y_\text{all} = \sum_{ij} y_{ij} / N$. Every score counts, however
# often it occurs and however far out it lies.

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
#
# Write `f_ratio(y, group)`. With
#
# $$\text{SSB} = \sum_j n_j (\bar y_j - \bar y_\text{all})^2, \qquad \text{SSW} = \sum_j \sum_i (y_{ij} - \bar y_j)^2,$$
#
# the mean squares are $\text{MSB} = \text{SSB}/(J-1)$ and $\text{MSW} = \text{SSW}/(N-J)$, and $F = \text{MSB}/\text{MSW}$.
# If all schools had the same mean (and the same variance within), $F$ would be around 1. A school with one pupil counts in
# SSB; to SSW it adds 0.
#
# *By hand:* school a has 1, 2, 3 and school b 7, 9, 4. Then $\bar y_\text{all} = 4.333$, $\text{SSB} = 32.67$,
# $\text{SSW} = 14.67$ and $F = 32.67 / 3.667 = 8.909$.
#
# <details><summary>Hint 1</summary>
#
# $\text{SSW} = \sum_j (n_j - 1) s_j^2$, so `group_summary` has all you need. (A school with one pupil adds nothing to SSW.
# Its $s_j^2$ is `nan`, and $0 \cdot$ `nan` is `nan`, not 0.)
# </details>
# <details><summary>Hint 2</summary>
#
# Every deviation in SSB is taken from the mean of all scores, not from the average of the school means: a large school
# counts for more.
# </details>

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
# Separate schools ignore that schools are alike; one school for all ignores that they differ. The hierarchical model
# says both: $y_{ij} \sim N(\mu_j, \sigma_j^2)$ and, one level up, $\mu_j \sim N(\mu_0, \tau^2)$. Given $\mu_0$, $\tau^2$
# and the sampling variance $v_j = \sigma_j^2/n_j$ of each mean, the estimate is an average weighted by precision:
#
# $$\hat\mu_j = \frac{\bar y_j / v_j + \mu_0 / \tau^2}{1 / v_j + 1 / \tau^2}
#   = \mu_0 + \lambda_j (\bar y_j - \mu_0), \qquad \lambda_j = \frac{\tau^2}{\tau^2 + v_j} .$$
#
# The two forms are equal, but only the second survives $\tau^2 = 0$, where $1/\tau^2$ does not exist and every school gets
# $\mu_0$, and $v_j = 0$ (a mean without sampling error), where the school keeps its own mean. Both will be asked, never at
# once.
#
# Write `partial_pooling(group_means, sampling_variances, *, grand_mean, tau2)`. Each $v_j$ and `tau2` is a variance already.
# The star means that `grand_mean` and `tau2` are passed by name.
#
# *By hand:* $\bar y = 60$, $v = 4$, $\mu_0 = 50$, $\tau^2 = 12$ give $\lambda = 12/16 = 0.75$ and the estimate 57.5. A mean of
# 44 with $v = 12$ has $\lambda = 0.5$ and moves to 47.
#
# Read first: [The compromise]({{ book }}/compromise.html).
#
# <details><summary>Hint 1</summary>
#
# Let $\tau^2$ become very large in the formula: which mean should win? Then very small. Try both on your function.
# </details>
# <details><summary>Hint 2</summary>
#
# Make arrays of the first two arguments; then the formula is one line for all schools at once, without a loop.
# </details>

# %% role="task" grade_id="partial_pooling"
def partial_pooling(group_means, sampling_variances, *, grand_mean, tau2):
    """Multilevel estimate of each group's mean when the other parameters are known.

    Parameters
    ----------
    group_means : sequence of J numbers, the groups' observed means
    sampling_variances : sequence of J numbers, the squared standard errors of those means; one may be 0
    grand_mean : number, the mean of the true means
    tau2 : number, the variance of the true means; may be 0

    Returns
    -------
    array of J estimates
    """
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
# ## 5 Where does τ² come from? ({{ points }})
#
# In practice nobody tells you $\tau^2$. The mean squares of task 3 hold an estimate. If all schools have the same variance
# $\sigma^2$ within, then on average MSW is $\sigma^2$ and MSB is $\sigma^2 + n_0 \tau^2$, where $n_0$ is a kind of average
# school size. Solve for $\tau^2$, and call a negative result 0:
#
# $$\hat\tau^2 = \max\left(0, \frac{\text{MSB} - \text{MSW}}{n_0}\right), \qquad
#   n_0 = \frac{1}{J - 1}\left(N - \frac{\sum_j n_j^2}{N}\right) .$$
#
# Write `between_group_variance(y, group)`.
#
# *By hand:* for 1, 2, 3 and 7, 9, 4, $n_0 = 6 - 18/6 = 3$ and $\hat\tau^2 = (32.67 - 3.667)/3 = 9.667$.
#
# Read first: [The classical estimate]({{ book }}/plug-in.html).
#
# <details><summary>Hint 1</summary>
#
# The variance of the school means is not $\tau^2$: part of it is sampling noise. That is what MSW takes out.
# </details>
# <details><summary>Hint 2</summary>
#
# When does MSB fall below MSW? The third public case of the check is such a data set.
# </details>

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
# ## 6 The classical shrinkage estimate ({{ points }})
#
# Now put the pieces together. The classical estimate is the formula of task 4 with estimates plugged in: each school's own
# $s_j^2$ for $\sigma_j^2$ (so $v_j = s_j^2 / n_j$), the mean of all scores $\bar y_\text{all}$ for $\mu_0$, and
# $\hat\tau^2$ of task 5 for $\tau^2$. (A hybrid: task 5 took one $\sigma^2$ for all schools, the weights take each school's
# own.)
#
# Write `shrinkage_estimate(y, group, *, tau2=None)`. It returns one estimate per school, in sorted order of the labels. If
# `tau2` is given, use it, 0 too; if it is `None`, estimate it. When $\tau^2 = 0$ every school gets the mean of all scores;
# otherwise a school whose pupils all have the same score has $v_j = 0$ and keeps its mean. (Both at once will not be asked.)
#
# *By hand:* for 1, 2, 3 and 7, 9, 4 the weights are 0.967 and 0.821, and the estimates 2.078 and 6.248.
#
# Read first: [The classical estimate]({{ book }}/plug-in.html).
#
# <details><summary>Hint</summary>
#
# Four lines: `group_summary`, `between_group_variance` (only if `tau2 is None`), `complete_pooling`, `partial_pooling`.
# </details>

# %% role="task" grade_id="shrinkage_estimate"
def shrinkage_estimate(y, group, *, tau2=None):
    """Classical plug-in estimate of each group's mean, groups in sorted order of their labels.

    Parameters
    ----------
    y : sequence of N numbers
    group : sequence of N labels
    tau2 : number, 0 or more, or None; None means: estimate it by between_group_variance

    Returns
    -------
    array of J estimates
    """
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
#
# Write `draw_shrinkage(ax, mean, shrunk, n, overall)`, which draws on the axes `ax`, for every school, its own mean and its
# shrunken mean, so that a reader sees at once who moves, how far, and which way. Mark the overall mean, show each school's
# size, label the axes with units.
#
# Read first: [What it implies]({{ book }}/implications.html).
#
# <details><summary>Hint</summary>
#
# One row per school works well: a hollow point at `mean[j]`, a filled one at `shrunk[j]`, a line between them, and a
# vertical line at `overall`. Sorting the rows by `n` shows the pattern.
# </details>

# %% role="written" grade_id="draw_shrinkage" points=3
def draw_shrinkage(ax, mean, shrunk, n, overall):
    """Draw each group's own mean and its shrunken mean on the axes."""
    ### BEGIN SOLUTION
    order = np.argsort(n)
    rows = np.arange(len(n))
    ax.axvline(overall, color="black", linestyle="--", label="mean of all scores")
    ax.hlines(rows, mean[order], shrunk[order], color="grey")
    ax.plot(mean[order], rows, "o", fillstyle="none", label="own mean")
    ax.plot(shrunk[order], rows, "o", label="shrunken mean")
    ax.set_yticks(rows, [f"n = {size}" for size in n[order]])
    ax.set_xlabel("score, points")
    ax.set_ylabel("school, smallest first")
    ax.legend()
    # Rubric: 1 point both estimates of every school, told apart without colour; 1 point the overall mean and the
    # sizes can be read off; 1 point axes labelled with the unit and a legend or direct labels.
    ### END SOLUTION

# %% role="given" grade_id="show_shrinkage"
try:
    labels, n, mean, variance = group_summary(schools["score"], schools["school"])
    shrunk = shrinkage_estimate(schools["score"], schools["school"])
    overall = complete_pooling(schools["score"])
    fig, ax = plt.subplots(figsize=(7, 5))
    draw_shrinkage(ax, mean, shrunk, n, overall)
    plt.show()
    columns = {"n": n, "s2": variance, "own mean": mean, "shrunken": shrunk, "moved": shrunk - mean}
    columns["share moved"] = (shrunk - mean) / (overall - mean)
    print(f"overall mean {overall:.2f}")
    print(pd.DataFrame(columns, index=labels).round(2).to_string())
except NotImplementedError:
    print("Write the functions above, then run this cell again.")

# %% [markdown]
# ## 8 Which school moves most? ({{ points }}, graded by hand)
#
# In your figure and table: which school moves most in points, and which moves by the largest share of its distance to the
# overall mean? Are they the same? Explain with $n_j$, $s_j^2$ and $\bar y_j$. Three to six sentences.

# %% [markdown] role="written" grade_id="who_moves_most" points=3
# ### BEGIN SOLUTION
# School 01 ($n = 4$) moves most in points, 4.73. School 02 ($n = 6$) gives up the largest share, 0.65, but of a distance of
# only 0.12 points. The share moved is $1 - \lambda_j = v_j/(v_j + \tau^2)$, so it is largest where $v_j = s_j^2/n_j$ is:
# usually the smallest school, but here the scores of school 02 are so spread out ($s_2^2 = 160$, against 82 in school 01 and
# 104 pooled) that $v_2 = 26.6$ exceeds $v_1 = 20.6$. The distance in points is that share times
# $\bar y_\text{all} - \bar y_j$: a school that lies far out can move further than a school with a larger share that lies
# near the overall mean.
#
# Rubric: 1 point names both schools correctly from the student's own table; 1 point the share depends on $s_j^2/n_j$
# against $\tau^2$ (not on $n_j$ alone); 1 point the move in points also depends on the distance from the overall mean.
# ### END SOLUTION

# %% [markdown]
# ## 9 When would you rather not borrow? ({{ points }}, graded by hand)
#
# Describe one situation in which shrinking the schools' means towards the overall mean would be a bad idea, or unfair, and
# say what you would do instead. Three to six sentences.
#
# Read first: [When it wins, and when it does not]({{ book }}/when-it-wins.html).

# %% [markdown] role="written" grade_id="when_not_to_borrow" points=3
# ### BEGIN SOLUTION
# Examples: the groups are not exchangeable (one school selects its pupils; pulling it towards the others biases it, so
# model the difference with a predictor); a decision concerns one group and unbiasedness for it matters more than total
# error; the schools number two or three, so that the guess at $\tau^2$ is too wild; a good small school would be robbed of
# its prize because it is small.
#
# Rubric: 1 point a concrete situation; 1 point names the assumption that fails or the loss that differs
# (exchangeability, normal second level, average error against error for one group); 1 point a workable alternative.
# ### END SOLUTION

# %% [markdown]
# ## Done?
#
# Restart the kernel and run all cells from the top, then hand the notebook in. What you built is the classical estimate for
# means of groups. The next unit turns to predictors: least squares, and what grouped data do to it.
