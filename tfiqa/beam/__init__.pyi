from .outputs import read_published as read_published
from .settings import FeatureSettings as FeatureSettings
from .settings import ScorerSettings as ScorerSettings
from .transforms import ExtractFeatures as ExtractFeatures
from .transforms import ScoreImages as ScoreImages
