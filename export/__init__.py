"""Exports of a scorer: files that run without this package.

Each of `saved_model`, `tflite` and `onnx` has a function `export(scorer, path)`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
