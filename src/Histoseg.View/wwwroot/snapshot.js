// The view as a picture, with what lies over it, a legend and the scale bar.
import { bar } from './scale.js';

/** A PNG of the panes side by side. */
export async function take(panes, slide, legend) {
  const views = panes.map(pane => pane.view), gap = panes.length > 1 ? 4 : 0;
  const [width, height] = [views.reduce((sum, view) => sum + view.width, gap * (views.length - 1)), views[0].height];
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  context.fillStyle = getComputedStyle(document.querySelector('#stage')).backgroundColor;
  context.fillRect(0, 0, width, height);
  let left = 0;
  for (const [i, pane] of panes.entries()) {
    const view = views[i];
    context.drawImage(pane.viewer.drawer.canvas, left, 0, view.width, view.height);
    context.drawImage(pane.canvas, left, 0, view.width, view.height);
    left += view.width + gap;
  }
  drawBar(context, views[0], slide, height);
  drawLegend(context, legend, views[0].ratio, width, height);
  return new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
}

/** Has the browser keep it as a file. */
export function save(blob, name) {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function drawBar(context, view, slide, height) {
  const unit = view.ratio, { pixels, text } = bar(view, slide.micronsPerPixel, 160 * unit);
  box(context, 12 * unit, height - 50 * unit, pixels + 24 * unit, 38 * unit);
  context.fillStyle = '#1f2328';
  context.font = `${13 * unit}px system-ui, sans-serif`;
  context.textBaseline = 'alphabetic';
  context.fillText(text, 24 * unit, height - 32 * unit);
  context.fillRect(24 * unit, height - 24 * unit, pixels, 4 * unit);
}

function drawLegend(context, legend, unit, width, height) {
  if (legend.length === 0)
    return;
  context.font = `${13 * unit}px system-ui, sans-serif`;
  const line = 20 * unit, wide = Math.max(...legend.map(([, name]) => context.measureText(name).width)) + 46 * unit, high = legend.length * line + 12 * unit;
  const [left, top] = [width - wide - 12 * unit, height - high - 12 * unit];
  box(context, left, top, wide, high);
  context.textBaseline = 'middle';
  for (const [i, [colour, name]] of legend.entries()) {
    const middle = top + 6 * unit + line * (i + 0.5);
    context.fillStyle = colour;
    context.fillRect(left + 10 * unit, middle - 6 * unit, 16 * unit, 12 * unit);
    context.fillStyle = '#1f2328';
    context.fillText(name, left + 34 * unit, middle);
  }
}

function box(context, left, top, width, height) {
  context.fillStyle = 'rgb(255 255 255 / 92%)';
  context.fillRect(left, top, width, height);
}
