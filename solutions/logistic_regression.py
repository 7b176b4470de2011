# %% [markdown]
# # Logistic regression: who prefers candidate A?
#
# In ten states 1,050 voters who came from three other countries were asked which of two candidates they prefer. The answer is
# a yes or a no, so a straight line will not do. In this notebook you build logistic regression from the odds up to
# Newton's method, read its odds ratios, exchange the labels, and meet a state in which the estimate runs away.
#
# **Time:** 75 to 90 minutes. **You need:** vectors and matrices, derivatives, a little NumPy. **You will write:** eleven
# functions, most of them one or two lines, and one short answer.
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
    raise SystemExit("Put check.py, public_checks.json and voters.csv beside this notebook, then run again.")

voters = pd.read_csv("voters.csv")
voters.groupby("origin")["prefers"].agg(voters="size", share="mean").round(3)

# %% [markdown]
# Each row of `voters` is a voter: `state`, country of `origin`, and `prefers`, which is 1 for candidate A and 0 for candidate
# B. Write $y_i$ for `prefers` and $\pi_i = \Pr(y_i = 1)$. The model is linear on the scale of log-odds:
#
# $$\log\frac{\pi_i}{1 - \pi_i} = \eta_i = \beta_0 + \beta_1 x_{i1} + \dots = x_i^T\beta .$$
#
# **Every `X` below has its column of ones already**, $n$ rows and $p$ columns; every `coef` has $p$ elements, the
# intercept first.
#
# ## 1 Odds and log-odds ({{ points }})
#
# Odds compare what happens with what does not: $\pi / (1 - \pi)$. A probability of 0.8 has the odds 4, four to one. Odds run
# from 0 to infinity with 1 in the middle; their logarithm runs over the whole line with 0 in the middle.
#
# Write `log_odds(p)` for an array of probabilities, with the natural logarithm.
#
# *By hand:* $p = 0.8$ gives $\log 4 = 1.386$, $p = 0.5$ gives 0 and $p = 0.1$ gives $\log(1/9) = -2.197$.
#
# Read first: [Logistic regression]({{ book }}/logistic-regression.html#odds-and-log-odds), "Odds and log-odds".
#
# <details><summary>Hint</summary>
#
# `np.log` is the natural logarithm and works on whole arrays. Mind the brackets: `p / 1 - p` is not what you want.
# </details>

# %% role="task" grade_id="log_odds"
def log_odds(p):
    """Natural logarithm of the odds of each probability, an array of the same length."""
    ### BEGIN SOLUTION
    return np.log(p / (1 - p))
    ### END SOLUTION

# %% role="tests" grade_id="test_log_odds" points=1
check(log_odds)
### BEGIN HIDDEN TESTS
hidden_check(log_odds)
### END HIDDEN TESTS

# %% [markdown]
# ## 2 The way back ({{ points }})
#
# Solve $\eta = \log\frac{\pi}{1 - \pi}$ for $\pi$ and you get the sigmoid,
#
# $$\pi = \frac{1}{1 + e^{-\eta}} = \frac{e^{\eta}}{1 + e^{\eta}} .$$
#
# Write `sigmoid(eta)` for an array. The two forms are equal on paper, but $e^{800}$ does not fit into a number: make sure
# that 800 gives 1 and -800 gives 0, and that neither becomes `nan`. A small probability is not 0: $\eta = -20$ gives
# $2.06 \cdot 10^{-9}$.
#
# *By hand:* $\eta = 1.386$ gives $1 / (1 + 0.25) = 0.8$, back where we came from.
#
# <details><summary>Hint 1</summary>
#
# Try both forms at 800 and at -800. Where does infinity divided by infinity appear?
# </details>
# <details><summary>Hint 2</summary>
#
# The form that never overflows computes `e = np.exp(-np.abs(eta))`, which lies between 0 and 1, and takes
# $1/(1 + e)$ where $\eta \ge 0$ and $e/(1 + e)$ elsewhere; `np.where` chooses.
# </details>

