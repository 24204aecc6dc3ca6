"""Pictures that owe nothing to anyone's photographs.

Each generator is one function `(index, size, *, seed=0, ...) -> uint8 picture`: the
same arguments give the same picture on every machine, and any index can be had
without those before it.
"""

from tfiqa.synthetic.dead_leaves import dead_leaves as dead_leaves
