"""The course's hub as it is, on free ports, with accounts of the hub's own. For tests: anybody may sign in."""

import json
import os
from pathlib import Path

c = get_config()  # noqa: F821  (JupyterHub defines it)

here = Path(os.environ["HUB_TEST_FOLDER"])
ports = json.loads((here / "ports.json").read_text())
load_subconfig("jupyterhub_config.py", path=os.environ["HUB_RECIPE"])  # noqa: F821  (traitlets defines it)

c.JupyterHub.bind_url = f"http://127.0.0.1:{ports['site']}"
c.JupyterHub.hub_port = ports["hub"]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{ports['proxy']}"
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(here / "homes" / "{username}")
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
