"""Reports: the page of an evaluation, and plots of an encoder's representations.

`write_page` writes the page of the results of `tfiqa.evaluation.evaluate_request`;
`probe_encoder` draws the features of an encoder. Names are imported on first use.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
