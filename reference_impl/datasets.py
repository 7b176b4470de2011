"""Data sets of the module (being filled)."""
