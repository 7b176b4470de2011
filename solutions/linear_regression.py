# %% [markdown]
# # Linear regression: what is a year of experience worth?
#
# A university has five departments and 104 members of faculty. For each you know the department, the years of experience
# and the salary. How much more does a year of experience bring, and how sure can you be? In this notebook you build the
# least-squares fit with its standard errors from small functions, read its coefficients, and find the assumption that
# these data break.
#
# **Time:** 60 to 90 minutes. **You need:** vectors and matrices, a little NumPy. **You will write:** six functions and one
# short answer.
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
    raise SystemExit("Put check.py, public_checks.json and faculty.csv beside this notebook, then run again.")

faculty = pd.read_csv("faculty.csv")
faculty.groupby("department").agg(people=("salary", "size"), years=("years", "mean"), salary=("salary", "mean")).round(1)

# %% [markdown]
# Each row of `faculty` is a person; `salary` is in thousands of dollars a year. The model says
#
# $$y_i = \beta_0 + \beta_1 x_{i1} + \dots + \varepsilon_i, \qquad \varepsilon_i \sim N(0, \sigma^2) \text{ independently,}$$
#
# or $y = X\beta + \varepsilon$, where the first column of $X$ is all ones and carries the intercept $\beta_0$. **Every function
# below receives an `X` that has its column of ones already.** It has $n$ rows, one per person, and $p$ columns, one per
# coefficient, the intercept counted.
#
# The same tiny data set serves all examples by hand: three people with 0, 2 and 4 years of experience earn 60, 62 and 70.
#
# ## 1 The line ({{ points }})
#
# Write `least_squares(X, y)`, which returns the coefficients that make the residual sum of squares smallest:
#
# $$\hat\beta = \arg\min_b \sum_i (y_i - x_i^T b)^2 .$$
#
# Many books print the solution as $(X^TX)^{-1}X^Ty$. That is good for proofs and bad for computers: forming $X^TX$ squares
# the condition number of $X$, which is large where columns are nearly linearly dependent, and the digits so lost do not come
# back. Use a QR decomposition, $X = QR$ with $Q^TQ = I$ and $R$ upper triangular, so that $R\hat\beta = Q^Ty$; or
# `np.linalg.lstsq`.
#
# *By hand:* the mean of x is 2, that of y is 64. The slope is $(-2 \cdot -4 + 0 + 2 \cdot 6) / (4 + 0 + 4) = 2.5$ and the
# intercept $64 - 2.5 \cdot 2 = 59$: the answer is `[59, 2.5]`.
#
# Read first: [Linear regression]({{ book }}/linear-regression.html).
#
# <details><summary>Hint 1</summary>
#
# `Q, R = np.linalg.qr(X)` gives both factors. What remains is a triangular system of equations for the coefficients.
# </details>
# <details><summary>Hint 2</summary>
#
# `np.linalg.solve(A, b)` solves $Ax = b$ without forming an inverse. With `lstsq` one line is enough; it returns four
# things, and the coefficients are the first.
# </details>

# %% role="task" grade_id="least_squares"
def least_squares(X, y):
    """Coefficients with the smallest residual sum of squares.

    Parameters
    ----------
    X : array of shape (n, p), its first column all ones
    y : array of n numbers

    Returns
    -------
    array of p coefficients, in the order of the columns of X
    """
    ### BEGIN SOLUTION
    Q, R = np.linalg.qr(X)
    return np.linalg.solve(R, Q.T @ y)
    ### END SOLUTION

# %% role="tests" grade_id="test_least_squares" points=4
check(least_squares)
### BEGIN HIDDEN TESTS
hidden_check(least_squares)
### END HIDDEN TESTS

# %% [markdown]
# Does it matter how you solve? Below, `y` is made from known coefficients without any noise, so every method should give
# them back. The columns are the calendar year, in thousands, and its square.

# %% role="given" grade_id="show_scale"
try:
    year = np.arange(2010.0, 2021.0) / 1000
    calendar = np.column_stack([np.ones(len(year)), year, year**2])
    truth = np.array([1.0, 2.0, 3.0])
    inverted = np.linalg.inv(calendar.T @ calendar) @ calendar.T @ (calendar @ truth)
    solved = least_squares(calendar, calendar @ truth)
    print(f"largest error with the inverse of X'X: {np.max(np.abs(inverted - truth)):.1e}")
    print(f"largest error with your function:      {np.max(np.abs(solved - truth)):.1e}")
except NotImplementedError:
    print("Write the function above, then run this cell again.")

