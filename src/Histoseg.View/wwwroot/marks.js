// Marking and drawing: the controls of corrections, at the side and on the stage, and what is said of them.
import { note } from './note.js';

const element = id => document.getElementById(id);
const CLASSES = ['class', 'class-here'], CHOICES = ['right', 'wrong', 'redraw', 'right-here', 'wrong-here'];

export class Marks {
  #workspace; #hooks; #told = '';

  /** Hooks: next (the slide with places that follows this one, or the one before), open (a slide by its id), failed (with an error). */
  constructor(workspace, hooks) {
    [this.#workspace, this.#hooks] = [workspace, hooks];
    for (const id of CLASSES)
      element(id).addEventListener('change', event => {
        event.target.blur(); // so that keys work again
        workspace.corrections.reclass(event.target.value);
      });
    element('take-up').addEventListener('click', () => this.#troubled?.takeUp().catch(hooks.failed));
  }

  get #corrections() { return this.#workspace.corrections; }
  get #troubled() { return this.#workspace.unsaved.find(one => one.trouble); }

  show() {
    this.#showTrouble();
    const corrections = this.#corrections, can = Boolean(corrections?.can);
    element('correct').hidden = !can;
    element('marks').hidden = !can || !corrections.active;
    if (!can)
      return;
    const names = corrections.slide.classes.map(({ name }) => name);
    for (const select of CLASSES.map(element)) {
      if ([...select.options].map(option => option.value).join('\n') !== names.join('\n'))
        select.replaceChildren(...names.map(name => new Option(name)));
      select.value = corrections.selected?.name ?? corrections.className;
    }
    element('marking').setAttribute('aria-pressed', corrections.active);
    for (const id of CHOICES)
      element(id).disabled = !corrections.selected;
    element('done-here').hidden = !corrections.drawing;
    element('places').hidden = corrections.places.length === 0;
    element('add').setAttribute('aria-pressed', corrections.drawing);
    element('corrected').textContent = corrections.status;
    element('panes').classList.toggle('marking', corrections.active || corrections.drawing);
    element('cross').hidden = !this.#workspace.isPointing;
    if (corrections.news !== this.#told)
      note(corrections.news ? corrections.status : '');
    this.#told = corrections.news;
  }

  // Whichever slide it is of: it is lost with the page.
  #showTrouble() {
    const troubled = this.#troubled;
    element('unsaved').hidden = !troubled;
    if (!troubled)
      return;
    const { isConflict, trouble, slide } = troubled;
    element('take-up').hidden = !isConflict;
    element('why-unsaved').textContent = isConflict ? `Not saved: another program has changed the corrections of ${slide.name} since they were read here.`
      : `Corrections of ${slide.name} are not saved: ${trouble}. This is tried again every few seconds; leave the page open until then.`;
  }

  /** Begins to mark, with the region that was gone to if it is in sight, or ends it. */
  mark() {
    const corrections = this.#corrections, { measure, main, regions } = this.#workspace;
    if (!corrections?.can)
      return;
    measure.stop();
    corrections.active = !corrections.active;
    corrections.stopDrawing();
    if (corrections.active && regions.current && main.shows(regions.current))
      this.choose(regions.current);
  }

  /** Marks a region of the list. */
  choose(region) {
    this.#corrections.select(region).catch(this.#hooks.failed);
  }

  draw(redraws) {
    if (!this.#corrections?.can)
      return;
    this.#workspace.measure.stop();
    this.#corrections.active = true;
    this.#corrections.draw(redraws);
  }

  /** The place that is gone to, or in the middle, counts or does no longer. */
  review() {
    this.#corrections?.review(this.#workspace.main.middle);
  }

  /** Goes to the next place to review or the one before, be it on another slide. */
  async goToPlace(by) {
    let box = this.#corrections?.step(by);
    if (!box) {
      const next = this.#hooks.next(by);
      if (next && next !== this.#workspace.slide?.id)
        await this.#hooks.open(next);
      box = this.#corrections?.enter(by);
    }
    if (box)
      this.#workspace.main.fit(box.left, box.top, box.right, box.bottom);
  }
}
