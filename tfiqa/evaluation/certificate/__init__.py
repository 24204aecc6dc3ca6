"""Certificates: how a scorer behaves where nobody looks, in bands with reasons.

`bands` holds the table of all checks. `tfiqa.evaluation.certify_request` measures.
"""
