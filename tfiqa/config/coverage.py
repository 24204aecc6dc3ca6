"""How much of an image the crops of a scorer cover."""

# A grid of crops, which may leave gaps, or enough crops to leave none.
COVERAGES = ("grid", "full")
