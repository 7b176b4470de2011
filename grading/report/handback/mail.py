"""Feedback by mail: a message for each student as a file, a table for a mail merge, or sent from here."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable, Iterable, Sequence
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime, make_msgid
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError
from grading.files import write_bytes_atomically
from grading.printable import counted, printable
from grading.report.handback.addresses import Address
from grading.report.handback.archives import as_text
from grading.report.handback.outgoing import Handback, Outgoing
from grading.settings.definition import Mail
from grading.tables import csv_text

PASSWORD = "GRADING_MAIL_PASSWORD"  # the name of a variable of the environment
MERGE = "mail-merge.csv"
NO_SERVER = "course.toml names no mail server; add [mail] with host and sender, or send the files by a mail merge"
SECONDS = 60
"""How long the server may take to answer."""

Messages = list[tuple[Outgoing, EmailMessage]]


def messages(course: Course, handback: Handback, pages: Iterable[tuple[Outgoing, Address]]) -> Messages:
    """A message for each page: the words in it, the page beside it."""
    mail = course.settings.mail
    made = []
    for out, address in pages:
        message = EmailMessage(policy=SMTP.clone(max_line_length=78))
        message["To"] = MailAddress(display_name=_in_a_header(address.name), addr_spec=address.of)
        if mail is not None:
            message["From"] = mail.sender
            if mail.reply_to:
                message["Reply-To"] = mail.reply_to
        message["Subject"] = subject(course, handback)
        message.set_content(as_text(out.words).decode())
        message.add_attachment(
            out.html, maintype="text", subtype="html", filename=f"{handback.unit}-feedback.html"
        )
        made.append((out, message))
    return made


def subject(course: Course, handback: Handback) -> str:
    """What the message is about."""
    return _in_a_header(f"{course.settings.name}: your feedback on {handback.title}")


def _in_a_header(text: str) -> str:
    return printable(" ".join(text.split()), 200)


def write_files(course: Course, handback: Handback, made: Messages) -> Path:
    """Write the messages as files, and the table; files of an earlier time that belong to none are removed."""
    folder = course.results / f"{handback.unit}-mail"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {f"{out.student}.eml": message.as_bytes() for out, message in made}
    for name, data in wanted.items():
        write_bytes_atomically(folder / name, data, mode=0o600)
    for path in folder.glob("*.eml"):
        if path.name not in wanted:
            path.unlink()
    rows: list[Sequence[str]] = []
    for out, message in made:
        to = message["To"].addresses[0]
        body = as_text(out.words).decode()
        page = out.page.relative_to(course.root).as_posix()
        rows.append([out.student, to.display_name, to.addr_spec, str(message["Subject"]), body, page])
    table = csv_text(["student", "name", "email", "subject", "body", "attachment"], rows)
    write_bytes_atomically(folder / MERGE, table.encode(), mode=0o600)
    return folder


def send(course: Course, made: Messages, told: Callable[[Outgoing], None]) -> dict[str, str]:
    """Send the messages one by one, calling `told` after each; return whose the server refused, and its words.

    Raises
    ------
    CourseError
        If ``course.toml`` names no server, or it cannot be reached, refuses the sender or goes away; what was sent
        before has been told.
    """
    mail = course.settings.mail
    if mail is None:
        raise CourseError(NO_SERVER)
    refused: dict[str, str] = {}
    done = 0
    try:
        with _connection(course, mail) as server:
            for out, message in made:
                message["Date"] = localtime()
                message["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2].rstrip("> ") or None)
                try:
                    server.send_message(message)
                except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
                    refused[out.student] = printable(f"the mail server refused it: {error}", 200)
                    server.rset()
                else:
                    done += 1
                    told(out)
    except (OSError, smtplib.SMTPException) as error:
        raise CourseError(
            f"{mail.host}: after {done} of {counted(len(made), 'message')}: {printable(str(error), 200)}; see "
            "[mail] in course.toml, then run this again: nobody gets the same page twice"
        ) from None
    return refused


def _connection(course: Course, mail: Mail) -> smtplib.SMTP:
    """A session with the server, signed in if the settings name a user."""
    server: smtplib.SMTP
    context = ssl.create_default_context()
    if mail.security == "tls":
        server = smtplib.SMTP_SSL(mail.host, mail.port, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=SECONDS)
    try:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user:
            server.login(mail.user, _password(course, mail))
    except BaseException:
        server.close()
        raise
    return server


def _password(course: Course, mail: Mail) -> str:
    """The password, which stands in no setting: of the environment, or in a file that the settings name."""
    if not mail.password_file:
        if password := os.environ.get(PASSWORD):
            return password
        raise CourseError(f"[mail] user needs a password: set {PASSWORD}, or name a file with password_file")
    path = course.root / mail.password_file
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror}); [mail] password_file names it") from None
