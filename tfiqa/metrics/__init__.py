"""Figures of how well predictions agree with mean opinion scores (MOS).

NumPy over whole datasets, never over batches: a mean of batch correlations is no
correlation.
"""

from tfiqa.metrics.agreement import krocc as krocc
from tfiqa.metrics.agreement import plcc as plcc
from tfiqa.metrics.agreement import rmse as rmse
from tfiqa.metrics.agreement import srocc as srocc
from tfiqa.metrics.bootstrap import bootstrap_interval as bootstrap_interval
from tfiqa.metrics.logistic import LogisticFit as LogisticFit
from tfiqa.metrics.logistic import fit_logistic as fit_logistic
from tfiqa.metrics.missing import complete as complete
from tfiqa.metrics.significance import compare_residuals as compare_residuals
from tfiqa.metrics.significance import compare_srocc as compare_srocc
from tfiqa.metrics.significance import variance_ratio_test as variance_ratio_test