# %% [markdown]
# ## 2 What the line leaves ({{ points }})
#
# The residuals $e_i = y_i - x_i^T\hat\beta$ are what the line does not explain. Their size estimates $\sigma^2$:
#
# $$\hat\sigma^2 = \frac{\text{RSS}}{n - p}, \qquad \text{RSS} = \sum_i e_i^2 .$$
#
# The line was drawn through these very points, so the residuals are a little smaller than the errors; dividing by $n - p$
# instead of $n$ makes up for that. **Here $p$ is the number of columns of $X$, the ones included**; a book that writes
# $n - p - 1$ counts predictors only.
#
# Write `residual_variance(X, y)`.
#
# *By hand:* the fitted values are 59, 64 and 69, the residuals 1, -2 and 1, so $\text{RSS} = 6$ and
# $\hat\sigma^2 = 6 / (3 - 2) = 6$.
#
# <details><summary>Hint</summary>
#
# `n, p = X.shape`, and `X @ b` gives all fitted values at once.
# </details>

# %% role="task" grade_id="residual_variance"
def residual_variance(X, y):
    """Residual sum of squares divided by n - p, one number, in squared units of y."""
    ### BEGIN SOLUTION
    n, p = X.shape
    residuals = y - X @ least_squares(X, y)
    return float(residuals @ residuals / (n - p))
    ### END SOLUTION

# %% role="tests" grade_id="test_residual_variance" points=2
check(residual_variance)
### BEGIN HIDDEN TESTS
hidden_check(residual_variance)
### END HIDDEN TESTS

# %% [markdown]
# ## 3 How far could it be off? ({{ points }})
#
# With other people drawn from the same world, the coefficients would differ. Their standard errors are
#
# $$\text{se}(\hat\beta_k) = \sqrt{\hat\sigma^2 \left[(X^TX)^{-1}\right]_{kk}} .$$
#
# Write `standard_errors(X, y)`: one per coefficient, in the order of the columns.
#
# *By hand:* $X^TX = \begin{pmatrix} 3 & 6 \\ 6 & 20 \end{pmatrix}$ has the inverse
# $\frac{1}{24}\begin{pmatrix} 20 & -6 \\ -6 & 3 \end{pmatrix}$, so the standard errors are $\sqrt{6 \cdot 20/24} = 2.236$ and
# $\sqrt{6 \cdot 3/24} = 0.866$.
#
# <details><summary>Hint 1</summary>
#
# The whole matrix is inverted first and then its diagonal is taken. One over the diagonal of $X^TX$ is something else.
# </details>
# <details><summary>Hint 2</summary>
#
# Since $X = QR$, $(X^TX)^{-1} = R^{-1}R^{-T}$: the diagonal holds the squared lengths of the rows of $R^{-1}$. Here, where
# only a few digits are needed and the columns are tame, `np.linalg.inv(X.T @ X)` passes too.
# </details>

# %% role="task" grade_id="standard_errors"
def standard_errors(X, y):
    """Standard error of every coefficient, in the order of the columns of X."""
    ### BEGIN SOLUTION
    R = np.linalg.qr(X, mode="r")
    rows = np.linalg.solve(R, np.eye(len(R)))
    return np.sqrt(residual_variance(X, y) * np.sum(rows**2, axis=1))
    ### END SOLUTION

# %% role="tests" grade_id="test_standard_errors" points=3
check(standard_errors)
### BEGIN HIDDEN TESTS
hidden_check(standard_errors)
### END HIDDEN TESTS

# %% [markdown]
# ## 4 Intervals ({{ points }})
#
# A large-sample 95% interval is $\hat\beta_k \pm 1.96\,\text{se}(\hat\beta_k)$. Write `confidence_intervals(X, y)`, which
# returns two arrays, all lower limits and all upper limits. Use the number 1.96, as everywhere in this course. (For few
# people the quantile of Student's $t$ with $n - p$ degrees of freedom is the better multiplier; for the 104 people here it
# would be 1.98.)
#
# *By hand:* the slope's interval is $2.5 \pm 1.96 \cdot 0.866$, from 0.803 to 4.197; the intercept's runs from 54.617 to
# 63.383.
#
# <details><summary>Hint</summary>
#
# Two lines: the half-width `1.96 * standard_errors(X, y)`, then `return b - half, b + half`.
# </details>

# %% role="task" grade_id="confidence_intervals"
def confidence_intervals(X, y):
    """Large-sample 95% interval of every coefficient.

    Returns
    -------
    lower, upper : two arrays, in the order of the columns of X
    """
    ### BEGIN SOLUTION
    b = least_squares(X, y)
    half_width = 1.96 * standard_errors(X, y)
    return b - half_width, b + half_width
    ### END SOLUTION

