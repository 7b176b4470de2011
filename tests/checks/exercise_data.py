"""The data files that students receive, made from the simulated data sets of `reference_impl.datasets`.

Only those that are: a unit may have data of its own, which no test asks for here.
``python -m tests.checks.exercise_data`` writes them anew; `test_exercise_data` proves that they are up to date.
"""

from pathlib import Path

from reference_impl import datasets

SOLUTIONS = Path(__file__).parents[2] / "solutions"


def files() -> dict[str, dict[str, list]]:
    """Columns of each file by its place under ``solutions/``."""
    schools, faculty, voters = datasets.simulated_schools(), datasets.faculty_salaries(), datasets.voters()
    return {
        "shrinkage/schools.csv": {"school": schools.school.tolist(), "score": schools.score.tolist()},
        "linear_regression/faculty.csv": {
            "department": faculty.department.tolist(),
            "years": faculty.years.tolist(),
            "salary": faculty.salary.tolist(),
        },
        "logistic_regression/voters.csv": {
            "state": voters.state.tolist(),
            "origin": voters.origin.tolist(),
            "prefers": voters.prefers.tolist(),
        },
    }


def text(columns: dict[str, list]) -> str:
    """A CSV file; `str` of a float has every digit that is needed to read the same float again."""
    rows = zip(*columns.values(), strict=True)
    return "\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]) + "\n"


def main() -> None:
    for place, columns in files().items():
        path = SOLUTIONS / place
        path.parent.mkdir(exist_ok=True)
        path.write_text(text(columns), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