# %% role="task" grade_id="sigmoid"
def sigmoid(eta):
    """Probability that belongs to each log-odds, an array of the same length."""
    ### BEGIN SOLUTION
    e = np.exp(-np.abs(eta))
    return np.where(eta >= 0, 1.0, e) / (1 + e)
    ### END SOLUTION

# %% role="tests" grade_id="test_sigmoid" points=2
check(sigmoid)
### BEGIN HIDDEN TESTS
hidden_check(sigmoid)
### END HIDDEN TESTS

# %% [markdown]
# The same step on the log-odds scale is a different step in probability, depending on where you stand:

# %% role="given" grade_id="show_sigmoid"
try:
    eta = np.linspace(-6, 6, 121)
    steps = np.arange(-4.0, 5.0)
    fig, ax = plt.subplots(figsize=(7, 3.5))
    ax.plot(eta, sigmoid(eta), color="black")
    ax.plot(steps, sigmoid(steps), "o", fillstyle="none")
    ax.set_xlabel("log-odds")
    ax.set_ylabel("probability")
    ax.set_title("Equal steps in log-odds, unequal steps in probability")
    plt.show()
    print("steps in probability:", np.round(np.diff(sigmoid(steps)), 3))
except NotImplementedError:
    print("Write the function above, then run this cell again.")

# %% [markdown]
# ## 3 Probabilities from coefficients ({{ points }})
#
# Write `predict_probability(X, coef)`: $\Pr(y_i = 1)$ for every row of `X`.
#
# *By hand:* a voter with $x = (1, 2)$ and $\beta = (-1, 0.8)$ has $\eta = -1 + 1.6 = 0.6$ and $\pi = 0.646$.

# %% role="task" grade_id="predict_probability"
def predict_probability(X, coef):
    """Probability of y = 1 for each row of X, an array of n numbers."""
    ### BEGIN SOLUTION
    return sigmoid(X @ coef)
    ### END SOLUTION

# %% role="tests" grade_id="test_predict_probability" points=1
check(predict_probability)
### BEGIN HIDDEN TESTS
hidden_check(predict_probability)
### END HIDDEN TESTS

# %% [markdown]
# ## 4 How well do coefficients fit? ({{ points }})
#
# The log-likelihood adds up the logarithms of the probabilities of what happened:
#
# $$\log L(\beta) = \sum_i \left[ y_i \log \pi_i + (1 - y_i) \log(1 - \pi_i) \right]
#   = \sum_i \left[ y_i \eta_i - \log(1 + e^{\eta_i}) \right] .$$
#
# Write `log_likelihood(X, y, coef)`, one number. From $\eta \approx 37$ on, $\pi$ is so close to 1 that a computer stores 1, and
# $\log(1 - \pi)$ becomes $-\infty$ although the truth is about $-37$. Use the second form, and `np.logaddexp(0, eta)` for
# $\log(1 + e^{\eta})$: it never forms $e^{\eta}$.
#
# *By hand:* for $x = 0, 1, 2, 3$ with $y = 0, 1, 0, 1$ and $\beta = (-1, 0.8)$, $\eta = -1, -0.2, 0.6, 1.4$; the four terms are
# $-0.313$, $-0.798$, $-1.037$ and $-0.220$, the sum is $-2.369$.
#
# Read first: [Logistic regression]({{ book }}/logistic-regression.html).
#
# <details><summary>Hint 1</summary>
#
# Every term is the logarithm of a probability, so every term is negative, and so is the sum.
# </details>
# <details><summary>Hint 2</summary>
#
# `logaddexp(a, b)` is $\log(e^a + e^b)$, and $1 = e^0$.
# </details>

# %% role="task" grade_id="log_likelihood"
def log_likelihood(X, y, coef):
    """Log-likelihood of the coefficients, one number.

    Parameters
    ----------
    X : array of shape (n, p), its first column all ones
    y : array of n labels, 0 or 1 (False or True)
    coef : array of p coefficients
    """
    ### BEGIN SOLUTION
    eta = X @ coef
    return float(np.sum(y * eta - np.logaddexp(0, eta)))
    ### END SOLUTION

