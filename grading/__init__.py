"""The grading pipeline: build, collect, rebuild, run, judge, record, feedback, on top of nbgrader."""
