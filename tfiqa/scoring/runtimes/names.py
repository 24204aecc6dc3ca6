"""The names of runtimes; without any import, for flags."""

RUNTIMES = ("auto", "keras", "litert", "numpy")
