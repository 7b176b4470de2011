"""From what students hand in to marks: build, collect, rebuild, run, judge, record, feedback, on top of nbgrader.

Rooms are packages by stage; each imports only those below it (ARCHITECTURE.md draws them, import-linter
proves it). The heart is `grading.submission`. Whoever edits hidden tests needs `grading.checks` and nothing
else of this package.
"""
