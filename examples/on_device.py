"""Scores images: python on_device.py MODEL.tflite IMAGE..."""

import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image
from PIL import ImageOps

run = Interpreter(model_path=sys.argv[1]).get_signature_runner("serving_default")

for path in sys.argv[2:]:
    try:
        with Image.open(path) as file:
            assert file.mode in ("1", "L", "LA", "P", "RGB", "RGBA"), "not 8 bits"
            note = " (profile_ignored)" if file.info.get("icc_profile") else ""
            image = ImageOps.exif_transpose(file).convert("RGBA")
    except Exception as error:  # A broken file may raise anything.
        print(f"{path}: undecodable: {error}")
        continue
    white = Image.new("RGBA", image.size, "white")
    image = Image.alpha_composite(white, image).convert("RGB")
    images = np.asarray(image, np.float32)[np.newaxis] / 255
    score = float(run(images=images)["score"][0, 0])
    print(f"{path}: flat" if np.isnan(score) else f"{path}: {score:.2f}{note}")
