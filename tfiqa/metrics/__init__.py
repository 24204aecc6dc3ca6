"""Figures of how well predictions agree with mean opinion scores (MOS).

Functions of NumPy arrays over whole datasets, never over batches: a mean of batch
correlations is no correlation. `SROCC`, `PLCC` and `KROCC` are the same correlations as
Keras metrics, over a whole epoch of `fit` or `evaluate`; only they import Keras.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
