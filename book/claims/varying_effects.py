"""What the page *Effects that vary* asserts."""

import numpy as np

from claims.claim import claim
from claims.distributions import within
from reference_impl import average_over_tau, datasets

STUDY = datasets.teachers()
FIRST, SECOND = np.triu_indices(12, k=1)


def studies(theta0, tau, *, count=3_000, factor=1.0, smallest=0.0, seed=1):
    """True effects, observed differences with their standard errors, and effects averaged over tau."""
    rng = np.random.default_rng(seed)
    se = factor * STUDY.standard_error
    truth = rng.normal(theta0, tau, (count, 12))
    seen = rng.normal(truth, se)
    made = average_over_tau(
        seen, np.broadcast_to(se**2, seen.shape), tau=np.linspace(smallest, smallest + 8 + 4 * tau, 31)
    )
    return truth, seen, se, made


def claimed(guess, reach, truth):
    """Claims per study, share of them with the wrong sign, and how much too large they are."""
    said = np.abs(guess) > reach
    wrong = said & (np.sign(guess) != np.sign(truth))
    return 12 * said.mean(), wrong.sum() / said.sum(), np.abs(guess[said]).mean() / np.abs(truth[said]).mean()


@claim(false_when="all teachers gain alike", tau=0.0)
def average_effect_stays_uncertain(tau=4.5):
    """With ever larger classes the standard deviation of the average goes to tau / sqrt(12)."""
    truth = np.random.default_rng(1).normal(3, tau, (20_000, 12))
    large = np.random.default_rng(2).normal(truth, 0.05)
    assert abs(large.mean(axis=1).std() / 4.5 * np.sqrt(12) - 1) < 0.03


@claim(false_when="tau is taken to be 200 or more", smallest=200.0)
def shrunken_effects_err_less(smallest=0.0):
    """Over many studies the shrunken effects have a root mean squared error of 2.9, the observed ones of 3.5."""
    truth, seen, _, made = studies(3.0, 4.5, smallest=smallest)
    errors = [np.sqrt(np.mean((guess - truth) ** 2)) for guess in (made.mean, seen)]
    assert errors[0] < 0.9 * errors[1]


@claim(false_when="standard errors are a fifth as large", factor=0.2)
def significant_differences_exaggerate(factor=1.0):
    """Where effects are small, some claims have the wrong sign, and they are several times too large."""
    truth, seen, se, _ = studies(1.0, 1.5, factor=factor)
    number, wrong, size = claimed(seen, 1.96 * se, truth)
    assert number > 0.5
    assert wrong > 0.05
    assert size > 3


@claim(false_when="standard errors are a fifth as large", factor=0.2)
def shrunken_claims_are_few_and_sober(factor=1.0):
    """There the shrunken effects make far fewer claims, and exaggerate far less."""
    truth, seen, se, made = studies(1.0, 1.5, factor=factor)
    plain, shrunken = claimed(seen, 1.96 * se, truth), claimed(made.mean, 1.96 * made.sd, truth)
    assert shrunken[0] < 0.6 * plain[0]
    assert shrunken[2] < 0.6 * plain[2]


@claim(false_when="effects are small", theta0=1.0, tau=1.5)
def large_effects_are_claimed_nearly_as_often(theta0=3.0, tau=4.5):
    """Where effects are as large as ours, the shrunken effects make nearly as many claims, and exaggerate less."""
    truth, seen, se, made = studies(theta0, tau)
    plain, shrunken = claimed(seen, 1.96 * se, truth), claimed(made.mean, 1.96 * made.sd, truth)
    assert shrunken[0] > 0.85 * plain[0]
    assert shrunken[2] < 1.2 < plain[2]


@claim(false_when="teachers differ", tau=4.5)
def a_twentieth_of_the_pairs_is_alarmed(tau=0.0):
    """If all teachers are alike, 3.3 of the 66 pairs are said to differ."""
    rng = np.random.default_rng(1)
    seen = rng.normal(rng.normal(3, tau, (40_000, 12)), STUDY.standard_error)
    v = STUDY.standard_error**2
    said = np.abs(seen[:, FIRST] - seen[:, SECOND]) > 1.96 * np.sqrt(v[FIRST] + v[SECOND])
    assert FIRST.size == 66
    assert abs(said.sum(axis=1).mean() - 3.3) < 0.1


@claim(false_when="there are 6 pairs", pairs=6)
def bonferroni_takes_three_and_a_half(pairs=66):
    """Bonferroni's correction for 66 pairs uses 3.4 standard errors in the place of 2."""
    assert within(3.32) < 1 - 0.05 / pairs < within(3.42)


def pair_alarms(tau, *, smallest):
    """Pairs said to differ per study and share with the wrong sign, plain and shrunken."""
    truth, seen, se, made = studies(3.0, tau, count=800, smallest=smallest, seed=3)
    v, grid = se**2, made.tau[:, None]
    w = 1 / (v + grid**2)
    part = w * grid**2 * v
    lam = w * grid**2
    spread = part[:, FIRST] + part[:, SECOND] + (lam[:, FIRST] - lam[:, SECOND]) ** 2 / w.sum(1, keepdims=True)
    gap = made.conditional_mean[..., FIRST] - made.conditional_mean[..., SECOND]
    mean = np.einsum("st,stp->sp", made.probability, gap)
    sd = np.sqrt(np.einsum("st,stp->sp", made.probability, gap**2 + spread) - mean**2)
    real = truth[:, FIRST] - truth[:, SECOND]
    found = []
    for difference, reach in ((seen[:, FIRST] - seen[:, SECOND], np.sqrt(v[FIRST] + v[SECOND])), (mean, sd)):
        said = np.abs(difference) > 1.96 * reach
        found.append((said.sum() / 800, np.mean(np.sign(difference[said]) != np.sign(real[said]))))
    return found


@claim(false_when="tau is taken to be 200 or more", smallest=200.0)
def shrunken_pairs_raise_few_false_alarms(smallest=0.0):
    """At tau 0 a tenth of the alarms or less; at 9 nearly as many as the plain tests, less often wrong."""
    plain, shrunken = pair_alarms(1e-9, smallest=smallest)
    assert shrunken[0] < 0.1 * plain[0]
    plain, shrunken = pair_alarms(9.0, smallest=smallest)
    assert shrunken[0] > 0.8 * plain[0]
    assert shrunken[1] < plain[1]