# %% role="tests" grade_id="test_confidence_intervals" points=2
check(confidence_intervals)
### BEGIN HIDDEN TESTS
hidden_check(confidence_intervals)
### END HIDDEN TESTS

# %% [markdown]
# ## 5 How much does the line explain? ({{ points }})
#
# Compare the residuals with a model that knows nothing but the mean:
#
# $$R^2 = 1 - \frac{\text{RSS}}{\text{TSS}}, \qquad \text{TSS} = \sum_i (y_i - \bar y)^2 .$$
#
# Write `r_squared(X, y)`, a share between 0 and 1.
#
# *By hand:* $\text{TSS} = 16 + 4 + 36 = 56$, so $R^2 = 1 - 6/56 = 0.893$.
#
# <details><summary>Hint</summary>
#
# The deviations in TSS are taken from the mean of `y`, not from 0.
# </details>

# %% role="task" grade_id="r_squared"
def r_squared(X, y):
    """Share of the variation of y around its mean that the fit explains, one number."""
    ### BEGIN SOLUTION
    residuals = y - X @ least_squares(X, y)
    deviations = y - np.mean(y)
    return float(1 - residuals @ residuals / (deviations @ deviations))
    ### END SOLUTION

# %% role="tests" grade_id="test_r_squared" points=2
check(r_squared)
### BEGIN HIDDEN TESTS
hidden_check(r_squared)
### END HIDDEN TESTS

# %% [markdown]
# Now for the faculty: one common line for all departments, years of experience as the only predictor.

# %% role="given" grade_id="show_common_line"
years, salary = faculty["years"].to_numpy(), faculty["salary"].to_numpy()
X_common = np.column_stack([np.ones(len(years)), years])


def summary(X, names):
    """A table of the fit, as software prints it."""
    lower, upper = confidence_intervals(X, salary)
    columns = {"estimate": least_squares(X, salary), "se": standard_errors(X, salary), "lower": lower, "upper": upper}
    return pd.DataFrame(columns, index=names).round(2)


try:
    print(summary(X_common, ["intercept", "years"]))
    print(f"residual variance {residual_variance(X_common, salary):.0f}, R squared {r_squared(X_common, salary):.2f}")
    fig, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
    for marker, (department, people) in zip("osD^v", faculty.groupby("department")):
        ax.plot(people["years"], people["salary"], marker, label=department, fillstyle="none")
    b = least_squares(X_common, salary)
    ax.plot([0, 30], [b[0], b[0] + 30 * b[1]], color="black", label="one common line")
    ax.set_xlabel("experience, years")
    ax.set_ylabel("salary, thousands of dollars")
    ax.set_title("One line for all departments")
    ax.legend(bbox_to_anchor=(1.0, 1.0), loc="upper left")
    plt.show()
except NotImplementedError:
    print("Write the functions above, then run this cell again.")

# %% [markdown]
# ## 6 What sign and size mean ({{ points }})
#
# A coefficient is a comparison. Take two people who differ by $c$ in column $k$ of $X$ **and in nothing else**. Their expected
# outcomes differ by
#
# $$\beta_k \, c .$$
#
# A positive $\beta_k$: more of $x_k$ goes with a higher outcome. A negative one: with a lower outcome. Zero: no association,
# given the other columns. It is a comparison between people, not a promise of what happens to one person who changes.
#
# Write `predicted_difference(coef, k, change)`. Columns are counted as Python counts: column 0 is the column of ones.
#
# *By hand:* with the coefficients `[59, 2.5]`, someone with 4 more years (`k=1`, `change=4`) is expected to earn 10 thousand
# more; with 3 years less, 7.5 thousand less.
#
# Read first: [Linear regression]({{ book }}/linear-regression.html#reading-a-coefficient), "Reading a coefficient".
#
# <details><summary>Hint</summary>
#
# Write down the predictions $x^T\beta$ for both people and subtract. Most terms cancel. Does the intercept?
# </details>

# %% role="task" grade_id="predicted_difference"
def predicted_difference(coef, k, change):
    """Expected difference in y between two people who differ by `change` in column k and in nothing else.

    Parameters
    ----------
    coef : array of p coefficients, the intercept first
    k : position of the column, 1 for the first predictor
    change : number, in units of that column; it may be negative

    Returns
    -------
    one number, in units of y
    """
    ### BEGIN SOLUTION
    return float(coef[k] * change)
    ### END SOLUTION

