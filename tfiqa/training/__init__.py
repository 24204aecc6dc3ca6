"""Training of methods: from a request to a scorer in the folder of a run.

Names are imported on first use, so that flags and `--help` do not load Keras.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
