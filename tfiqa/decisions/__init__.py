"""Decisions from rows of scores: filter, rank, gate, group bursts, copy files.

All functions accept the rows of `tfiqa.score_files`, or mappings with the same keys.
Names are imported on first use; `__init__.pyi` lists them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
