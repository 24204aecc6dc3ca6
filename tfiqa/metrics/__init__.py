"""Figures of how well predictions agree with mean opinion scores (MOS).

NumPy over whole datasets, never over batches: a mean of batch correlations is no
correlation.
"""

from tfiqa.metrics.agreement import krocc as krocc
from tfiqa.metrics.agreement import plcc as plcc
from tfiqa.metrics.agreement import rmse as rmse
from tfiqa.metrics.agreement import srocc as srocc
from tfiqa.metrics.bootstrap import bootstrap_interval as bootstrap_interval
