"""Marks on their way out: what was earned, what lateness takes, and the tables that carry it away.

`class_marks` is the one record of a class that export, feedback and report read; `mark_rows` makes a row per
student of it; `late` is the arithmetic of lateness and `late_settings` reads the policy and the extensions;
`export` writes our own table and `export_lms`, with `sheet`, fills a platform's.
"""
