"""Linear regression of MOS on the features of frozen encoders."""

from tfiqa.regression.choice import RegressionRepeats as RegressionRepeats
from tfiqa.regression.choice import choose_alpha as choose_alpha
from tfiqa.regression.choice import fit as fit
from tfiqa.regression.choice import repeated as repeated
from tfiqa.regression.choice import validation_curve as validation_curve
from tfiqa.regression.elastic_net import fit_elastic_net as fit_elastic_net
from tfiqa.regression.elastic_net import predictions_on_path as predictions_on_path
from tfiqa.regression.linear_map import LinearMap as LinearMap
from tfiqa.regression.pls import fit_pls as fit_pls
from tfiqa.regression.ridge import fit_ridge as fit_ridge
from tfiqa.regression.ridge import predictions_of_all as predictions_of_all
from tfiqa.regression.settings import Regression as Regression
