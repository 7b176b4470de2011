"""What runs beside a student: copied into the sandbox's cache and started there by the students' Python.

No trusted module imports it. It imports the standard library, the students' packages and `wire`. `warm_parent`
is the process that has everything imported and forks one child for each submission; `job` is that child's life;
`confine`, `linux` and `seccomp` build its walls; `scratch` is its folder; `cells`, `shell`, `outputs` and
`figures` run the notebook.
"""
