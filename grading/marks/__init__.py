"""Marks on their way out: what was earned, what lateness takes, and the tables that carry it away.

`mark_rows` gives one row per student from gradebook and results; `late` is the arithmetic of lateness and
`late_settings` reads the policy and the extensions; `export` writes our own table and `export_lms`, with `sheet`,
fills a platform's.
"""
