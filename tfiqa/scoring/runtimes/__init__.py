"""Runtimes that compute scores: Keras, LiteRT or NumPy, behind one small interface.

Keras runs every scorer. LiteRT runs `.tflite` files and the preset `photo`; NumPy runs
the preset `niqe`. Neither imports Keras or TensorFlow, which takes longer than scoring.
"""
