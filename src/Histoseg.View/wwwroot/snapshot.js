// The view as a picture, with what lies over it, a legend, the scale bar and, where two sides are seen, which is which.
import { bar } from './scale.js';
import { settings } from './settings.js';

/** A PNG of the panes side by side. */
export async function take(workspace) {
  const { shownPanes: panes, slide, sides } = workspace, views = panes.map(pane => pane.view), gap = panes.length > 1 ? 4 : 0;
  const [width, height] = [views.reduce((sum, view) => sum + view.width, gap * (views.length - 1)), views[0].height];
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  context.fillStyle = getComputedStyle(document.querySelector('#stage')).backgroundColor;
  context.fillRect(0, 0, width, height);
  const unit = views[0].ratio, lefts = [];
  let left = 0;
  for (const [i, pane] of panes.entries()) {
    const view = views[i], over = new OffscreenCanvas(view.width, view.height);
    workspace.paint(pane, over.getContext('2d'), view);
    context.drawImage(pane.viewer.drawer.canvas, left, 0, view.width, view.height);
    context.drawImage(over, left, 0);
    lefts.push(left);
    left += view.width + gap;
  }
  if (settings.mode === 'curtain')
    drawCurtain(context, workspace.sideNames, unit, width, height);
  else if (settings.mode === 'split')
    workspace.sideNames.forEach((name, i) => drawTag(context, name, lefts[i] + 8 * unit, 'left', unit));
  drawBar(context, views[0], slide, height);
  drawLegend(context, workspace.layers.legendOf(sides), unit, width, height);
  return new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
}

function drawCurtain(context, [left, right], unit, width, height) {
  const at = Math.round(width * settings.curtain / 100);
  for (const [colour, wide] of [['#1f2328', 4], ['#fff', 2]]) {
    context.fillStyle = colour;
    context.fillRect(at - wide / 2 * unit, 0, wide * unit, height);
  }
  drawTag(context, left, at - 8 * unit, 'right', unit);
  drawTag(context, right, at + 8 * unit, 'left', unit);
}

function drawTag(context, text, x, align, unit) {
  context.font = `${13 * unit}px system-ui, sans-serif`;
  const wide = context.measureText(text).width + 16 * unit, left = align === 'left' ? x : x - wide;
  box(context, left, 8 * unit, wide, 24 * unit);
  context.fillStyle = '#1f2328';
  context.textBaseline = 'middle';
  context.fillText(text, left + 8 * unit, 20 * unit);
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
  for (const [i, [colour, name, isLine]] of legend.entries()) {
    const middle = top + 6 * unit + line * (i + 0.5);
    context.fillStyle = colour;
    if (isLine)
      [0, 6, 12].forEach(along => context.fillRect(left + (10 + along) * unit, middle - unit, 4 * unit, 2 * unit));
    else
      context.fillRect(left + 10 * unit, middle - 6 * unit, 16 * unit, 12 * unit);
    context.fillStyle = '#1f2328';
    context.fillText(name, left + 34 * unit, middle);
  }
}

function box(context, left, top, width, height) {
  context.fillStyle = 'rgb(255 255 255 / 92%)';
  context.fillRect(left, top, width, height);
}
