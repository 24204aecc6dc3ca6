"""How much of a picture the crops of a scorer cover."""

# A grid of crops, which may leave gaps, or as many as it takes to leave none.
COVERAGES = ("grid", "full")