# %% role="tests" grade_id="test_predicted_difference" points=2
check(predicted_difference)
### BEGIN HIDDEN TESTS
hidden_check(predicted_difference)
### END HIDDEN TESTS

# %% [markdown]
# ## 7 Colleagues are alike
#
# The fit above treats the 104 people as 104 independent pieces of information. If they were, the mean residual of a
# department with $n_j$ people would nearly always lie within about $\pm 2\hat\sigma/\sqrt{n_j}$ of 0. Before you run the
# next cell, look at your figure and **predict**: in which departments will it not?

# %% role="given" grade_id="show_departments"
try:
    residuals = salary - X_common @ least_squares(X_common, salary)
    table = pd.DataFrame({"residual": residuals, "department": faculty["department"]})
    table = table.groupby("department")["residual"].agg(people="size", mean_residual="mean")
    table["expected_sd"] = np.sqrt(residual_variance(X_common, salary) / table["people"])
    table["ratio"] = table["mean_residual"] / table["expected_sd"]
    print(table.round(2))
except NotImplementedError:
    print("Write the functions above, then run this cell again.")

# %% [markdown]
# One remedy is to give every department its own intercept: one more column of zeros and ones for each department but the
# first, which serves as the baseline. The line below is fitted with your own functions. Compare the two standard errors of
# `years`, and the two residual variances.

# %% role="given" grade_id="show_department_intercepts"
try:
    departments = sorted(faculty["department"].unique())
    indicators = [(faculty["department"] == name).to_numpy(dtype=float) for name in departments[1:]]
    X_departments = np.column_stack([X_common, *indicators])
    print(summary(X_common, ["intercept", "years"]), "\n")
    print(summary(X_departments, ["intercept", "years", *departments[1:]]), "\n")
    for name, X in (("one common line", X_common), ("parallel lines", X_departments)):
        print(f"{name}: residual variance {residual_variance(X, salary):.0f}, R squared {r_squared(X, salary):.2f}")
    b = least_squares(X_departments, salary)
    print(f"ten more years in the same department: {predicted_difference(b, 1, 10):+.1f} thousand dollars")
except NotImplementedError:
    print("Write the functions above, then run this cell again.")

# %% [markdown]
# ### Which assumption fails? ({{ points }}, graded by hand)
#
# The common line assumes independent errors. (a) What in the table of mean residuals speaks against that, and why are
# colleagues of one department alike? (b) A dean regards the five departments as a sample of *departments like these*, wants
# a 95% interval for their mean salary, and divides by $\sqrt{104}$. What is wrong with that, and is the interval too wide
# or too narrow? (c) Parallel lines give
# every department its own intercept from its own people alone. Look at the department with four people: what would you
# rather do, and why? Five to eight sentences.
#
# Read first: [Why hierarchical models]({{ book }}/why.html).

# %% [markdown] role="written" grade_id="colleagues_are_alike" points=4
# ### BEGIN SOLUTION
# (a) The mean residuals of biology and economics lie 5 and 7 expected standard deviations away from 0, so errors within a
# department go together: pay scales, the market outside and a common history are shared. Given one colleague's residual we can
# predict the next one's, which independence forbids.
#
# (b) A hundred colleagues who resemble each other tell less than a hundred independent people. The variation between
# departments does not average out within a department; for a statement beyond these five departments there are
# effectively five observations, and the interval is far too narrow. (The standard error of `years` goes the other way
# here: experience varies within departments, and the common line counts the differences between departments as noise.
# So "standard errors are always too small" is not right.)
#
# (c) Four people determine an intercept poorly. A hierarchical model treats the intercepts as draws from a common
# distribution and pulls the poorly known one towards the others, by as much as the data suggest: it stands between one
# common line and separate intercepts.
#
# Rubric: 1 point residuals within departments share a sign or a size, with numbers from the table, and a plausible cause;
# 1 point names the assumption (independence given the predictors) as what fails; 1 point too narrow, because the effective
# number of observations for that question is nearer 5 than 104; 1 point partial pooling or a random intercept for the
# small department, with the reason (borrowing strength, few data). No point is lost for not knowing that the standard
# error of `years` shrinks; do not give a point for "all standard errors are too small" without a reason.
# ### END SOLUTION

# %% [markdown]
# ## Done?
#
# Restart the kernel and run all cells from the top, then hand the notebook in. The unit on shrinkage builds the compromise
# of (c) for means without predictors; the next unit here asks the same questions of a yes-or-no outcome.
