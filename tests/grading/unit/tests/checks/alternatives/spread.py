"""Right answers to the unit ``spread``, written another way: they must pass, or its checks ask too much."""

import statistics

import pandas as pd


def with_the_standard_library(y):
    return statistics.variance(map(float, y))


def with_pandas(y):
    return pd.Series(y).sem()


ALTERNATIVES = {"sample_variance": [with_the_standard_library], "standard_error": [with_pandas]}
