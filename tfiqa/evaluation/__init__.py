"""What `tfiqa.evaluate` measures: methods on databases by protocols.

A `Subject` gives scores of pictures of a `Database`; a protocol turns them into rows of
`Findings`, which are printed, written as JSON and CSV, and drawn by `tfiqa.report`.
"""
