// The page: a model of a fixed size, and pictures that are dropped upon it.

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
loading.catch(tell);

async function show(file) {
  try {
    result.value = 'scoring';
    const model = await loading;
    const [{shape: [, height, width]}] = model.getInputDetails();
    // As stored in the file: no color management, upright, and transparency kept.
    const picture = await createImageBitmap(file, {
      colorSpaceConversion: 'none', premultiplyAlpha: 'none',
    });
    const {left, top} = middle(picture.width, picture.height, {width, height});
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d', {willReadFrequently: true});
    context.drawImage(picture, -left, -top);
    const {data} = context.getImageData(0, 0, width, height);
    const found = await score(model, Tensor, data);
    const value = found.score ?? found.mos;
    result.value = Number.isNaN(value) ?
      'nothing in it to judge' :
      `score ${value.toFixed(4)} of 100, of the middle ${width} x ${height} pixels`;
  } catch (error) {
    tell(error);
  }
}

function tell(error) {
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
