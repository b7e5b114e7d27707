// Tiles of labels, probabilities or truth: bytes, fetched when first wanted and kept while they are.
import { addressOf, getBytes } from './api.js';

const MOST_KEPT = 600, AT_ONCE = 6;

/** The level of a grid that is drawn where so many pixels of level 0 are one of the screen. */
export function levelOf({ across, levels }, step) {
  let level = levels.length - 1;
  while (level > 0 && across * levels[level].downsample > 1.01 * step)
    level--;
  return level;
}

export class MapTiles {
  #tiles = new Map();
  #wanted = new Map();
  #running = 0;
  #slide; #kind; #changed; #end = new AbortController();

  /** Tiles of a kind (labels, heat, truth); calls back when one has come. */
  constructor(slide, kind, changed) {
    [this.#slide, this.#kind, this.#changed] = [slide, kind, changed];
  }

  /** Width and height of a tile. */
  size(level, x, y) {
    const { tile, levels } = this.#slide.grid;
    return [Math.min(tile, levels[level].width - x * tile), Math.min(tile, levels[level].height - y * tile)];
  }

  /** A tile's bytes; null: they are not here (yet). */
  get(level, x, y, fetchIt = true) {
    const key = `${level}/${x}_${y}`;
    const tile = this.#tiles.get(key);
    if (tile) {
      this.#tiles.delete(key);
      this.#tiles.set(key, tile);
      return tile.bytes;
    }
    if (fetchIt) {
      this.#wanted.delete(key);
      this.#wanted.set(key, true);
      queueMicrotask(() => this.#work());
    }
    return null;
  }

  /**
   * The number at a place of level 0 of the slide, of the finest tile that is here; null: none is. One that fits so many pixels of level 0 to a pixel of
   * the screen is asked for.
   */
  at(x, y, step) {
    const { across, down, tile, levels } = this.#slide.grid, shown = levelOf(this.#slide.grid, step);
    for (let level = 0; level < levels.length; level++) {
      const px = Math.floor(x / (across * levels[level].downsample)), py = Math.floor(y / (down * levels[level].downsample));
      if (px < 0 || py < 0 || px >= levels[level].width || py >= levels[level].height)
        return null;
      const column = Math.floor(px / tile), row = Math.floor(py / tile), bytes = this.get(level, column, row, level === shown);
      if (bytes)
        return bytes[(py - row * tile) * this.size(level, column, row)[0] + px - column * tile];
    }
    return null;
  }

  /** Whether all that was wanted is here. */
  get isIdle() { return this.#wanted.size + this.#running === 0; }

  /** Nobody looks any more. */
  close() {
    this.#end.abort();
    this.#wanted.clear();
    this.#tiles.clear();
  }

  // What was wanted last is looked at now.
  async #work() {
    if (this.#running >= AT_ONCE || this.#wanted.size === 0 || this.#end.signal.aborted)
      return;
    const key = [...this.#wanted.keys()].at(-1);
    this.#wanted.delete(key);
    if (this.#tiles.has(key))
      return this.#work();
    const tile = { bytes: null };
    this.#tiles.set(key, tile);
    this.#running++;
    try {
      tile.bytes = await getBytes(addressOf(this.#slide, `${this.#kind}/${key}`), this.#end.signal);
      while (this.#tiles.size > MOST_KEPT)
        this.#tiles.delete(this.#tiles.keys().next().value);
      this.#changed();
    } catch (error) {
      if (error.name !== 'AbortError')
        this.failed?.(error);
    } finally {
      this.#running--;
      this.#work();
    }
  }
}
