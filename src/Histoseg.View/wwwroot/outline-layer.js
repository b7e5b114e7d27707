// Polygons over a slide. A worker draws them tile by tile, so that moving the slide is moving pictures, however many polygons there are.
import { addressOf } from './api.js';

const TILE = 512, MOST_KEPT = 200;

export class OutlineLayer {
  #worker; #tiles = new Map(); #style = 0; #look = null; #shown = null; #wanted = ''; #changed;

  /** The groups of the polygons and how many there are; null: not here yet. */
  groups = null;
  count = 0;

  /** Polygons of a kind (predicted, annotated); calls back when something new can be drawn. */
  constructor(slide, kind, dashed, changed) {
    this.#changed = changed;
    this.#worker = new Worker('outline-worker.js');
    this.#worker.onmessage = ({ data }) => this.#take(data);
    this.#worker.postMessage({ load: new URL(addressOf(slide, `outlines/${kind}`), location.href).href, dashed });
  }

  /** Colours by group, null for those not drawn, and the width of lines in pixels of the screen. */
  look(colours, width) {
    const look = JSON.stringify([colours, width]);
    if (look === this.#look)
      return;
    this.#look = look;
    this.#style++;
    this.#wanted = '';
    this.#worker.postMessage({ style: this.#style, colours, width });
  }

  /** Draws what is here of a part of the slide, and has drawn what is not. */
  draw(context, view) {
    if (this.groups === null || this.count === 0)
      return;
    // Tiles are of the very scale that is looked at, so that they are copied as they are. While it changes, those of the scale before are stretched.
    const scale = view.rests || this.#shown === null ? view.scale : this.#shown;
    const tiles = this.#covering(scale, view);
    if (this.#shown !== scale && (this.#shown === null || tiles.every(tile => this.#tiles.has(tile.key))))
      this.#shown = scale;
    for (const { key, edges } of this.#shown === scale ? tiles : this.#covering(this.#shown, view)) {
      const picture = this.#tiles.get(key)?.picture;
      if (picture)
        context.drawImage(picture, edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1]);
    }
    const missing = tiles.filter(tile => this.#tiles.get(tile.key)?.style !== this.#style);
    const wanted = `${this.#style}|${missing.map(tile => tile.key)}`;
    if (wanted !== this.#wanted && missing.length > 0)
      this.#worker.postMessage({ wanted: missing.map(({ key, x, y }) => ({ key, x, y, scale })) });
    this.#wanted = wanted;
  }

  /** Whether all of a part of the slide is drawn as it is to be. */
  isDrawn(view) {
    return this.groups !== null
      && (this.count === 0 || this.#covering(view.scale, view).every(tile => this.#tiles.get(tile.key)?.style === this.#style));
  }

  /** Nobody looks any more. */
  close() {
    this.#worker.terminate();
    for (const { picture } of this.#tiles.values())
      picture.close();
    this.#tiles.clear();
  }

  #covering(scale, view) {
    const side = TILE / scale, tiles = [], name = scale.toPrecision(9);
    for (let y = Math.floor(view.y / side); y * side < view.y + view.height / view.scale; y++)
      for (let x = Math.floor(view.x / side); x * side < view.x + view.width / view.scale; x++)
        tiles.push({
          key: `${name}/${x}_${y}`, x, y,
          edges: [x * side - view.x, y * side - view.y, (x + 1) * side - view.x, (y + 1) * side - view.y].map(edge => Math.round(edge * view.scale)),
        });
    return tiles;
  }

  #take(data) {
    if (data.error)
      this.failed?.(new Error(data.error));
    if (data.groups) {
      [this.groups, this.count] = [data.groups, data.count];
      this.loaded?.();
    } else if (data.picture) {
      this.#tiles.get(data.key)?.picture.close();
      this.#tiles.delete(data.key);
      this.#tiles.set(data.key, { picture: data.picture, style: data.style });
      while (this.#tiles.size > MOST_KEPT) {
        const [key, { picture }] = this.#tiles.entries().next().value;
        picture.close();
        this.#tiles.delete(key);
      }
    }
    this.#changed();
  }
}
