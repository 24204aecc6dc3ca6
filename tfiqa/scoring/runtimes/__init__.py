"""What computes scores: Keras, LiteRT or NumPy, behind one small interface.

Keras runs every scorer. LiteRT runs `.tflite` files and the preset `photo`, NumPy the
preset `niqe`: neither imports Keras or TensorFlow, which takes longer than to score.
"""
