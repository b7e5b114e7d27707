// Corrections of a slide: marked, redrawn and added regions, saved as QuPath's GeoJSON; with the squares that engine review picked.
import { addressOf, getJson } from './api.js';
import { colourOf } from './colours.js';

const TO_REVIEW = 'to review', REVIEWED = 'reviewed', SAVE_AFTER = 400, MOST_UNDONE = 50;

export class Corrections {
  #slide; #features = []; #kept = []; #tag = 'none'; #undone = []; #changed; #timer = 0; #saving = Promise.resolve(); #pending = 0; #points = []; #over = null; #redrawn = null;

  /** Whether clicks mark regions. */
  active = false;
  /** The region that was clicked; null: none. */
  selected = null;
  /** Whether clicks draw. */
  drawing = false;
  /** How it stands, in words. */
  status = '';
  /** The class that is drawn. */
  className;

  constructor(slide, changed) {
    [this.#slide, this.#changed] = [slide, changed];
    this.className = slide.classes[1]?.name;
  }

  get can() { return this.#slide.canCorrect; }
  get places() { return this.#features.filter(isPlace); }
  get isEmpty() { return this.#features.length === 0; }

  /** Reads what is saved. */
  async load() {
    if (!this.can)
      return;
    const answer = await fetch(addressOf(this.#slide, 'corrections'), { cache: 'no-store' });
    if (!answer.ok)
      throw new Error((await answer.json()).error);
    this.#tag = tagOf(answer);
    const [right, down] = this.#slide.origin;
    const { features } = await answer.json(), isArea = ({ geometry }) => geometry?.type === 'Polygon' || geometry?.type === 'MultiPolygon';
    // Points and lines are nobody's business here, and stay as they are.
    this.#kept = features.filter(one => !isArea(one));
    this.#features = features.filter(isArea).flatMap(({ geometry, properties }) =>
      (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates).map(rings => ({
        name: properties?.classification?.name ?? '', properties,
        rings: rings.map(ring => ring.slice(0, -1).map(([x, y]) => ({ x: x + right, y: y + down }))),
      })));
    this.#pair();
    this.#tell();
  }

  // A reviewed part that has the outline of a region was brought by it.
  #pair() {
    const key = one => JSON.stringify(one.rings[0]), regions = new Map(this.#features.filter(one => !isPlace(one)).map(one => [key(one), one]));
    for (const one of this.#features) {
      const region = one.name === REVIEWED && regions.get(key(one));
      if (region)
        [one.isOwn, one.rings] = [true, [region.rings[0]]];
    }
  }

  /** A click: a point of what is drawn, or a choice. */
  async click(place) {
    if (this.drawing) {
      this.#points.push(place);
      this.#changed();
      return;
    }
    this.selected = this.#at(place);
    if (!this.selected) {
      const found = await getJson(addressOf(this.#slide, `predicted/${Math.round(place.x)}_${Math.round(place.y)}`));
      this.selected = found.class ? { name: found.class, rings: found.rings.map(ring => ring.map(([x, y]) => ({ x, y }))), isPredicted: true } : null;
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

  /** Ends what is drawn. */
  finish() {
    const ring = this.#points.filter((point, i, all) => i === 0 || Math.hypot(point.x - all[i - 1].x, point.y - all[i - 1].y) > 0.5);
    [this.drawing, this.#points] = [false, []];
    if (ring.length > 2)
      this.#change(() => {
        this.#drop(this.#redrawn);
        this.#put({ name: this.className, rings: [ring] });
      });
    this.#redrawn = null;
    this.#tell();
  }

  /** Takes back a step: drawing, the choice, or marking. */
  back() {
    if (this.drawing)
      [this.drawing, this.#points, this.#redrawn] = [false, [], null];
    else if (this.selected)
      this.selected = null;
    else
      this.active = false;
    this.#tell();
  }

  undo() {
    if (this.#undone.length === 0)
      return;
    [this.#features, this.selected] = [this.#undone.pop(), null];
    this.#later();
    this.#tell();
  }

  /** The square at a place counts, or does no longer. */
  review(place) {
    const square = this.places.find(one => holds(one, place)) ?? this.places.find(one => one === this.place);
    if (!square)
      return;
    this.#change(() => {
      const other = { ...square, name: square.name === REVIEWED ? TO_REVIEW : REVIEWED };
      this.#features.splice(this.#features.indexOf(square), 1, other);
      this.place = other;
    });
  }

  /** Goes on by so many squares; null: there is none. */
  step(by) {
    const { places } = this;
    if (places.length === 0)
      return null;
    const at = places.indexOf(this.place);
    this.place = places[((at < 0 && by < 0 ? 0 : at) + by + places.length) % places.length];
    this.#tell();
    return boxOf(this.place);
  }

  /** The square gone to. */
  place = null;

  paint(context, view) {
    const { ratio } = view;
    const path = rings => {
      context.beginPath();
      for (const ring of rings) {
        ring.forEach(({ x, y }) => context.lineTo((x - view.x) * view.scale, (y - view.y) * view.scale));
        context.closePath();
        const [first] = ring;
        context.moveTo((first.x - view.x) * view.scale, (first.y - view.y) * view.scale);
      }
    };
    context.save();
    context.lineJoin = 'round';
    // Squares over what is in them.
    for (const one of this.#features.filter(feature => !feature.isOwn).toSorted((a, b) => isPlace(a) - isPlace(b))) {
      const square = isPlace(one);
      context.setLineDash(square && one.name === TO_REVIEW ? [8 * ratio, 5 * ratio] : []);
      path(one.rings);
      for (const [colour, width] of [['#fff', 4.5], [this.#colourOf(one.name), 2.2]]) {
        [context.strokeStyle, context.lineWidth] = [colour, width * ratio];
        context.stroke();
      }
    }
    context.setLineDash([]);
    if (this.selected) {
      path(this.selected.rings);
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

  /** Whether something is not on the disk yet. */
  get isUnsaved() { return this.#timer !== 0 || this.#pending > 0; }

  /** Settles when all is saved. */
  async saved() {
    if (this.#timer)
      this.#saveNow();
    await this.#saving;
  }

  #resolve(name, isThere) {
    const { selected } = this;
    if (!selected)
      return;
    this.#change(() => {
      this.#drop(selected);
      if (isThere || !this.#isInPlace(selected))
        this.#put({ name, rings: selected.rings });
    });
    this.selected = null;
    this.#tell();
  }

  // Outside the squares only what was marked counts: it brings its own reviewed part.
  #put(region) {
    this.#features.push(region);
    if (!this.#isInPlace(region))
      this.#features.push({ name: REVIEWED, rings: [region.rings[0]], isOwn: true });
  }

  #drop(region) {
    this.#features = this.#features.filter(one => one !== region && !(one.name === REVIEWED && region && one.rings[0] === region.rings[0]));
  }

  #isInPlace(region) { return this.places.some(place => !isOf(place, region) && holds(place, region.rings[0][0])); }

  #at(place) {
    return this.#features.filter(one => !isPlace(one) && holds(one, place)).toSorted((one, other) => extent(one) - extent(other))[0] ?? null;
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
    this.#later();
    this.#tell();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#saveNow(), SAVE_AFTER);
  }

  #saveNow() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#pending++;
    this.#saving = this.#saving.then(() => this.#save()).catch(error => this.#tell(`not saved: ${error.message}`)).finally(() => this.#pending--);
  }

  async #save() {
    const [right, down] = this.#slide.origin, round = value => Math.round(value * 100) / 100;
    const features = this.#features.map(({ name, rings, properties }) => ({
      type: 'Feature',
      geometry: { type: 'Polygon', coordinates: rings.map(ring => [...ring, ring[0]].map(({ x, y }) => [round(x - right), round(y - down)])) },
      properties: { ...properties, objectType: 'annotation', classification: { name, color: rgb(this.#colourOf(name)) } },
    }));
    features.push(...this.#kept);
    const answer = await fetch(addressOf(this.#slide, 'corrections'), {
      method: 'PUT', headers: { 'Content-Type': 'application/geo+json', 'If-Match': `"${this.#tag}"` },
      body: JSON.stringify({ type: 'FeatureCollection', features }),
    });
    if (!answer.ok)
      throw new Error((await answer.json()).error);
    this.#tag = tagOf(answer);
    this.#tell('saved');
  }

  #tell(status) {
    const { places } = this, done = places.filter(one => one.name === REVIEWED).length;
    this.status = [places.length > 0 ? `${done} of ${places.length} places reviewed` : '', status ?? ''].filter(Boolean).join(' · ');
    this.#changed();
  }
}

const tagOf = answer => (answer.headers.get('ETag') ?? '').replaceAll('"', '');
const isOf = (place, region) => place.rings[0] === region.rings[0];

// Squares are those of engine review; a reviewed part that a mark has brought is none.
const isPlace = one => (one.name === TO_REVIEW || one.name === REVIEWED) && !one.isOwn;

function holds({ rings }, { x, y }) {
  let inside = false;
  for (const ring of rings)
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++)
      if (ring[i].y > y !== ring[j].y > y && x < (ring[j].x - ring[i].x) * (y - ring[i].y) / (ring[j].y - ring[i].y) + ring[i].x)
        inside = !inside;
  return inside;
}

function boxOf({ rings: [ring] }) {
  const [xs, ys] = [ring.map(point => point.x), ring.map(point => point.y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

function extent(one) {
  const { left, top, right, bottom } = boxOf(one);
  return (right - left) * (bottom - top);
}

const rgb = colour => [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));
