"""Scoring on Apache Beam, for collections that outgrow one machine.

`ScoreImages` is a transform for pipelines of your own. The commands `tfiqa.beam.score`
and `tfiqa.beam.features` process files, records and datasets, and resume. See
`docs/scale.md`. It needs `pip install 'tfiqa[beam]'`. Names are imported on first use;
`__init__.pyi` lists them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
