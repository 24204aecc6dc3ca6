"""Networks and their factories: ordinary Keras models with the papers' defaults.

A network lives in `tfiqa/models/<method>.py` and takes keyword arguments; the folder
`tfiqa/methods/<method>/` holds what trains it: config, training, views, checkpoint.
Nothing downloads unless `backbone_weights="imagenet"` is asked for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
