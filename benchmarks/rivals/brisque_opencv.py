"""BRISQUE of OpenCV's contributed modules: the features, which need no model file."""

import cv2
import timing


def prepare(path):
    image = cv2.imread(path)
    return lambda: cv2.quality.QualityBRISQUE_computeFeatures(image)


timing.report(prepare)
