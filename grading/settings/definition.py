"""The tables and keys of ``course.toml``: names, types, bounds, defaults.

A description says what to give instead of a value that does not fit; errors print it after "give".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

from grading.sandbox.limits import Limits

Text: TypeAlias = Annotated[str, Meta(min_length=1, description="a text in quotes")]
Name: TypeAlias = Annotated[str, Meta(pattern=r"^\w+$", description="a name of letters, digits and underscores")]
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1, description="a number from 0 to 1")]
Days: TypeAlias = Annotated[int, Meta(ge=0, le=3650, description="a whole number from 0 to 3650")]
Weight: TypeAlias = Annotated[float, Meta(ge=0, description="a number of 0 or more")]
Moment: TypeAlias = Any
"""TOML's date or date and time, or such a text; whether it is a time, `reading` decides with the course's zone."""


class Late(Struct, frozen=True):
    """``[late]`` for all units, ``[late.<unit>]`` on top: what lateness takes off."""

    deadline: Moment = None
    """Until when a submission is in time; ``[dates.<unit>]`` may say it instead."""
    grace_minutes: Annotated[float, Meta(ge=0, le=7 * 24 * 60, description="a number from 0 to 10080")] = 0.0
    """Minutes after the deadline that cost nothing."""
    per_day: Share = 0.0
    """Share that each day begun takes off."""
    of: Annotated[Literal["earned", "maximum"], Meta(description='"earned" or "maximum"')] = "earned"
    """Of what the share is taken: the points earned, or those there are."""
    cap: Share = 1.0
    """The most that lateness can take."""
    cut_off_days: Days | None = None
    """Days after which a submission earns nothing; never, if not given."""
    late_mark_days: Days = 1
    """Days late that a platform's bare mark "late" stands for."""


class Dates(Struct, frozen=True):
    """``[dates.<unit>]``: when a unit is given out, due, and its answers shown."""

    release: Moment = None
    """From when on students may have it."""
    deadline: Moment = None
    """Until when a submission is in time."""
    reveal: Moment = None
    """From when on the book shows the answers; "always", or never if not given."""
    sections: Annotated[
        Mapping[str, Moment], Meta(description='a table such as { "Monday" = 2026-10-01T23:59:00 }')
    ] = {}
    """Deadlines of sections of the class that have one of their own."""


class PerStudent(Struct, frozen=True):
    """``[per_student.<unit>]``: a unit whose data are each student's own."""

    files: Annotated[
        list[Annotated[str, Meta(pattern=r"^[^/\\]+$")]],
        Meta(min_length=1, description='names of files, such as ["scores.csv"]'),
    ]
    """Names of the files that each student gets."""


class Cluster(Struct, frozen=True):
    """``[cluster]``: how to reach Dask workers."""

    tls_ca_file: str = ""
    """Certificate that proves who may take part; Dask's own ``distributed.comm.tls`` if empty."""
    tls_cert: str = ""
    """This machine's certificate."""
    tls_key: str = ""
    """Its key."""
    student_python: str = ""
    """The students' interpreter on the workers; the same path as here if empty."""
    wait_seconds: Annotated[float, Meta(gt=0, description="a number of seconds above 0")] = 60.0
    """How long to wait for the scheduler, and for a worker when there is none."""


class Hub(Struct, frozen=True):
    """``[hub]``: for a JupyterHub."""

    instructors: Annotated[
        list[Text], Meta(min_length=1, description='names of accounts, such as ["instructor-01"]')
    ]
    """Accounts that teach."""
    exchange: Text
    """The folder through which nbgrader exchanges exercises and submissions."""


class Mail(Struct, frozen=True):
    """``[mail]``: the server through which feedback is sent."""

    host: Text
    """Its name."""
    sender: Annotated[
        str, Meta(pattern=r"^[^@\r\n]+@[^@\r\n]+$", description='an address, such as "ta@example.org"')
    ]
    """From whom the messages are."""
    port: Annotated[int, Meta(ge=1, le=65535, description="a port, such as 587")] = 587
    """Where it listens."""
    security: Annotated[Literal["starttls", "tls", "none"], Meta(description='"starttls", "tls" or "none"')] = (
        "starttls"
    )
    """How the connection is encrypted."""
    user: str = ""
    """The account, if the server asks for one."""
    password_file: str = ""
    """A file with its password; else it is taken from GRADING_MAIL_PASSWORD in the environment."""
    reply_to: str = ""
    """Where answers go, if not to the sender."""


class Students(Struct, frozen=True):
    """``[students]``: the repository that students see, which ``grading publish`` writes."""

    repository: Annotated[str, Meta(pattern=r"^https?://\S+$", description="an address that begins with https://")]
    """Its address; buttons that open an exercise lead there."""
    branch: Text = "main"
    """The branch that they open."""


class Settings(Struct, frozen=True):
    """All of ``course.toml``; tables that units may override are resolved, one value for each unit."""

    course_id: Text
    """The course's name in nbgrader's gradebook and exchange."""
    units: Annotated[list[Name], Meta(min_length=1, description='names of units, such as ["shrinkage"]')]
    """In the order of the course."""
    book_url: Text
    """Where students read the book; links in the notebooks lead there."""
    title: str = ""
    """What people call the course: the book's title, and in messages."""
    timezone: Text | None = None
    """The zone of times that name none; UTC if not given."""
    student_python: Text = ".venv-student/bin/python"
    """The interpreter of the students' environment, from the course folder."""
    keep_days: Days | None = None
    """For how many days after their last change a person's data are kept; ``grading students kept`` counts."""
    secret_backup: str = ""
    """Where a copy of the course's secret is kept; ``grading doctor`` compares it."""
    limits: Mapping[str, Limits] = {}
    """What one submission may use, by unit."""
    late: Mapping[str, Late] = {}
    dates: Mapping[str, Dates] = {}
    per_student: Mapping[str, PerStudent] = {}
    """Only of units that have data of each student's own."""
    weights: Mapping[str, Weight] = {}
    """What each unit counts in the course's total; their points, if not given."""
    cluster: Cluster = Cluster()
    hub: Hub | None = None
    mail: Mail | None = None
    students: Students | None = None

    @property
    def name(self) -> str:
        """What people call the course."""
        return self.title or self.course_id


NUMBERS: Mapping[str, Any] = {"weights": Weight}
"""Tables that have a number for each unit."""
FOR_ALL_AND_EACH: Mapping[str, type] = {"limits": Limits, "late": Late}
"""Tables whose keys hold for all units, with a table ``[<name>.<unit>]`` on top."""
FOR_EACH: Mapping[str, type] = {"dates": Dates, "per_student": PerStudent}
"""Tables that have a table for each unit and nothing else."""
ONCE: Mapping[str, type] = {"cluster": Cluster, "hub": Hub, "mail": Mail, "students": Students}
"""Plain tables."""
