"""Candidate strengths of a penalty, from weak to strong."""

import numpy as np

# Those of CONTRIQUE (section 4.2 of its paper) and of Re-IQA.
FINE = tuple(float(alpha) for alpha in np.logspace(-3, 3, 100))

# For standardized features of any network: a wider range in larger steps.
WIDE = tuple(float(alpha) for alpha in np.logspace(-2, 6, 17))
