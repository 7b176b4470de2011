"""Real data sets of the module, and the three fixtures; provenance in data/README.md."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_impl.groups import IntArray
from reference_impl.validation import FloatArray

TextArray = NDArray[np.str_]


@dataclass(frozen=True)
class GroupedScores:
    """Scores in groups: `group` (labels) and `y` (scores), one entry per observation."""

    group: NDArray[Any]
    y: FloatArray


@dataclass(frozen=True)
class EightSchools:
    """Coaching effects: `school`, `estimate` and `standard_error` (SAT points), one entry per school."""

    school: TextArray
    estimate: FloatArray
    standard_error: FloatArray


@dataclass(frozen=True)
class Baseball:
    """Batting records, one entry per player.

    Attributes
    ----------
    player, team, league : ndarray of str
        Surname; abbreviated team; "AL" or "NL".
    hits, at_bats : ndarray of int
        In the first 45 at-bats of the season.
    average : ndarray of float
        hits / at_bats.
    remaining_at_bats : ndarray of int
    remaining_average : ndarray of float
        Over the rest of the season, to three decimals: what is to be predicted. A second measurement of the
        player, not the truth.
    """

    player: TextArray
    team: TextArray
    league: TextArray
    hits: IntArray
    at_bats: IntArray
    average: FloatArray
    remaining_at_bats: IntArray
    remaining_average: FloatArray


@dataclass(frozen=True)
class HighSchoolAndBeyond:
    """Pupils: `school` (number), `achievement` (test score), `ses` (socio-economic scale), `sector` (text)."""

    school: IntArray
    achievement: FloatArray
    ses: FloatArray
    sector: TextArray


@dataclass(frozen=True)
class Districts:
    """Districts by number: `women` who were asked, and `users` among them, one entry per district."""

    district: IntArray
    women: IntArray
    users: IntArray


@dataclass(frozen=True)
class Admissions:
    """Applicants counted by `gender` and `department`: `admitted` and `rejected`, one entry per cell."""

    gender: TextArray
    department: TextArray
    admitted: IntArray
    rejected: IntArray


@dataclass(frozen=True)
class BinaryOutcome:
    """A binary outcome `y` (0 or 1) with predictors `x1` and `x2`."""

    y: FloatArray
    x1: FloatArray
    x2: FloatArray


def _columns(name: str) -> dict[str, list[str]]:
    source = resources.files("reference_impl") / "data" / name
    with source.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {column: [row[column] for row in rows] for column in rows[0]}


def _grouped(name: str, group: str, y: str) -> GroupedScores:
    columns = _columns(name)
    return GroupedScores(group=np.array(columns[group]), y=np.array(columns[y], dtype=np.float64))


def eight_schools() -> EightSchools:
    """Load the effects of coaching on the SAT in eight schools (Rubin 1981), as every text prints them.

    Units: SAT-V points. Teaches: estimates with known standard errors; ML, REML, DerSimonian-Laird and
    Paule-Mandel give tau2 = 0, so the plug-in answer is complete pooling with no uncertainty between
    schools, which nobody believes.
    """
    return EightSchools(
        school=np.array(list("ABCDEFGH")),
        estimate=np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]),
        standard_error=np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]),
    )


_BASEBALL = (
    ("Clemente", "Pitts", "NL", 18, 367, 0.346),
    ("Robinson", "Balt", "AL", 17, 426, 0.298),
    ("Howard", "Wash", "AL", 16, 521, 0.276),
    ("Johnstone", "Cal", "AL", 15, 275, 0.222),
    ("Berry", "Chi", "AL", 14, 418, 0.273),
    ("Spencer", "Cal", "AL", 14, 466, 0.270),
    ("Kessinger", "Chi", "NL", 13, 586, 0.263),
    ("Alvarado", "Bos", "AL", 12, 138, 0.210),
    ("Santo", "Chi", "NL", 11, 510, 0.269),
    ("Swoboda", "NY", "NL", 11, 200, 0.230),
    ("Unser", "Wash", "AL", 10, 277, 0.264),
    ("Williams", "Chi", "AL", 10, 270, 0.256),
    ("Scott", "Bos", "AL", 10, 435, 0.303),
    ("Petrocelli", "Bos", "AL", 10, 538, 0.264),
    ("Rodriguez", "KC", "AL", 10, 186, 0.226),
    ("Campaneris", "Oak", "AL", 9, 558, 0.285),
    ("Munson", "NY", "AL", 8, 408, 0.316),
    ("Alvis", "Mil", "AL", 7, 70, 0.200),  # "NL" in r-cran-pscl; the Brewers of 1970 played in the AL
)


def baseball() -> Baseball:
    """Load the batting of 18 players in 1970: first 45 at-bats and the rest (Efron and Morris 1975, table 1).

    Units: hits per at-bat. Teaches: shrinkage judged by what came later.
    """
    player, team, league, hits, remaining, average = zip(*_BASEBALL, strict=True)
    first = np.array(hits, dtype=np.int64)
    return Baseball(
        player=np.array(player),
        team=np.array(team),
        league=np.array(league),
        hits=first,
        at_bats=np.full(first.size, 45, dtype=np.int64),
        average=first / 45.0,
        remaining_at_bats=np.array(remaining, dtype=np.int64),
        remaining_average=np.array(average),
    )


def dyestuff() -> GroupedScores:
    """Load the yield of dyestuff in 6 batches of 5 preparations (Davies 1947).

    Units: grams of standard colour. Teaches: the balanced case, where REML and the ANOVA estimate agree
    exactly (tau2 = 1764.05).
    """
    return _grouped("dyestuff.csv", "Batch", "Yield")


def dyestuff2() -> GroupedScores:
    """Load the artificial yields of 6 batches of 5 (Box and Tiao 1973), made to have a negative estimate.

    Units: arbitrary. Teaches: the ANOVA estimate of tau2 is -1.32, so it is truncated and all batches are
    pooled.
    """
    return _grouped("dyestuff2.csv", "Batch", "Yield")


def high_school_and_beyond() -> HighSchoolAndBeyond:
    """Load mathematics achievement of 7185 pupils in 160 schools (High School and Beyond, 1982 subsample).

    Units: points of the test; socio-economic status on a scale with mean 0.00 and standard deviation 0.78
    among these pupils. Teaches: schools of
    unequal size (14 to 67 pupils); about a fifth of the variance lies between schools.
    """
    columns = _columns("hsb82.csv")
    return HighSchoolAndBeyond(
        school=np.array(columns["school"], dtype=np.int64),
        achievement=np.array(columns["mAch"], dtype=np.float64),
        ses=np.array(columns["ses"], dtype=np.float64),
        sector=np.array(columns["sector"]),
    )


def contraception_by_district() -> Districts:
    """Load how many of 1934 women used contraception, in 60 districts (Bangladesh Fertility Survey).

    Units: women. Teaches: districts in which 2 to 118 women were asked; the shares of small ones scatter most, and
    yet the districts differ by more than chance.
    """
    columns = {
        name: np.array(column, dtype=np.int64) for name, column in _columns("contraception_districts.csv").items()
    }
    return Districts(**columns)


_ADMISSIONS = {
    "Male": ((512, 313), (353, 207), (120, 205), (138, 279), (53, 138), (22, 351)),
    "Female": ((89, 19), (17, 8), (202, 391), (131, 244), (94, 299), (24, 317)),
}


def admissions() -> Admissions:
    """Load admission to six graduate departments at Berkeley, autumn 1973 (Bickel, Hammel, O'Connell 1975).

    Units: applicants. Teaches: log-odds of admission for women are 0.610 lower over all, and 0.100 higher
    once department is in the model.
    """
    cells = [(gender, dept, *counts) for gender, rows in _ADMISSIONS.items()
             for dept, counts in zip("ABCDEF", rows, strict=True)]  # fmt: skip
    gender, department, admitted, rejected = zip(*cells, strict=True)
    return Admissions(
        gender=np.array(gender),
        department=np.array(department),
        admitted=np.array(admitted, dtype=np.int64),
        rejected=np.array(rejected, dtype=np.int64),
    )


def fixture_schools() -> GroupedScores:
    """Load five made-up schools of very unequal size (68 scores).

    Units: points. Teaches: every wrong formula for shrinkage gives numbers of its own here, which balanced
    data cannot show.
    """
    return _grouped("fixture_schools.csv", "school", "score")


def fixture_null() -> GroupedScores:
    """Load three made-up schools (13 scores) that differ less than chance.

    Units: points. Teaches: the ANOVA estimate of tau2 is -13.6 and is truncated.
    """
    return _grouped("fixture_null.csv", "school", "score")


def fixture_logit() -> BinaryOutcome:
    """Load a made-up binary outcome with two predictors (60 rows).

    Units: arbitrary. Teaches: a logistic regression small enough to check by hand.
    """
    columns = _columns("fixture_logit.csv")
    return BinaryOutcome(**{name: np.array(columns[name], dtype=np.float64) for name in ("y", "x1", "x2")})
