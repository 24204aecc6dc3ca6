"""The report of an evaluation: one page of HTML, and its drawings beside it."""
