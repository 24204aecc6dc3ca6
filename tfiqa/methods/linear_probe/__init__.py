"""Linear probe: statistics of a frozen backbone and ridge regression.

The floor for every other method, and with `stages="last"`, `statistics="mean"` and
`scales=1` the "ResNet-50" row of the literature's tables. A picture is described by the
mean and the standard deviation of each channel of several stages, at full and at half
scale; large pictures are described tile by tile.
"""

from tfiqa.methods.linear_probe.training import ALPHAS as ALPHAS
from tfiqa.methods.linear_probe.training import QUICK as QUICK
from tfiqa.methods.linear_probe.training import Config as Config
from tfiqa.methods.linear_probe.training import check as check
from tfiqa.methods.linear_probe.training import train as train
