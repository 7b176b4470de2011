"""The only language between the two sides of the wall; each treats what it decodes as untrusted.

`messages` sends and receives, `codec` encodes plain values, `arrays` those of NumPy and `frames` those of pandas,
within the bounds of `plain`. Imports nothing else of ours, since one copy runs on each side.
"""
