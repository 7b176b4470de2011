"""The hidden tests that grade submissions, one module per unit."""