# %% role="tests" grade_id="test_log_likelihood" points=3
check(log_likelihood)
### BEGIN HIDDEN TESTS
hidden_check(log_likelihood)
### END HIDDEN TESTS

# %% [markdown]
# ## 5 Which way is up, and how curved?
#
# ### 5a The score ({{ points }})
#
# The first derivative of $\log L$ is called the score. Differentiate the sum above and the result is short:
#
# $$\frac{\partial \log L}{\partial \beta} = X^T (y - \pi) .$$
#
# Write `score(X, y, coef)`: an array of $p$ numbers. At the maximum all of them are 0; the first one says that the fitted
# probabilities then add up to the number of ones.
#
# *By hand:* in the example above $y - \pi = (-0.269, 0.550, -0.646, 0.198)$, so the score is $(-0.167, -0.148)$: lowering
# either coefficient alone a little would raise $\log L$. (Moved together they do something else: task 6 ends at a smaller
# intercept but a *larger* slope.)

# %% role="task" grade_id="score"
def score(X, y, coef):
    """First derivative of the log-likelihood at coef, an array of p numbers."""
    ### BEGIN SOLUTION
    return X.T @ (y - predict_probability(X, coef))
    ### END SOLUTION

# %% role="tests" grade_id="test_score" points=2
check(score)
### BEGIN HIDDEN TESTS
hidden_check(score)
### END HIDDEN TESTS

# %% [markdown]
# ### 5b The information ({{ points }})
#
# Minus the second derivative is the information,
#
# $$X^T W X, \qquad W = \text{diag}\left(\pi_i (1 - \pi_i)\right) .$$
#
# Write `information(X, coef)`: an array of shape $(p, p)$. A voter about whom the model is certain has a weight near 0 and
# tells it nothing new; one at $\pi = 0.5$ has the largest weight, 1/4.
#
# *By hand:* in the example the weights are 0.197, 0.248, 0.229 and 0.159, and the information is
# $\begin{pmatrix} 0.832 & 1.181 \\ 1.181 & 2.591 \end{pmatrix}$.
#
# <details><summary>Hint 1</summary>
#
# `np.diag(w)` makes the matrix $W$. That is fine here; with a million voters it would fill the memory.
# </details>
# <details><summary>Hint 2</summary>
#
# Without the matrix: `X.T * w` multiplies the column of each voter by that voter's weight.
# </details>

# %% role="task" grade_id="information"
def information(X, coef):
    """Minus the second derivative of the log-likelihood at coef, an array of shape (p, p)."""
    ### BEGIN SOLUTION
    p = predict_probability(X, coef)
    return (X.T * (p * (1 - p))) @ X
    ### END SOLUTION

# %% role="tests" grade_id="test_information" points=2
check(information)
### BEGIN HIDDEN TESTS
hidden_check(information)
### END HIDDEN TESTS

# %% [markdown]
# ## 6 Newton's method ({{ points }})
#
# Start at $\beta = 0$ and repeat
#
# $$\beta \leftarrow \beta + (X^T W X)^{-1} X^T (y - \pi)$$
#
# with the score and the information taken anew at each $\beta$, until the step is negligible. (In logistic regression these
# are also the steps of iteratively reweighted least squares.) It usually takes five to eight steps,
# more than ten where the outcomes are nearly separated. Write `fit_logistic(X, y)`, which returns the coefficients at the
# maximum, to five digits or better.
#
# *By hand:* for $x = 0, 1, 2, 3$ and $y = 0, 1, 0, 1$ the steps lead through $(-1.2, 0.8)$, $(-1.356, 0.904)$ and
# $(-1.3623, 0.9082)$ to $(-1.36228, 0.90818)$. A second check: where 3 of 9 voters with $x = 0$ and 5 of 7 with $x = 1$ say yes,
# the intercept must be $\log(3/6) = -0.693$ and the slope $\log(5/2) - \log(3/6) = \log 5 = 1.609$.
#
# <details><summary>Hint 1</summary>
#
# A `for` loop of at most 30 rounds with a `break` cannot hang. The loop's body is two lines: the step and the sum.
# </details>
# <details><summary>Hint 2</summary>
#
# `np.linalg.solve(information(X, coef), score(X, y, coef))` is the step, without an inverse. Stop when its largest element
# is below, say, 1e-10.
# </details>

