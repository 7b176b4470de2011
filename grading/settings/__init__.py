"""What ``course.toml`` can say: one definition, checked whole when it is read.

`definition` says which tables and keys there are, what each may hold and what is used without it; `reading`
turns a file into `Settings` or into one line that names the file, the key and the cure; `moments` reads
times. ``example.toml`` shows every key with a comment, and a test compares it with the definition.
"""

from grading.settings.definition import Settings
from grading.settings.reading import read_settings

__all__ = ["Settings", "read_settings"]
