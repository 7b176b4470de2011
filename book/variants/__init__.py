"""Questions of the pages with new numbers: a function for each, named as the question, with underscores."""
