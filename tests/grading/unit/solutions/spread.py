# %% [markdown]
# # Spread: how long is the wait?
#
# Somebody noted, on twelve mornings, how many minutes the bus let them wait.
#
# **Time:** 10 minutes.

# %% role="given" grade_id="setup"
import numpy as np
import pandas as pd

from check import check

waits = pd.read_csv("waits.csv")

# %% [markdown]
# ## 1 The variance ({{ points }})
#
# Write `sample_variance(y)`, which divides the sum of squared deviations from the mean by $n - 1$.

# %% role="task" grade_id="sample_variance"
def sample_variance(y):
    """Sample variance, one number."""
    ### BEGIN SOLUTION
    return float(np.var(y, ddof=1))
    ### END SOLUTION

# %% role="tests" grade_id="test_sample_variance" points=2
check(sample_variance)
### BEGIN HIDDEN TESTS
hidden_check(sample_variance)
### END HIDDEN TESTS

# %% [markdown]
# ## 2 The standard error ({{ points }})
#
# Write `standard_error(y)`, the standard error of the mean: the root of the sample variance over $n$.

# %% role="task" grade_id="standard_error"
def standard_error(y):
    """Standard error of the mean, one number."""
    ### BEGIN SOLUTION
    return float(np.sqrt(sample_variance(y) / len(y)))
    ### END SOLUTION

# %% role="tests" grade_id="test_standard_error" points=2
check(standard_error)
### BEGIN HIDDEN TESTS
hidden_check(standard_error)
### END HIDDEN TESTS

# %% [markdown]
# ## 3 Which of the two shrinks? ({{ points }}, graded by hand)
#
# Somebody notes twelve more mornings. What happens to the variance, and what to the standard error? One or two sentences.

# %% [markdown] role="written" grade_id="which_shrinks" points=2
# ### BEGIN SOLUTION
# The variance stays about the same, the standard error becomes smaller by about the root of two.
#
# Rubric: 1 point each.
# ### END SOLUTION
