"""Evaluation: predictors of quality on databases, by protocols.

`evaluate_request(EvaluationRequest(...))` measures; `PROTOCOLS` lists the protocols.
Every name below is imported on first use, so that importing this package is cheap.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
