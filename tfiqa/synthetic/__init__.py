"""Generated images, made without any photograph.

Each generator is one function `(index, size, *, seed=0, ...) -> uint8 image`: the same
arguments give the same image on every machine, and any index can be generated without
those before it.
"""

from tfiqa.synthetic.cel_images import cel as cel
from tfiqa.synthetic.dead_leaves_model import dead_leaves as dead_leaves
from tfiqa.synthetic.kinds import KINDS as KINDS
from tfiqa.synthetic.kinds import make_image as make_image
from tfiqa.synthetic.streams import distorted as distorted
from tfiqa.synthetic.streams import labels as labels
from tfiqa.synthetic.streams import stream as stream
from tfiqa.synthetic.textured_leaves_model import textured_leaves as textured_leaves
