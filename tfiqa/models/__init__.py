"""Networks and their factories: ordinary Keras models with the papers' defaults.

A network is in `tfiqa/models/<method>.py` and takes keyword arguments; the folder
`tfiqa/methods/<method>/` holds its training: config, training, views, checkpoint.
Nothing is downloaded unless `backbone_weights="imagenet"`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
