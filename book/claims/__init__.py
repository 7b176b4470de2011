"""What the pages assert and a computation can refute: one module per page, run by `tests/book/test_claims.py`."""
