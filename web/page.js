// The page: loads a model with a fixed input size, and scores images dropped on it.

import {Tensor, loadAndCompile, loadLiteRt} from '@litertjs/core';
import {middle, score} from './score.js';

const drop = document.getElementById('drop');
const result = document.getElementById('result');
const canvas = document.getElementById('seen');

const loading = loadLiteRt('./node_modules/@litertjs/core/wasm/').then(async () => {
  const model = await loadAndCompile('./model.tflite', {accelerator: 'wasm'});
  result.value = 'ready';
  return model;
});
loading.catch(showError);

async function show(file) {
  try {
    result.value = 'scoring';
    const model = await loading;
    const [{shape: [, height, width]}] = model.getInputDetails();
    // As stored in the file: no color management, upright, and transparency kept.
    const image = await createImageBitmap(file, {
      colorSpaceConversion: 'none', premultiplyAlpha: 'none',
    });
    const {left, top} = middle(image.width, image.height, {width, height});
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d', {willReadFrequently: true});
    context.drawImage(image, -left, -top);
    const {data} = context.getImageData(0, 0, width, height);
    const outputs = await score(model, Tensor, data);
    const value = outputs.score ?? outputs.mos;
    result.value = Number.isNaN(value) ?
      'no structure to judge' :
      `score ${value.toFixed(4)} of 100, of the middle ${width} x ${height} pixels`;
  } catch (error) {
    showError(error);
  }
}

function showError(error) {
  result.value = `not scored: ${error.message ?? error}`;
}

document.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
document.addEventListener('dragleave', () => drop.classList.remove('over'));
document.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  if (event.dataTransfer.files.length) show(event.dataTransfer.files[0]);
});
document.getElementById('file').addEventListener('change', (event) => {
  if (event.target.files.length) show(event.target.files[0]);
});
