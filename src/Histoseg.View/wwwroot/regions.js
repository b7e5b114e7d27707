// Going through a slide region by region.
import { addressOf, getJson } from './api.js';
import { settings } from './settings.js';
import { area } from './scale.js';

export class Regions {
  #slide; #lists = null; #place = -1; #order = null; #asked = null;

  constructor(slide) { this.#slide = slide; }

  /** The region gone to; null: none. */
  current = null;

  /** Which orders there are: those by size, by error, by doubt. */
  get orders() {
    const { hasLabels, hasTruth, hasHeat } = this.#slide;
    return { size: hasLabels, wrong: hasLabels && hasTruth, unsure: hasLabels && hasHeat };
  }

  /** Goes on by so many regions; null: there is none. */
  async step(by) {
    if (!this.#slide.hasLabels)
      return null;
    this.#lists ??= await (this.#asked ??= getJson(addressOf(this.#slide, 'regions')));
    if (this.#order !== settings.order)
      [this.#order, this.#place] = [settings.order, by > 0 ? -1 : 0];
    const list = this.#ordered();
    if (list.length === 0)
      return this.current = null;
    this.#place = (this.#place + by + list.length) % list.length;
    this.current = list[this.#place];
    return this.current;
  }

  /** Where one is, in words. */
  get inWords() {
    if (this.#lists === null)
      return '';
    const list = this.#ordered(), one = this.current;
    if (!one)
      return this.#order === 'wrong' ? 'Prediction and truth differ nowhere.' : 'There is no region.';
    const name = this.#slide.classes[one.label]?.name ?? `class ${one.label}`;
    const doubt = this.#order === 'unsure' ? `, uncertainty ${Math.round(one.uncertainty * 100)} %` : '';
    return `${this.#place + 1} of ${list.length}: ${name}, ${area(one.area, this.#slide.micronsPerPixel)}${doubt}`;
  }

  #ordered() {
    const shown = region => !settings.hidden.has(region.label);
    const { predicted, wrong } = this.#lists;
    return this.#order === 'wrong' ? (wrong ?? []).filter(shown)
      : this.#order === 'unsure' ? predicted.filter(shown).toSorted((one, other) => other.uncertainty - one.uncertainty)
      : predicted.filter(shown);
  }

  draw(context, view) {
    if (!this.current)
      return;
    const { left, top, right, bottom } = this.current, gap = 6 * view.ratio;
    const corner = [left - view.x, top - view.y].map(place => place * view.scale - gap);
    const box = [...corner, ...[right - left, bottom - top].map(size => size * view.scale + 2 * gap)];
    for (const [colour, width] of [['#fff', 4], ['#1f2328', 1.6]]) {
      [context.strokeStyle, context.lineWidth] = [colour, width * view.ratio];
      context.strokeRect(...box);
    }
  }
}
