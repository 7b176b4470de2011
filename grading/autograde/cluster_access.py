"""How to reach a Dask cluster, and whom to trust there: certificates, or this machine alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Generator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec
from distributed import Client, Security

from grading.course import SETTINGS, Course
from grading.errors import CourseError
from grading.printable import printable
from grading.settings.definition import Cluster


def cluster_settings(course: Course) -> Cluster:
    """The course's ``[cluster]``; the files that it names are found from the course folder."""
    found = course.settings.cluster
    paths = {}
    for name in ("tls_ca_file", "tls_cert", "tls_key"):
        if getattr(found, name):
            paths[name] = str(path := course.root / getattr(found, name))
            if not path.is_file():
                raise CourseError(f"{path}: missing; {SETTINGS} names it as [cluster] {name}")
    return msgspec.structs.replace(found, **paths)


def security_for(settings: Cluster, address: str) -> Any:
    """What is needed to talk to an address; refuses those where anybody could take the workers' place."""
    scheme, host = urlsplit(address).scheme, urlsplit(address).hostname
    if scheme == "tcp" and host and _is_loopback(host):
        return None
    if scheme == "tcp":
        raise CourseError(
            f"{address}: plain tcp lets anybody on the network run code and read the tests; "
            "use tls://, or tcp on 127.0.0.1"
        )
    if scheme != "tls" or not host:
        raise CourseError(f"{address}: not an address of a scheduler; give tls://HOST:PORT")
    files = {"tls_ca_file": settings.tls_ca_file, "tls_client_cert": settings.tls_cert}
    files["tls_client_key"] = settings.tls_key
    security: Any = Security(require_encryption=True, **{name: file for name, file in files.items() if file})
    if not security.tls_ca_file or not security.tls_client_cert:
        raise CourseError(
            f"{address}: no certificate to show; name tls_ca_file, tls_cert and tls_key under [cluster] in "
            f"{SETTINGS}, or set Dask's distributed.comm.tls"
        )
    return security


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def connected(address: str, security: Any, settings: Cluster) -> Client:
    """A client, once there is a worker."""
    try:
        client = Client(address, security=security, timeout=settings.wait_seconds, set_as_default=False)
    except (OSError, ValueError) as error:  # ValueError: the file is not a certificate
        raise CourseError(f"{address}: no Dask scheduler to talk to ({first_line(error)})") from error
    try:
        with losses(address):
            client.wait_for_workers(1, timeout=settings.wait_seconds)
            listens_on = str(client.scheduler_info()["address"])
        if security is None:
            refuse_open(f"the scheduler {address}", listens_on)
    except BaseException:
        client.close()
        raise
    return client


def refuse_open(who: str, listens_on: str) -> None:
    """Refuse a scheduler or worker without certificates that listens beyond this machine."""
    if not _is_loopback(urlsplit(listens_on).hostname or ""):
        raise CourseError(
            f"{who} listens on {listens_on}, where anybody on the network can run code; start it with "
            "--host 127.0.0.1, or use tls"
        )


@contextmanager
def losses(address: str) -> Generator[None, None, None]:
    """Turn what Dask raises when the other side is gone into one line."""
    try:
        yield
    except (OSError, TimeoutError, CancelledError) as error:
        raise CourseError(
            f"{address}: the cluster is gone or has no worker ({first_line(error)}); what was graded is kept, "
            "run the command again"
        ) from error


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return printable(str(error).splitlines()[0]) if str(error) else type(error).__name__