# %% role="task" grade_id="fit_logistic"
def fit_logistic(X, y):
    """Maximum likelihood estimate by Newton's method from coefficients of 0.

    Parameters
    ----------
    X : array of shape (n, p), its first column all ones
    y : array of n labels, 0 or 1 (False or True)

    Returns
    -------
    array of p coefficients, in the order of the columns of X
    """
    ### BEGIN SOLUTION
    coef = np.zeros(X.shape[1])
    for _ in range(30):
        step = np.linalg.solve(information(X, coef), score(X, y, coef))
        coef = coef + step
        if np.max(np.abs(step)) < 1e-10:
            break
    return coef
    ### END SOLUTION

# %% role="tests" grade_id="test_fit_logistic" points=5
check(fit_logistic)
### BEGIN HIDDEN TESTS
hidden_check(fit_logistic)
### END HIDDEN TESTS

# %% [markdown]
# Now for the voters. The predictors are two indicators: 1 for Country B, and 1 for Country C; Country A is the baseline.

# %% role="given" grade_id="show_fit"
origin = voters["origin"].to_numpy()
prefers = voters["prefers"].to_numpy()
X_origin = np.column_stack([np.ones(len(voters)), origin == "Country B", origin == "Country C"])

try:
    coef = fit_logistic(X_origin, prefers)
    print("coefficients (intercept, Country B, Country C):", np.round(coef, 3))
    print("score there:", np.round(score(X_origin, prefers, coef), 8))
except NotImplementedError:
    print("Write the functions above, then run this cell again.")

# %% [markdown]
# ## 7 Which label is 1? ({{ points }})
#
# Write `fitted_probabilities(X, y)`: fit, then return the fitted probability of $y_i = 1$ for every row.
#
# *By hand:* in the example with 3 of 9 and 5 of 7, voters with $x = 0$ get 0.333 and those with $x = 1$ get 0.714.

# %% role="task" grade_id="fitted_probabilities"
def fitted_probabilities(X, y):
    """Probability of y = 1 for each row of X at the maximum likelihood estimate, an array of n numbers."""
    ### BEGIN SOLUTION
    return predict_probability(X, fit_logistic(X, y))
    ### END SOLUTION

# %% role="tests" grade_id="test_fitted_probabilities" points=2
check(fitted_probabilities)
### BEGIN HIDDEN TESTS
hidden_check(fitted_probabilities)
### END HIDDEN TESTS

# %% [markdown]
# That candidate A is the 1 was somebody's choice. Suppose the other candidate had been the 1. **Predict before you run** the
# next cell: what happens to each coefficient, to the log-likelihood, and to each fitted probability?

# %% role="given" grade_id="show_labels_swapped"
try:
    for name, y in (("A is 1", prefers), ("B is 1", 1 - prefers)):
        coef = fit_logistic(X_origin, y)
        first = fitted_probabilities(X_origin, y)[:3]
        print(f"{name}: coefficients {np.round(coef, 3)}, log-likelihood {log_likelihood(X_origin, y, coef):.3f},")
        print(f"        probabilities of the first three voters {np.round(first, 3)}")
except NotImplementedError:
    print("Write the functions above, then run this cell again.")

# %% [markdown]
# ## 8 How sure are we? ({{ points }})
#
# The standard errors come from the information **at the estimate**:
#
# $$\text{se}(\hat\beta_k) = \sqrt{\left[(X^T \hat W X)^{-1}\right]_{kk}} .$$
#
# There is no $\sigma$ here: the variance of a yes-or-no outcome, $\pi(1 - \pi)$, is in the weights. Write
# `standard_errors(X, y)`: it fits, and returns one standard error per coefficient.
#
# *By hand:* with 3 of 9 and 5 of 7 the slope's standard error is $\sqrt{1/3 + 1/6 + 1/5 + 1/2} = 1.095$.
#
# <details><summary>Hint</summary>
#
# First the inverse of the whole matrix, then its diagonal, then the root.
# </details>

