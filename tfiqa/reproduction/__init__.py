"""The tables and figures of the papers: what they are, the commands that give them.

`targets` lists them, `predictors` says how their rows are made, `plans` turns them into
commands, `states` says what is missing, `execution` runs the commands, `comparison` and
`page` show the results beside the papers' numbers. `tiny` and `stand_ins` are for runs
that only show that the commands work.
"""
