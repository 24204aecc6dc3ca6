"""Measures of how well predictions agree with mean opinion scores (MOS).

The functions take NumPy arrays of complete datasets, never of batches: a mean of batch
correlations is not a correlation. `SROCC`, `PLCC` and `KROCC` are the same correlations
as Keras metrics over an epoch of `fit` or `evaluate`; only they import Keras.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
