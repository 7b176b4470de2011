// Every formula that the interactive figures use, once. tests/book compares each with `reference_impl` to 1e-9.
// Names follow book/notation.md: groups are indexed by j, a variance is never called sigma.

/** Weights on the own mean and on the grand mean, neither by subtraction; lambda = tau2 / (tau2 + v). */
export function poolingWeights(v, tau2) {
  if (tau2 >= v) {
    // 0 against 0 keeps the own mean, which is then known exactly.
    const ratio = tau2 > 0 ? (tau2 === Infinity ? 0 : v / tau2) : 0;
    return { own: 1 / (1 + ratio), grand: ratio / (1 + ratio) };
  }
  const ratio = v === Infinity ? 0 : tau2 / v;
  return { own: ratio / (1 + ratio), grand: 1 / (1 + ratio) };
}

/** lambda_j: the weight on the group's own mean, also its reliability. */
export function shrinkageFactor(v, tau2) {
  return poolingWeights(v, tau2).own;
}

/** Multilevel estimate lambda_j * ybar_j + (1 - lambda_j) * mu_0 of one group's mean. */
export function partialPooling(mean, v, { grandMean, tau2 }) {
  const { own, grand } = poolingWeights(v, tau2);
  const combined = own * mean + grand * grandMean;
  // Rounding may carry a weighted average a hair outside its two ends.
  return Math.min(Math.max(combined, Math.min(mean, grandMean)), Math.max(mean, grandMean));
}

/** Var(mu_j | y) = 1 / (1/v_j + 1/tau2). */
export function partialPoolingVariance(v, tau2) {
  const { own, grand } = poolingWeights(v, tau2);
  return Math.min(v, tau2) * Math.max(own, grand);
}

/** Mean of all scores: the groups' means weighted by their sizes. */
export function completePooling(means, n) {
  let total = 0;
  let sum = 0;
  means.forEach((mean, j) => {
    total += n[j];
    sum += n[j] * mean;
  });
  return sum / total;
}

/** ANOVA (method of moments) estimates from the groups' sizes, means and variances. */
export function anova(n, means, variances) {
  const J = n.length;
  const N = n.reduce((sum, size) => sum + size, 0);
  const grandMean = completePooling(means, n);
  let between = 0;
  let within = 0;
  let squares = 0;
  for (let j = 0; j < J; j += 1) {
    between += n[j] * (means[j] - grandMean) ** 2;
    if (n[j] > 1) within += (n[j] - 1) * variances[j];
    squares += n[j] ** 2;
  }
  const msBetween = between / (J - 1);
  const msWithin = within / (N - J);
  const size = (N - squares / N) / (J - 1);
  return { grandMean, msBetween, msWithin, tau2: Math.max(0, (msBetween - msWithin) / size) };
}

/** Density of a normal distribution. */
export function normalDensity(x, { mean, variance }) {
  return Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);
}

/** Probability from log-odds, without overflow. */
export function sigmoid(eta) {
  const decay = Math.exp(-Math.abs(eta));
  return (eta >= 0 ? 1 : decay) / (1 + decay);
}

/** Log-odds from a probability. */
export function logit(p) {
  return Math.abs(p - 0.5) < 0.25 ? 2 * Math.atanh(2 * p - 1) : Math.log(p) - Math.log1p(-p);
}

/** log(1 + exp(eta)), without overflow. */
export function softplus(eta) {
  return Math.max(eta, 0) + Math.log1p(Math.exp(-Math.abs(eta)));
}

/** Log-likelihood of a logistic regression of y on one predictor x, at beta = [beta_0, beta_1]. */
export function logisticLogLikelihood(x, y, beta) {
  let sum = 0;
  for (let i = 0; i < x.length; i += 1) {
    const eta = beta[0] + beta[1] * x[i];
    sum += y[i] === 1 ? -softplus(-eta) : y[i] === 0 ? -softplus(eta) : y[i] * eta - softplus(eta);
  }
  return sum;
}

/** Score X'(y - pi), the gradient of the log-likelihood. */
export function logisticScore(x, y, beta) {
  const score = [0, 0];
  for (let i = 0; i < x.length; i += 1) {
    const residual = y[i] - sigmoid(beta[0] + beta[1] * x[i]);
    score[0] += residual;
    score[1] += residual * x[i];
  }
  return score;
}

/** Information X'WX, W = pi (1 - pi), as [[a, b], [b, c]]. */
export function logisticInformation(x, beta) {
  let a = 0;
  let b = 0;
  let c = 0;
  for (const value of x) {
    const eta = beta[0] + beta[1] * value;
    const weight = sigmoid(eta) * sigmoid(-eta);
    a += weight;
    b += weight * value;
    c += weight * value * value;
  }
  return [[a, b], [b, c]];
}

/** One Newton step: beta + (X'WX)^-1 X'(y - pi). NaN where the information is singular. */
export function newtonStep(x, y, beta) {
  const [[a, b], [, c]] = logisticInformation(x, beta);
  const [first, second] = logisticScore(x, y, beta);
  const determinant = a * c - b * b;
  if (!(determinant > 1e-14 * a * c)) return [NaN, NaN];
  return [beta[0] + (c * first - b * second) / determinant, beta[1] + (a * second - b * first) / determinant];
}

/** Whether the line at beta puts every y = 1 on one side and every y = 0 on the other: no finite maximum then. */
export function separates(x, y, beta) {
  return x.every((value, i) => (2 * y[i] - 1) * (beta[0] + beta[1] * value) > 0);
}

/**
 * Log-odds of one group, partially pooled: the eta that maximises
 * y_j eta - n_j log(1 + e^eta) - (eta - mu_0)^2 / (2 tau2), with y_j successes among n_j.
 */
export function partialPoolingLogit(successes, n, { grandMean, tau2 }) {
  if (tau2 === 0) return grandMean;
  if (tau2 === Infinity) return logit(successes / n);
  // The slope n (p - sigmoid(eta)) - (eta - mu_0) / tau2 falls from positive to negative between these two.
  let low = grandMean - n * tau2;
  let high = grandMean + n * tau2;
  let eta = grandMean;
  for (let step = 0; step < 200; step += 1) {
    const p = sigmoid(eta);
    const slope = successes - n * p - (eta - grandMean) / tau2;
    if (slope > 0) low = eta;
    else high = eta;
    const curvature = n * p * sigmoid(-eta) + 1 / tau2;
    let next = eta + slope / curvature;
    if (!(next > low && next < high)) next = (low + high) / 2; // Newton overshot: halve the bracket instead
    if (Math.abs(next - eta) <= 1e-14 * Math.max(1, Math.abs(eta))) return next;
    eta = next;
  }
  return eta;
}
