// The list of slides: pictures, areas, scores, and what is wrong.
import { addressOf } from './api.js';
import { squareMillimetres } from './scale.js';

export class SlideList {
  #list = document.querySelector('#list'); #find = document.querySelector('#find'); #items = new Map(); #choose; #current = null;

  /** Calls back with the id of a slide that is chosen. */
  constructor(choose) {
    this.#choose = choose;
    this.#find.addEventListener('input', () => this.#filter());
    this.#find.addEventListener('keydown', event => this.#key(event.key));
  }

  /** Slides that can be looked at, in the order of the list. */
  ids = [];

  /** Takes up what the server says; items that stay keep their place and picture. */
  update(state) {
    this.ids = state.slides.filter(slide => !(slide.error && !slide.size)).map(slide => slide.id);
    const items = state.slides.map(slide => {
      const known = this.#items.get(slide.id);
      const text = JSON.stringify(slide);
      if (known?.text === text)
        return known;
      const item = known ?? this.#make(slide);
      item.text = text;
      item.slide = slide;
      this.#fill(item, slide);
      return item;
    });
    this.#items = new Map(items.map(item => [item.slide.id, item]));
    if (items.some((item, i) => this.#list.children[i] !== item.element) || this.#list.children.length !== items.length)
      this.#list.replaceChildren(...items.map(item => item.element));
    document.querySelector('#summary').textContent = summary(state);
    this.mark(this.#current);
    this.#filter();
  }

  /** Shows which slide is looked at. */
  mark(id) {
    this.#current = id;
    for (const [key, { button }] of this.#items)
      button.toggleAttribute('aria-current', key === id), key === id && button.setAttribute('aria-current', 'true');
    this.#items.get(id)?.element.scrollIntoView({ block: 'nearest' });
  }

  /** The next slide that can be looked at, or the one before. */
  neighbour(by) {
    const shown = this.ids.filter(id => !this.#items.get(id).element.hidden);
    const at = shown.indexOf(this.#current);
    return shown.length === 0 ? null : shown[(at + by + shown.length) % shown.length];
  }

  /** The next slide that has places to review, or the one before; null: none has. */
  withPlaces(by) {
    const shown = this.ids.filter(id => !this.#items.get(id).element.hidden && (this.#items.get(id).slide.places || id === this.#current));
    return shown.length === 0 ? null : shown[(shown.indexOf(this.#current) + by + shown.length) % shown.length];
  }

  // Either way the keys are the page's again.
  #key(key) {
    if (key === 'Enter') {
      const first = this.ids.find(id => !this.#items.get(id).element.hidden);
      if (first)
        this.#choose(first);
    } else if (key === 'Escape') {
      this.#find.value = '';
      this.#filter();
    } else
      return;
    this.#find.blur();
  }

  focusFind() { this.#find.focus(); }

  #make(slide) {
    const element = document.createElement('li'), button = document.createElement('button');
    const picture = Object.assign(document.createElement('img'), { alt: '', loading: 'lazy', decoding: 'async' });
    const text = Object.assign(document.createElement('span'), { className: 'text' });
    button.append(picture, text);
    button.addEventListener('click', () => this.#choose(slide.id));
    element.append(button);
    return { element, button, picture, lines: text };
  }

  #fill({ button, picture, lines }, slide) {
    const broken = slide.error && !slide.size;
    lines.replaceChildren(line('b', slide.name), ...facts(slide).map(text => line('span', text)));
    if (slide.error)
      lines.append(Object.assign(line('span', slide.error), { className: 'bad', title: slide.error }));
    picture.hidden = Boolean(broken);
    if (slide.size && picture.dataset.version !== slide.version) {
      picture.src = addressOf(slide, 'thumbnail');
      picture.dataset.version = slide.version;
    }
    button.disabled = Boolean(broken);
  }

  #filter() {
    const wanted = this.#find.value.trim().toLowerCase();
    for (const { element, slide } of this.#items.values())
      element.hidden = !slide.name.toLowerCase().includes(wanted);
  }
}

function facts(slide) {
  const lines = [];
  if (slide.dice)
    lines.push(`Dice ${Object.entries(slide.dice).map(([name, value]) => `${name} ${value.toFixed(3)}`).join(', ')}`);
  if (slide.areas)
    lines.push(Object.entries(slide.areas).map(([name, value]) => `${name} ${squareMillimetres(value)}`).join(', '));
  if (slide.places)
    lines.push(placesOf([slide]));
  if (!slide.isKnown && !slide.error)
    lines.push('being looked at …');
  else if (slide.size && lines.length === 0)
    lines.push(slide.hasLabels ? 'segmented' : `${slide.size[0].toLocaleString('en')} × ${slide.size[1].toLocaleString('en')} px`);
  return lines;
}

function summary(state) {
  const failed = state.slides.filter(slide => slide.error).length, segmented = state.slides.filter(slide => slide.hasLabels).length;
  const words = [`${state.slides.length} ${state.slides.length === 1 ? 'slide' : 'slides'}`];
  if (segmented > 0)
    words.push(`${segmented} with a prediction`);
  if (state.slides.some(slide => slide.places))
    words.push(placesOf(state.slides));
  if (failed > 0)
    words.push(`${failed} with a problem`);
  return state.problem ? `${words.join(', ')}. ${state.problem}` : words.join(', ');
}

function placesOf(slides) {
  const sum = name => slides.reduce((all, { places }) => all + (places?.[name] ?? 0), 0);
  return `${sum('reviewed')} of ${sum('count')} places reviewed`;
}

function line(tag, text) {
  return Object.assign(document.createElement(tag), { textContent: text });
}
