"""Your own metric in minutes: a scorer from a folder and a few ratings or pairs.

`tfiqa.evaluation.fit_request` fits, measures and writes; `families` is what is tried.
"""
