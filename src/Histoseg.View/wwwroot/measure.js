// Distances and areas that the user draws.
import { area, length } from './scale.js';

export class Measure {
  #shapes = []; #points = []; #over = null; #changed;

  /** What a click means: null, distance or area. */
  tool = null;

  constructor(changed) { this.#changed = changed; }

  /** Takes up a tool, or puts it away. */
  use(tool) {
    this.finish();
    this.tool = this.tool === tool ? null : tool;
    this.#changed();
  }

  /** Puts the tool away. */
  stop() {
    if (this.tool)
      this.use(this.tool);
  }

  add(place) {
    this.#points.push(place);
    this.#changed();
  }

  over(place) {
    this.#over = place;
    if (this.#points.length > 0)
      this.#changed();
  }

  /** Ends the line or area; what has too few points is dropped. */
  finish() {
    const points = this.#points.filter((point, i, all) => i === 0 || point.x !== all[i - 1].x || point.y !== all[i - 1].y);
    if (points.length > (this.tool === 'area' ? 2 : 1))
      this.#shapes.push({ tool: this.tool, points });
    this.#points = [];
    this.#changed();
  }

  /** Takes back the last point, else puts the tool away. */
  back() {
    if (this.#points.length > 0)
      this.#points = [];
    else
      this.tool = null;
    this.#changed();
  }

  clear() {
    [this.#shapes, this.#points] = [[], []];
    this.#changed();
  }

  get isEmpty() { return this.#shapes.length + this.#points.length === 0; }

  /** What was measured last, in words. */
  inWords(mpp) {
    const last = this.#points.length > 1 ? { tool: this.tool, points: this.#points } : this.#shapes.at(-1);
    return last ? words(last, mpp) : '';
  }

  draw(context, view, mpp) {
    const open = this.#points.length > 0 ? [{ tool: this.tool, points: this.#over ? [...this.#points, this.#over] : this.#points, open: true }] : [];
    for (const shape of [...this.#shapes, ...open])
      this.#drawShape(context, view, mpp, shape);
  }

  #drawShape(context, view, mpp, shape) {
    const at = shape.points.map(point => [(point.x - view.x) * view.scale, (point.y - view.y) * view.scale]);
    const unit = view.ratio;
    context.save();
    context.beginPath();
    at.forEach(([x, y]) => context.lineTo(x, y));
    if (shape.tool === 'area') {
      context.closePath();
      context.fillStyle = 'rgb(9 105 218 / 18%)';
      context.fill();
    }
    context.lineJoin = 'round';
    for (const [colour, width] of [['#fff', 4.5], ['#0969da', 2]]) {
      [context.strokeStyle, context.lineWidth] = [colour, width * unit];
      context.stroke();
    }
    for (const [x, y] of at) {
      context.beginPath();
      context.arc(x, y, 3.2 * unit, 0, 7);
      context.fillStyle = '#0969da';
      context.fill();
    }
    if (at.length > 1)
      label(context, words(shape, mpp), at.at(-1), unit, view);
    context.restore();
  }
}

function words({ tool, points }, mpp) {
  const lines = tool === 'area' ? [...points, points[0]] : points;
  const along = lines.slice(1).reduce((sum, point, i) => sum + Math.hypot(point.x - lines[i].x, point.y - lines[i].y), 0);
  if (tool !== 'area')
    return length(along, mpp);
  const twice = points.reduce((sum, point, i) => {
    const next = points[(i + 1) % points.length];
    return sum + point.x * next.y - next.x * point.y;
  }, 0);
  return `${area(Math.abs(twice) / 2, mpp)}, ${length(along, mpp)} around`;
}

function label(context, text, [x, y], unit, view) {
  context.font = `${13 * unit}px system-ui, sans-serif`;
  const width = context.measureText(text).width + 12 * unit, height = 20 * unit;
  const [left, top] = [Math.max(0, Math.min(x + 10 * unit, view.width - width)), Math.max(0, Math.min(y - 26 * unit, view.height - height))];
  context.fillStyle = 'rgb(255 255 255 / 92%)';
  context.fillRect(left, top, width, height);
  context.fillStyle = '#1f2328';
  context.textBaseline = 'middle';
  context.fillText(text, left + 6 * unit, top + height / 2);
}