# %% role="task" grade_id="standard_errors"
def standard_errors(X, y):
    """Standard error of every coefficient at the maximum likelihood estimate, an array of p numbers."""
    ### BEGIN SOLUTION
    covariance = np.linalg.inv(information(X, fit_logistic(X, y)))
    return np.sqrt(np.diag(covariance))
    ### END SOLUTION

# %% role="tests" grade_id="test_standard_errors" points=2
check(standard_errors)
### BEGIN HIDDEN TESTS
hidden_check(standard_errors)
### END HIDDEN TESTS

# %% [markdown]
# ## 9 Odds ratios ({{ points }})
#
# One unit more of $x_k$, with the other predictors unchanged, adds $\beta_k$ to the log-odds and so multiplies the odds by
# $e^{\beta_k}$, the odds ratio. Its 95% interval is the interval of $\beta_k$, exponentiated:
#
# $$e^{\hat\beta_k}, \qquad e^{\hat\beta_k - 1.96\,\text{se}_k} \quad\text{to}\quad e^{\hat\beta_k + 1.96\,\text{se}_k} .$$
#
# Write `odds_ratios(X, y)`, which returns three arrays: estimates, lower limits, upper limits. Do not be surprised that the
# estimate is not in the middle.
#
# *By hand:* with 3 of 9 and 5 of 7 the odds are 0.5 and 2.5, the ratio is 5, and the interval runs from
# $e^{1.609 - 2.147} = 0.584$ to $e^{1.609 + 2.147} = 42.80$: very little is known from 16 voters.
#
# <details><summary>Hint</summary>
#
# Do all the arithmetic on the scale of the coefficients and call `np.exp` last, three times.
# </details>

# %% role="task" grade_id="odds_ratios"
def odds_ratios(X, y):
    """Odds ratio of every coefficient with its large-sample 95% interval.

    Returns
    -------
    estimate, lower, upper : three arrays, in the order of the columns of X
    """
    ### BEGIN SOLUTION
    coef, half_width = fit_logistic(X, y), 1.96 * standard_errors(X, y)
    return np.exp(coef), np.exp(coef - half_width), np.exp(coef + half_width)
    ### END SOLUTION

# %% role="tests" grade_id="test_odds_ratios" points=3
check(odds_ratios)
### BEGIN HIDDEN TESTS
hidden_check(odds_ratios)
### END HIDDEN TESTS

# %% role="given" grade_id="show_odds_ratios"
try:
    estimate, lower, upper = odds_ratios(X_origin, prefers)
    names = ["odds, Country A", "Country B against A", "Country C against A"]
    print(pd.DataFrame({"odds (ratio)": estimate, "lower": lower, "upper": upper}, index=names).round(2))
except NotImplementedError:
    print("Write the functions above, then run this cell again.")

# %% [markdown]
# ## 10 When the estimate runs away ({{ points }})
#
# Suppose coefficients exist that put **every** voter on the right side: positive log-odds for each $y_i = 1$, negative ones for
# each $y_i = 0$. Then twice those coefficients fit better still, and ten times those better again: the likelihood has no
# maximum, and the "estimate" is only the place where a program gave up. This is called complete separation. Coefficients $b$ prove
# it when
#
# $$\min_i\; (2 y_i - 1)\, x_i^T b > 0 ,$$
#
# because $2 y_i - 1$ is $+1$ for a 1 and $-1$ for a 0. Write `separates(X, y, coef)`, which returns `True` if these coefficients
# prove complete separation and `False` if they do not. A voter exactly on the border, with log-odds 0, is not on the right
# side.
#
# *By hand:* for $x = 1, 2, 4$ with $y = 0, 0, 1$ and $b = (-3, 1)$ the log-odds are $-2, -1, 1$, the products $2, 1, 1$: `True`.
# With $b = (-2, 1)$ the products are $1, 0, 2$: `False`.
#
# <details><summary>Hint 1</summary>
#
# The answer is one truth value for all voters together: `np.all`, or the smallest product.
# </details>
# <details><summary>Hint 2</summary>
#
# The size of the coefficients proves nothing: it depends on the unit of the predictor.
# </details>

