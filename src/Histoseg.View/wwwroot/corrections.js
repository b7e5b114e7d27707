// Corrections of a slide: marked, redrawn and added regions, saved as QuPath's GeoJSON; with the squares that engine review picked.
import { addressOf, getJson } from './api.js';
import { colourOf } from './colours.js';
import { boxOf, crossesItself, extent, holds } from './polygon.js';
import { merge, read, regionsOf, write } from './qupath.js';
import { Conflict, Saver } from './saver.js';

const TO_REVIEW = 'to review', REVIEWED = 'reviewed', MOST_UNDONE = 50, PATIENCE = 60000;

export class Corrections {
  #slide; #file = null; #features = []; #tag = 'none'; #sent = null; #undone = []; #changed; #points = []; #over = null; #redrawn = null; #saver;

  /** Whether clicks mark regions. */
  active = false;
  /** The region that was clicked; null: none. */
  selected = null;
  /** Whether clicks draw. */
  drawing = false;
  /** How it stands, in words, and the last of it that is news. */
  status = '';
  news = '';
  /** The class that is drawn. */
  className;

  constructor(slide, changed) {
    [this.#slide, this.#changed] = [slide, changed];
    this.className = slide.classes[1]?.name;
    this.#saver = new Saver(() => this.#save(), () => this.#tell(this.trouble ? `not saved: ${this.trouble}` : 'saved'));
  }

  /** Whether there is a file for them that can be read. */
  get can() { return this.#slide.canCorrect && this.#file !== null; }
  get slide() { return this.#slide; }
  get places() { return this.#features.filter(isPlace); }

  /** Reads what is saved. */
  async load() {
    if (!this.#slide.canCorrect)
      return;
    [this.#file, this.#tag] = await this.#read();
    this.#features = paired(regionsOf(this.#file));
    this.#tell();
  }

  /** Takes up what another program has saved. What was changed here lies over it, and is taken back as one step. */
  async takeUp() {
    const before = this.#file;
    [this.#file, this.#tag] = await this.#read();
    this.#undone = [paired(regionsOf(this.#file))];
    this.#features = paired(merge(before, this.#features, this.#file));
    [this.selected, this.#redrawn] = [null, null];
    this.#saver.resolve();
    this.#tell('the other program’s file is here, and what you changed lies over it: Undo takes that away');
  }

  async #read() {
    const { text, tag } = await this.#fetch();
    return [read(text, this.#slide.origin), tag];
  }

  async #fetch() {
    const answer = await fetch(addressOf(this.#slide, 'corrections'), { cache: 'no-store' });
    if (!answer.ok)
      throw new Error((await answer.json()).error);
    return { text: await answer.text(), tag: tagOf(answer) };
  }

  /** A click: a point of what is drawn, unless it is near the last one (so many pixels), or a choice. */
  async click(place, near = 0) {
    if (this.drawing) {
      const last = this.#points.at(-1);
      if (!last || Math.hypot(place.x - last.x, place.y - last.y) > near)
        this.#points.push(place);
      this.#changed();
    } else
      await this.select(place);
  }

  /** Chooses what is at a place: a region of the file, else a predicted one. */
  async select(place) {
    this.selected = this.#at(place);
    if (!this.selected) {
      const found = await getJson(addressOf(this.#slide, `predicted/${Math.round(place.x)}_${Math.round(place.y)}`));
      this.selected = found.class ? { name: found.class, rings: found.rings.map(ring => ring.map(([x, y]) => ({ x, y }))) } : null;
    }
    this.#tell(this.selected ? '' : 'There is no region here: Add draws one.');
  }

  over(place) {
    this.#over = place;
    if (this.#points.length > 0)
      this.#changed();
  }

  /** What was clicked is as it was predicted. */
  right() { this.#resolve(this.selected?.name, true); }

  /** What was clicked is nothing. */
  wrong() { this.#resolve(this.#slide.classes[0].name, false); }

  /** What was clicked, and what is drawn next, is of a class. */
  reclass(name) {
    this.className = name;
    if (this.selected)
      this.#resolve(name, true);
    else
      this.#tell();
  }

  /** Takes up drawing: a new region, or one in place of what was clicked. */
  draw(redraws) {
    if (redraws && !this.selected)
      return;
    this.#redrawn = redraws ? this.selected : null;
    if (redraws)
      this.className = this.selected.name;
    [this.drawing, this.#points] = [true, []];
    this.#tell('Click around the region; double click or Enter ends.');
  }

  /** Ends what is drawn. What crosses itself has no inside to be sure of, and is not taken. */
  finish() {
    if (crossesItself(this.#points)) {
      this.#tell('The outline crosses itself: Undo takes points back, Esc all of it.');
      return;
    }
    const ring = this.#points, { source, part } = this.#redrawn ?? {};
    if (ring.length > 2) {
      this.#change(() => this.#swap(this.#redrawn, { name: this.className, rings: [ring], source, part }));
      this.selected = null;
    }
    this.stopDrawing();
  }

  /** Puts away what is drawn. */
  stopDrawing() {
    [this.drawing, this.#points, this.#redrawn] = [false, [], null];
    this.#tell();
  }

  /** Takes back a step: drawing, the choice, or marking. */
  back() {
    if (this.drawing)
      this.stopDrawing();
    else if (this.selected)
      this.selected = null;
    else
      this.active = false;
    this.#tell();
  }

  /** Takes back a change, or while drawing a point. */
  undo() {
    if (this.drawing && this.#points.length > 0)
      this.#points.pop();
    else if (this.drawing)
      this.stopDrawing();
    else if (this.#undone.length > 0) {
      [this.#features, this.selected] = [paired(this.#undone.pop()), null];
      this.#saver.later();
    }
    this.#tell();
  }

  /** The square at a place counts, or does no longer. */
  review(place) {
    const square = this.places.find(one => holds(one, place)) ?? this.places.find(one => one.rings === this.place?.rings);
    if (!square)
      return;
    this.#change(() => {
      const other = { ...square, name: square.name === REVIEWED ? TO_REVIEW : REVIEWED };
      this.#features.splice(this.#features.indexOf(square), 1, other);
      this.place = other;
    });
  }

  /** Goes on to the next square or the one before; null: there is none. */
  step(by) {
    const { places } = this, at = places.findIndex(one => one.rings === this.place?.rings);
    return at < 0 ? this.enter(by) : this.#goTo(at + by);
  }

  /** Goes to the first square or, going back, the last one; null: there is none. */
  enter(by) { return this.#goTo(by > 0 ? 0 : this.places.length - 1); }

  #goTo(at) {
    const { places } = this, place = places[at];
    if (!place)
      return null;
    this.place = place;
    this.#tell(`place ${at + 1} of ${places.length}`);
    return boxOf(place);
  }

  /** The square gone to. */
  place = null;

  paint(context, view) {
    const { ratio } = view;
    context.save();
    context.lineJoin = 'round';
    // Squares over what is in them.
    for (const one of this.#features.filter(feature => !feature.isOwn).toSorted((a, b) => isPlace(a) - isPlace(b))) {
      const square = isPlace(one);
      context.setLineDash(square && one.name === TO_REVIEW ? [8 * ratio, 5 * ratio] : []);
      trace(context, view, one.rings);
      for (const [colour, width] of [['#fff', 4.5], [this.#colourOf(one.name), 2.2]]) {
        [context.strokeStyle, context.lineWidth] = [colour, width * ratio];
        context.stroke();
      }
    }
    context.restore();
  }

  /** Draws what is chosen, and what is being drawn. */
  paintChoice(context, view) {
    const { ratio } = view;
    context.save();
    context.lineJoin = 'round';
    if (this.selected) {
      trace(context, view, this.selected.rings);
      [context.strokeStyle, context.lineWidth, context.fillStyle] = ['#0969da', 3 * ratio, 'rgb(9 105 218 / 22%)'];
      context.fill('evenodd');
      context.stroke();
    }
    if (this.#points.length > 0) {
      context.beginPath();
      for (const { x, y } of this.#over ? [...this.#points, this.#over] : this.#points)
        context.lineTo((x - view.x) * view.scale, (y - view.y) * view.scale);
      for (const [colour, width] of [['#fff', 4.5], [this.#colourOf(this.className), 2.2]]) {
        [context.strokeStyle, context.lineWidth] = [colour, width * ratio];
        context.stroke();
      }
    }
    context.restore();
  }

  /** Whether something is not on the disk yet, why, and whether because another program has saved. */
  get isUnsaved() { return this.#saver.isUnsaved; }
  get trouble() { return this.#saver.trouble; }
  get isConflict() { return this.#saver.isConflict; }

  /** Nobody looks any more: what is not saved yet is saved now, and nothing is chosen. */
  leave() {
    [this.active, this.selected] = [false, null];
    this.stopDrawing();
    this.saved();
  }

  /** Settles when all is saved, or cannot be just now. */
  saved() { return this.isUnsaved ? this.#saver.now() : Promise.resolve(); }

  #resolve(name, isThere) {
    const { selected } = this;
    if (!selected)
      return;
    const isSame = name === selected.name && this.#features.includes(selected);
    const next = isSame ? selected : isThere || !this.#isInPlace(selected) ? { ...selected, name } : null;
    this.#change(() => this.#swap(selected, next));
    this.selected = null;
    this.#tell();
  }

  // A region in place of another one, or none. Outside the squares only what was marked counts: it brings its own reviewed part.
  #swap(old, next) {
    const stays = old && next?.rings[0] === old.rings[0];
    this.#features = this.#features.filter(one => one !== old && (stays || !isOwnOf(one, old)));
    if (!next)
      return;
    this.#features.push(next);
    if (!this.#isInPlace(next) && !this.#features.some(one => isOwnOf(one, next)))
      this.#features.push({ name: REVIEWED, rings: [next.rings[0]], isOwn: true });
  }

  #isInPlace(region) { return this.places.some(place => holds(place, region.rings[0][0])); }

  #at(place) {
    return this.#features.filter(one => !isPlace(one) && !one.isOwn && holds(one, place)).toSorted((one, other) => extent(one) - extent(other))[0] ?? null;
  }

  #colourOf(name) {
    if (name === TO_REVIEW || name === REVIEWED)
      return '#ff00ff';
    const label = this.#slide.classes.findIndex(one => one.name === name);
    return label < 0 ? '#1f2328' : colourOf(this.#slide, label);
  }

  #change(action) {
    this.#undone.push([...this.#features]);
    if (this.#undone.length > MOST_UNDONE)
      this.#undone.shift();
    this.#features = [...this.#features];
    action();
    this.#saver.later();
    this.#tell();
  }

  async #save() {
    const body = write(this.#file, this.#features, this.#slide.origin, name => this.#colourOf(name));
    const headers = { 'Content-Type': 'application/geo+json', 'If-Match': `"${this.#tag}"` };
    let answer;
    try {
      answer = await fetch(addressOf(this.#slide, 'corrections'), { method: 'PUT', headers, body, signal: AbortSignal.timeout(PATIENCE) });
    } catch {
      this.#sent = body;
      throw new Error('engine view cannot be reached');
    }
    if (answer.status === 412 && await this.#wasSaved())
      return this.#save();
    if (!answer.ok)
      throw new (answer.status === 412 ? Conflict : Error)((await answer.json()).error);
    [this.#tag, this.#sent] = [tagOf(answer), null];
  }

  // Whether the file is what was sent before, of which no answer came.
  async #wasSaved() {
    const { text, tag } = await this.#fetch();
    if (text !== this.#sent)
      return false;
    [this.#tag, this.#sent] = [tag, null];
    return true;
  }

  #tell(news = '') {
    const { places } = this, done = places.filter(one => one.name === REVIEWED).length;
    const count = this.#features.filter(one => !isPlace(one) && !one.isOwn).length;
    const stands = places.length > 0 ? `${done} of ${places.length} places reviewed` : count > 0 ? `${count} correction${count === 1 ? '' : 's'}` : '';
    this.news = news;
    this.status = [stands, news || (this.trouble ? 'not saved' : '')].filter(Boolean).join(' · ');
    this.#changed();
  }
}

const tagOf = answer => (answer.headers.get('ETag') ?? '').replaceAll('"', '');
const isOwnOf = (one, region) => one.isOwn && one.rings[0] === region?.rings[0];

function trace(context, view, rings) {
  context.beginPath();
  for (const ring of rings) {
    ring.forEach(({ x, y }, i) => context[i === 0 ? 'moveTo' : 'lineTo']((x - view.x) * view.scale, (y - view.y) * view.scale));
    context.closePath();
  }
}

// A reviewed part that has the outline of a region was brought by it.
function paired(features) {
  const key = one => JSON.stringify(one.rings[0]), regions = new Map(features.filter(one => !isPlace(one)).map(one => [key(one), one]));
  for (const one of features) {
    const region = one.name === REVIEWED && regions.get(key(one));
    if (region)
      [one.isOwn, one.rings] = [true, [region.rings[0]]];
  }
  return features;
}

// Squares are those of engine review; a reviewed part that a mark has brought is none.
const isPlace = one => (one.name === TO_REVIEW || one.name === REVIEWED) && !one.isOwn;
