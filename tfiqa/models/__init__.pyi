from .contentsep import ContentSep as ContentSep
from .contrique import CONTRIQUE as CONTRIQUE
from .hyperiqa import HyperIQA as HyperIQA
from .ilniqe import ILNIQE as ILNIQE
from .linear_probe import LinearProbe as LinearProbe
from .niqe import NIQE as NIQE
from .reiqa import ReIQA as ReIQA
