// The slide that is looked at: its panes, layers, measures and regions.
import { addressOf, getJson } from './api.js';
import { Corrections } from './corrections.js';
import { Layers } from './layers.js';
import { Measure } from './measure.js';
import { Pane } from './pane.js';
import { Regions } from './regions.js';
import { bar } from './scale.js';
import { settings } from './settings.js';

const NEAR = 3; // pixels of the screen within which the clicks of a double click lie
const NAMES = { prediction: 'Prediction', truth: 'Truth', differences: 'Differences' };

export class Workspace {
  #layers = null; #hooks; #lead; #opening = null; #held = []; #pointer = null;

  /** Hooks: moved (the view has), failed (with an error), over (the pointer is at a place, or nowhere). */
  constructor(hooks) {
    this.#hooks = hooks;
    const paneHooks = {
      draw: (pane, context, view) => this.#draw(pane, context, view),
      moved: pane => this.#moved(pane),
      leads: pane => { this.#lead = pane; },
      failed: event => hooks.failed(new Error(`a part of the slide could not be shown: ${event.message}`)),
    };
    this.panes = ['pane-a', 'pane-b'].map(id => new Pane(document.getElementById(id), paneHooks));
    this.#lead = this.panes[0];
    this.measure = new Measure(() => { this.invalidate(); hooks.measured(); });
    for (const pane of this.panes) {
      pane.viewer.addHandler('canvas-click', event => this.#click(pane, event));
      pane.viewer.addHandler('canvas-double-click', event => {
        if (this.measure.tool || this.corrections?.drawing) {
          event.preventDefaultAction = true;
          (this.measure.tool ? this.measure : this.corrections).finish();
        }
      });
      pane.root.addEventListener('pointermove', event => {
        const place = pane.placeOf(event.clientX, event.clientY);
        this.#pointer = () => pane.placeOf(event.clientX, event.clientY);
        this.measure.over(place);
        this.corrections?.over(place);
        hooks.over(place);
      });
      pane.root.addEventListener('pointerleave', () => {
        this.#pointer = null;
        hooks.over(null);
      });
    }
  }

  /** The slide as the server described it; null: none. */
  slide = null;

  get main() { return this.panes[0]; }
  get shownPanes() { return settings.mode === 'split' ? this.panes : [this.panes[0]]; }
  get layers() { return this.#layers; }

  /** Whether clicks are points of something. */
  get isPointing() { return Boolean(this.measure.tool || this.corrections?.drawing); }

  /** Shows a slide; a new version of the same one stays where it is. */
  async open(listed, place) {
    const opening = this.#opening = {};
    const slide = await getJson(addressOf(listed, '').replace('/?', '?'));
    const stays = this.slide?.id === slide.id && this.slide.width === slide.width;
    const corrections = stays && this.corrections || await this.#correctionsOf(slide);
    if (this.#opening !== opening)
      return false;
    this.#layers?.close();
    this.slide = slide;
    this.#layers = new Layers(slide, () => this.#arrived(), error => this.#hooks.failed(error));
    this.#layers.groupsKnown = () => this.#hooks.groups();
    this.regions = new Regions(slide);
    if (!stays) {
      // What is not saved yet goes on being saved, and is there when one comes back.
      corrections.active = corrections.can && Boolean(this.corrections?.active);
      this.corrections?.leave();
      this.#held = this.#held.concat(this.corrections ?? []).filter(one => one !== corrections && one.isUnsaved);
      this.corrections = corrections;
      this.measure.clear();
      this.panes.forEach(pane => { pane.viewer.close(); pane.slide = null; });
      await this.#arrange();
      if (!place)
        this.main.viewer.viewport.goHome(true);
    } else
      this.panes.forEach(pane => { pane.slide = pane.slide ? slide : null; });
    if (place)
      this.main.go(place.x, place.y, place.zoom, true);
    this.invalidate();
    return true;
  }

  async #correctionsOf(slide) {
    const held = this.#held.find(one => one.isUnsaved && one.slide.id === slide.id);
    if (held)
      return held;
    const corrections = new Corrections(slide, () => { this.invalidate(); this.#hooks.corrected(); });
    await corrections.load().catch(error => this.#hooks.failed(new Error(`it cannot be corrected: ${error.message}`)));
    return corrections;
  }

  /** Corrections that are not on the disk yet, of this slide and of those looked at before. */
  get unsaved() { return [...this.#held, this.corrections].filter(one => one?.isUnsaved); }

  /** Takes up another mode: opens and closes the second pane. */
  async arrange() {
    if (this.slide)
      await this.#arrange();
  }

  async #arrange() {
    const split = settings.mode === 'split';
    document.getElementById('pane-b').hidden = !split;
    const curtain = document.getElementById('curtain');
    curtain.hidden = settings.mode !== 'curtain';
    curtain.style.left = `${settings.curtain}%`;
    curtain.setAttribute('aria-valuenow', settings.curtain);
    for (const pane of this.shownPanes)
      if (pane.slide !== this.slide || pane.viewer.world.getItemCount() === 0)
        await pane.open(this.slide);
    this.#lead = this.main;
    await Promise.all(this.shownPanes.map(pane => pane.fitsWindow()));
    if (split)
      this.panes[1].follow(this.main);
    const [left, right] = this.sideNames;
    this.main.tag = settings.mode === 'single' ? '' : split ? left : `${left} | ${right}`;
    this.panes[1].tag = right ?? '';
    this.invalidate();
  }

  /** What the sides are called; of a slide that has nothing for a side, the slide alone is there. */
  get sideNames() {
    const { hasLabels, hasOutlines, hasHeat, hasTruth, hasAnnotation } = this.slide;
    const has = { prediction: hasLabels || hasOutlines || hasHeat, truth: hasTruth || hasAnnotation, differences: hasLabels && hasTruth };
    return this.sides.map(side => has[side] ? NAMES[side] : 'Slide');
  }

  /** Draws all again in the next frame. */
  invalidate() {
    this.panes.forEach(pane => pane.invalidate());
  }

  /** Whether all that is shown is here and drawn. */
  isDrawn() {
    return this.shownPanes.every(pane => pane.view && this.#layers?.isDrawn(pane.view, this.sides));
  }

  /** What is at a place: the numbers of the maps, shown or not; null where there is none, or not yet. */
  valuesAt({ x, y }) {
    const { labels, truth, heat } = this.#layers?.tiles ?? {}, step = 1 / this.main.view.scale;
    return { label: labels?.at(x, y, step) ?? null, truth: truth?.at(x, y, step) ?? null, heat: heat?.at(x, y, step) ?? null };
  }

  // Something of the layers has come, perhaps what is told of the place under the pointer.
  #arrived() {
    this.invalidate();
    if (this.#pointer)
      this.#hooks.over(this.#pointer());
  }

  /** What the first pane (or the left of the curtain) shows, and the other side. */
  get sides() {
    return settings.mode === 'single' ? [settings.show] : [settings.show === 'truth' ? 'prediction' : settings.show, 'truth'];
  }

  #draw(pane, context, view) {
    if (!this.#layers || pane.slide !== this.slide)
      return;
    this.paint(pane, context, view);
    this.regions.draw(context, view);
    this.corrections?.paintChoice(context, view);
    if (pane === this.main)
      showScale(view, this.slide.micronsPerPixel);
  }

  /** Draws what lies over a pane, but for the frames of what is gone to or chosen. */
  paint(pane, context, view) {
    const { sides } = this;
    if (settings.mode === 'curtain') {
      const middle = Math.round(view.width * settings.curtain / 100);
      for (const [side, from, to] of [[sides[0], 0, middle], [sides[1], middle, view.width]]) {
        context.save();
        context.beginPath();
        context.rect(from, 0, to - from, view.height);
        context.clip();
        this.#layers.draw(context, view, side);
        context.restore();
      }
    } else
      this.#layers.draw(context, view, pane === this.main ? sides[0] : sides[1]);
    this.corrections?.paint(context, view);
    this.measure.draw(context, view, this.slide.micronsPerPixel);
  }

  #moved(pane) {
    if (settings.mode === 'split' && pane === this.#lead)
      this.panes.find(other => other !== pane).follow(pane);
    this.#hooks.moved();
  }

  #click(pane, event) {
    if (!event.quick || !this.measure.tool && !this.corrections?.active)
      return;
    const box = pane.root.getBoundingClientRect(), place = pane.placeOf(box.left + event.position.x, box.top + event.position.y);
    if (this.measure.tool)
      this.measure.add(place);
    else
      this.corrections.click(place, NEAR * pane.view.ratio / pane.view.scale).catch(error => this.#hooks.failed(error));
  }
}

function showScale(view, mpp) {
  const { pixels, text } = bar(view, mpp, 150 * view.ratio);
  document.getElementById('scale-text').textContent = text;
  document.getElementById('scale-line').style.width = `${pixels / view.ratio}px`;
}