# %% role="task" grade_id="separates"
def separates(X, y, coef):
    """Whether these coefficients prove complete separation, True or False."""
    ### BEGIN SOLUTION
    return bool(np.min((2 * y - 1) * (X @ coef)) > 0)
    ### END SOLUTION

# %% role="tests" grade_id="test_separates" points=3
check(separates)
### BEGIN HIDDEN TESTS
hidden_check(separates)
### END HIDDEN TESTS

# %% [markdown]
# It happens in these data. In the state of Maple take the voters from Country A and Country C only. Here, to three
# decimals, is where Newton's method goes; how well these coefficients fit, your own functions say:

# %% role="given" grade_id="show_separation"
few = (voters["state"] == "Maple") & (voters["origin"] != "Country B")
y_few = prefers[few]
X_few = np.column_stack([np.ones(few.sum()), origin[few] == "Country C"])
print(voters[few].groupby("origin")["prefers"].agg(voters="size", prefer_A="sum"), "\n")
steps = {1: (2.0, -4.0), 2: (3.135, -6.271), 4: (5.194, -10.388), 8: (9.203, -18.405), 12: (13.203, -26.406)}

try:
    for step, coef in steps.items():
        log_l = log_likelihood(X_few, y_few, np.array(coef))
        proved = separates(X_few, y_few, np.array(coef))
        print(f"step {step:2}: coefficients {coef}, log-likelihood {log_l:.6f}, separation proved: {proved}")
    print("The standard errors after the twelfth step are 260 and 781.")
except NotImplementedError:
    print("Write the functions above, then run this cell again.")

# %% [markdown]
# ## 11 What would you report? ({{ points }}, graded by hand)
#
# (a) Say in one sentence, for a newspaper, what the odds ratio of Country B against Country A means. Why is it wrong to say
# that these voters are so and so many times as *likely* to prefer candidate A? (b) What would change in your sentence, and
# what would not, had candidate B been the 1? (c) In Maple every sampled voter from Country A prefers candidate A. What is
# the maximum likelihood estimate of that probability, why should nobody print it, and what would you use from the other
# states to do better? Five to eight sentences.
#
# Read first: [Logistic regression]({{ book }}/logistic-regression.html); for (c),
# [Intercepts that vary]({{ book }}/varying-intercepts.html).

# %% [markdown] role="written" grade_id="what_would_you_report" points=4
# ### BEGIN SOLUTION
# (a) The odds of preferring candidate A among voters from Country B are about 0.37 times the odds among voters from Country A
# (interval about 0.28 to 0.49): clearly lower. Odds are not probabilities: 0.586 against 0.343 is a ratio of probabilities
# of 0.585, not 0.37; the two come close where both probabilities are small.
#
# (b) Every coefficient changes its sign, so the odds ratio becomes one over it, about 2.7, for preferring candidate B.
# Standard errors, log-likelihood and the conclusion stay the same; each fitted probability becomes its complement.
#
# (c) The estimate is 1 (log-odds of infinity), from eight voters; it claims that no such voter anywhere in Maple prefers
# candidate B, and its standard error is meaningless. The same voters in the other states show what is plausible: a
# hierarchical model (varying intercepts for states) pulls the estimate towards them, the more so the fewer voters a state
# has. A penalty or a prior is a weaker form of the same idea.
#
# Rubric: 1 point a correct sentence about odds with direction and size; 1 point odds ratio is not a ratio of
# probabilities, with a reason or numbers; 1 point labels: signs flip or the ratio is inverted, the content stays; 1 point
# estimate of 1 / infinite log-odds from few voters recognised as unusable, and borrowing from the other states proposed.
# ### END SOLUTION

# %% [markdown]
# ## Done?
#
# Restart the kernel and run all cells from the top, then hand the notebook in. A hierarchical logistic regression adds one
# level to what you built: the states' intercepts become draws from a distribution of their own.
