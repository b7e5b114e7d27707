// The slide that is looked at: its panes, layers, measures and regions.
import { addressOf, getJson } from './api.js';
import { Corrections } from './corrections.js';
import { Layers } from './layers.js';
import { Measure } from './measure.js';
import { Pane } from './pane.js';
import { Regions } from './regions.js';
import { bar } from './scale.js';
import { settings } from './settings.js';

const NAMES = { prediction: 'Prediction', truth: 'Truth', differences: 'Differences' };

export class Workspace {
  #layers = null; #hooks; #lead; #opening = null;

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
        this.measure.over(place);
        this.corrections?.over(place);
        hooks.over(place);
      });
      pane.root.addEventListener('pointerleave', () => hooks.over(null));
    }
  }

  /** The slide as the server described it; null: none. */
  slide = null;

  get main() { return this.panes[0]; }
  get shownPanes() { return settings.mode === 'split' ? this.panes : [this.panes[0]]; }
  get layers() { return this.#layers; }

  /** Shows a slide; a new version of the same one stays where it is. */
  async open(listed, place) {
    const opening = this.#opening = {};
    const slide = await getJson(addressOf(listed, '').replace('/?', '?'));
    if (this.#opening !== opening)
      return false;
    const stays = this.slide?.id === slide.id && this.slide.width === slide.width;
    this.#layers?.close();
    this.slide = slide;
    this.#layers = new Layers(slide, () => this.invalidate(), error => this.#hooks.failed(error));
    this.#layers.groupsKnown = () => this.#hooks.groups();
    this.regions = new Regions(slide);
    if (!stays || !this.corrections) {
      await this.corrections?.saved();
      this.corrections = new Corrections(slide, () => { this.invalidate(); this.#hooks.corrected(); });
      await this.corrections.load();
    }
    if (!stays) {
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
    const { hasTruth, hasAnnotation } = this.slide;
    const [left, right] = [NAMES[this.#sides()[0]], hasTruth || hasAnnotation ? NAMES.truth : 'Slide'];
    this.main.tag = settings.mode === 'single' ? '' : settings.mode === 'split' ? left : `${left} | ${right}`;
    this.panes[1].tag = right;
    this.invalidate();
  }

  /** Draws all again in the next frame. */
  invalidate() {
    this.panes.forEach(pane => pane.invalidate());
  }

  /** Whether all that is shown is here and drawn. */
  isDrawn() {
    return this.shownPanes.every(pane => pane.view && this.#layers?.isDrawn(pane.view));
  }

  /** What is at a place: the numbers of the maps that are here. */
  valuesAt({ x, y }) {
    const { labels, truth, heat } = this.#layers?.tiles ?? {};
    return { label: labels?.at(x, y) ?? null, truth: truth?.at(x, y) ?? null, heat: heat?.at(x, y) ?? null };
  }

  // What the first pane (or the left of the curtain) shows, and the other side.
  #sides() {
    return settings.mode === 'single' ? [settings.show] : [settings.show === 'truth' ? 'prediction' : settings.show, 'truth'];
  }

  #draw(pane, context, view) {
    if (!this.#layers || pane.slide !== this.slide)
      return;
    const sides = this.#sides();
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
    this.regions.draw(context, view);
    this.corrections?.paint(context, view);
    this.measure.draw(context, view, this.slide.micronsPerPixel);
    if (pane === this.main)
      showScale(view, this.slide.micronsPerPixel);
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
      this.corrections.click(place).catch(error => this.#hooks.failed(error));
  }
}

function showScale(view, mpp) {
  const { pixels, text } = bar(view, mpp, 150 * view.ratio);
  document.getElementById('scale-text').textContent = text;
  document.getElementById('scale-line').style.width = `${pixels / view.ratio}px`;
}
