"""Weights of red, green and blue in the luma of a pixel."""

# ITU-R BT.601 as JPEG, Pillow and most full-reference measures use it.
BT601 = (0.299, 0.587, 0.114)

# `rgb2gray` of MATLAB in full precision, for methods and distortions that must agree
# with MATLAB code.
MATLAB = (0.298936021293775, 0.587043074451121, 0.114020904255103)

# `rgb2gray` with the four digits that its documentation prints and that ports copy.
MATLAB_PRINTED = (0.2989, 0.587, 0.114)
