"""Grade a class: every submission of a unit, once, wherever the work is done.

`run` is the one entrance. It asks which results of an earlier run still hold, has the others graded by an executor
(`executors`: this process, processes of this machine; `cluster`: Dask workers), and hands each result to the
`recorder`, which writes files and enters marks. `changed_tests` keeps a class from being graded by two versions of
its tests unawares, `regrade` previews a run before it counts. What one submission earns is decided in
`grading.submission`, never here.
"""
