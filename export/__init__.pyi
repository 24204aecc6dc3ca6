from . import onnx as onnx
from . import saved_model as saved_model
from . import tflite as tflite
