"""The methods: one folder each, with its config, training, views and checkpoint.

`METHODS` maps names to rows (`Method`), which are imported on first use.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
