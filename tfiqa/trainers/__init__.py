"""Training of models: resumable runs, and the training steps of methods."""

from tfiqa.trainers.accumulation import GradientAccumulation as GradientAccumulation
from tfiqa.trainers.content_separation import ContentSeparation as ContentSeparation
from tfiqa.trainers.extraction import extract as extract
from tfiqa.trainers.extraction import extract_blocks as extract_blocks
from tfiqa.trainers.fitting import fit as fit
from tfiqa.trainers.momentum_contrast import MomentumContrast as MomentumContrast
from tfiqa.trainers.parts import InParts as InParts
from tfiqa.trainers.position import Position as Position
from tfiqa.trainers.run import Run as Run
from tfiqa.trainers.run import float32_copy as float32_copy
from tfiqa.trainers.state import delete_state as delete_state
from tfiqa.trainers.view_contrast import ViewContrast as ViewContrast
