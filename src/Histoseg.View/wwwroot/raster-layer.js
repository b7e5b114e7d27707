// A layer of pixels over a slide: tiles of numbers, coloured by a rule. Opacity is applied when it is drawn; a change of the rule colours again.
import { levelOf } from './map-tiles.js';

const MOST_COLOURED = 400;

export class RasterLayer {
  #sources; #grid; #coloured = new Map(); #rule = null; #style = 0;

  /** A layer made of tiles of one or more sources. */
  constructor(grid, sources) {
    [this.#grid, this.#sources] = [grid, sources];
  }

  /** How numbers become colours: fills an array of 32-bit colours from one array of bytes for each source. */
  set rule(rule) {
    this.#rule = rule;
    this.#style++;
  }

  /** Draws what is here of a part of the slide, and asks for what is not. */
  draw(context, view, opacity) {
    const { across, down, tile, levels } = this.#grid;
    const level = levelOf(this.#grid, 1 / view.scale);
    const step = [across * levels[level].downsample, down * levels[level].downsample];
    context.save();
    context.globalAlpha = opacity;
    context.imageSmoothingEnabled = step[0] * view.scale < 1;
    const [left, top] = [view.x / step[0] / tile, view.y / step[1] / tile].map(from => Math.max(0, Math.floor(from)));
    const right = Math.min(Math.ceil(levels[level].width / tile), Math.ceil((view.x + view.width / view.scale) / step[0] / tile));
    const bottom = Math.min(Math.ceil(levels[level].height / tile), Math.ceil((view.y + view.height / view.scale) / step[1] / tile));
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++)
        this.#drawTile(context, view, level, x, y, step);
    context.restore();
  }

  #drawTile(context, view, level, x, y, step) {
    const { tile, levels } = this.#grid;
    const [width, height] = this.#sources[0].size(level, x, y);
    // Edges on whole pixels: neighbours neither overlap nor leave a gap.
    const edges = [x * tile * step[0] - view.x, y * tile * step[1] - view.y, (x * tile + width) * step[0] - view.x, (y * tile + height) * step[1] - view.y]
      .map(edge => Math.round(edge * view.scale));
    for (let up = level, column = x, row = y, from = [0, 0], size = [width, height]; up < levels.length; up++) {
      const picture = this.#picture(up, column, row, up === level);
      if (picture) {
        context.drawImage(picture, from[0], from[1], Math.min(size[0], picture.width - from[0]), Math.min(size[1], picture.height - from[1]),
          edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1]);
        return;
      }
      // Until it comes, a coarser one.
      from = [(from[0] + (column % 2) * tile) / 2, (from[1] + (row % 2) * tile) / 2];
      size = [size[0] / 2, size[1] / 2];
      [column, row] = [column >> 1, row >> 1];
    }
  }

  #picture(level, x, y, fetchIt) {
    const key = `${level}/${x}_${y}`;
    const known = this.#coloured.get(key);
    if (known?.style === this.#style)
      return known.canvas;
    const bytes = this.#sources.map(source => source.get(level, x, y, fetchIt));
    if (bytes.some(one => one === null))
      return known?.canvas ?? null;
    const [width, height] = this.#sources[0].size(level, x, y);
    const canvas = known?.canvas ?? Object.assign(document.createElement('canvas'), { width, height });
    const context = canvas.getContext('2d');
    const pixels = new ImageData(width, height);
    this.#rule(new Uint32Array(pixels.data.buffer), ...bytes);
    context.putImageData(pixels, 0, 0);
    this.#coloured.delete(key);
    this.#coloured.set(key, { canvas, style: this.#style });
    if (this.#coloured.size > MOST_COLOURED)
      this.#coloured.delete(this.#coloured.keys().next().value);
    return canvas;
  }
}
