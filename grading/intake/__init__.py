"""What was handed in: from a platform's archive, or nbgrader's exchange, into ``submitted/<student>/<unit>/``.

`collect` reads an archive with a reader of `grading.lms`, finds each student's notebook in what was uploaded
(`contents`, by the rule of `grading.submission.choose`), and puts it on the `shelf`, which replaces a submission
whole or not at all. `submitted` lists what lies there. `exchange` copies nbgrader's files without following links.
Nothing here runs or judges a student's code.
"""
