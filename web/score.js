// From pixels to a score, without page or network.

/** Returns the top left corner of the centered crop that a model of this size sees. */
export function middle(width, height, size) {
  if (width < size.width || height < size.height) {
    throw new Error(
      `an image of ${size.width} x ${size.height} pixels or more is expected, ` +
      `this one has ${width} x ${height}`);
  }
  return {
    left: Math.floor((width - size.width) / 2),
    top: Math.floor((height - size.height) / 2),
  };
}

/** Converts RGBA in 0..255 to RGB in [0, 1], over a white background. */
export function rgb(rgba) {
  const images = new Float32Array(rgba.length / 4 * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    const alpha = rgba[from + 3];
    for (let channel = 0; channel < 3; channel++) {
      const mixed = rgba[from + channel] * alpha + 255 * (255 - alpha);
      images[to++] = Math.floor((mixed + 127) / 255) / 255;
    }
  }
  return images;
}

/** Returns the outputs of a LiteRT.js model for pixels of its input size. */
export async function score(model, Tensor, rgba) {
  const [{name, shape}] = model.getInputDetails();
  const input = new Tensor(rgb(rgba), Array.from(shape));
  const outputs = await model.run({[name]: input});
  const values = {};
  for (const [output, tensor] of Object.entries(outputs)) {
    values[output] = (await tensor.moveTo('wasm')).toTypedArray()[0];
    tensor.delete();
  }
  input.delete();
  return values;
}
