// The controls at the side: they show the settings, and change them.
import { change, onChange, settings, toggleClass } from './settings.js';
import { colourOf, differencesOf } from './colours.js';
import { length, squareMillimetres } from './scale.js';

const element = id => document.getElementById(id);
const CHECKS = { fill: 'fill', outlines: 'outlines', annotated: 'annotated', heat: 'heat' };
const RANGES = { 'fill-opacity': 'fillOpacity', 'line-width': 'lineWidth', 'heat-opacity': 'heatOpacity', threshold: 'threshold' };

/** Connects the controls with the settings. */
export function connect() {
  for (const [id, name] of Object.entries(CHECKS))
    element(id).addEventListener('change', event => change({ [name]: event.target.checked }));
  for (const [id, name] of Object.entries(RANGES))
    element(id).addEventListener('input', event => change({ [name]: Number(event.target.value) }));
  for (const name of ['mode', 'show'])
    for (const input of document.getElementsByName(name))
      input.addEventListener('change', () => change({ [name]: input.value }));
  element('order').addEventListener('change', event => {
    event.target.blur(); // so that keys work again
    change({ order: event.target.value });
  });
  onChange(show);
  show();
}

function show() {
  for (const [id, name] of Object.entries(CHECKS))
    element(id).checked = settings[name];
  for (const [id, name] of Object.entries(RANGES))
    element(id).value = settings[name];
  for (const name of ['mode', 'show'])
    for (const input of document.getElementsByName(name))
      input.checked = settings[name] === input.value;
  element('order').value = settings.order;
  element('threshold-value').value = (settings.threshold / 100).toFixed(2);
}

/** Shows what a slide has; what it has not cannot be chosen. */
export function showSlide(slide, orders) {
  const can = (id, able) => {
    element(id).disabled = !able;
    element(id).closest('.row, label')?.classList.toggle('off', !able);
  };
  const truth = slide.hasTruth || slide.hasAnnotation;
  can('fill', slide.hasLabels || slide.hasTruth);
  can('fill-opacity', slide.hasLabels || slide.hasTruth);
  can('outlines', slide.hasOutlines);
  can('line-width', slide.hasOutlines || slide.hasAnnotation);
  can('annotated', slide.hasAnnotation);
  for (const id of ['heat', 'heat-opacity', 'threshold'])
    can(id, slide.hasHeat);
  for (const input of document.getElementsByName('show'))
    input.disabled = input.value === 'truth' ? !truth : input.value === 'differences' && !(slide.hasTruth && slide.hasLabels);
  for (const input of document.getElementsByName('mode'))
    input.disabled = input.value !== 'single' && !slide.hasLabels && !truth;
  for (const option of element('order').options)
    option.disabled = !orders[option.value];
  for (const id of ['order', 'previous', 'next'])
    element(id).disabled = !slide.hasLabels;
  showFacts(slide);
}

/** The classes, each to be shown or hidden and coloured; and, for differences, what their colours mean. */
export function showClasses(slide, others) {
  const names = [...slide.classes.map(({ name }) => name), ...others];
  const items = names.map((name, label) => label === 0 && slide.classes.length > 0 ? null : classItem(slide, name, label)).filter(Boolean);
  if (settings.show === 'differences')
    items.push(...differencesOf(slide).map(([colour, name]) => {
      const item = document.createElement('li'), square = document.createElement('i');
      square.style.background = colour;
      item.append(square, name);
      return item;
    }));
  element('class-list').replaceChildren(...items);
  element('classes').hidden = items.length === 0;
}

function classItem(slide, name, label) {
  const [item, colour, text, check] = ['li', 'input', 'label', 'input'].map(tag => document.createElement(tag));
  Object.assign(colour, { type: 'color', value: colourOf(slide, label), ariaLabel: `Colour of ${name}` });
  colour.addEventListener('input', () => change({ colours: new Map(settings.colours).set(label, colour.value) }));
  Object.assign(check, { type: 'checkbox', checked: !settings.hidden.has(label) });
  check.dataset.label = label;
  check.addEventListener('change', () => toggleClass(label));
  text.append(check, ` ${name}`);
  item.append(colour, text);
  // Groups that are no class are outlines alone.
  if (label < slide.classes.length) {
    const opacity = document.createElement('input');
    Object.assign(opacity, { type: 'range', min: 0, max: 100, value: settings.opacities.get(label) ?? 100, ariaLabel: `Opacity of ${name}` });
    opacity.addEventListener('input', () => {
      const opacities = new Map(settings.opacities).set(label, Number(opacity.value));
      if (opacities.get(label) === 100)
        opacities.delete(label);
      change({ opacities });
    });
    item.append(opacity);
  }
  const key = slide.classes.length > 0 ? label : label + 1;
  if (key <= 9)
    item.append(Object.assign(document.createElement('kbd'), { textContent: key }));
  return item;
}

/** Sizes, areas and scores of the slide. */
export function showFacts(slide, listed) {
  const mpp = slide.micronsPerPixel;
  const rows = [['Size', `${slide.width.toLocaleString('en')} × ${slide.height.toLocaleString('en')} px`]];
  rows.push(['Scale', mpp ? `${Number(mpp.toPrecision(4))} µm per pixel` : 'not told by the file']);
  if (mpp)
    rows.push(['Extent', `${length(slide.width, mpp)} × ${length(slide.height, mpp)}`]);
  for (const [name, value] of Object.entries(listed?.areas ?? {}))
    rows.push([`Area of ${name}`, squareMillimetres(value)]);
  for (const [name, value] of Object.entries(listed?.dice ?? {}))
    rows.push([`Dice of ${name}`, value.toFixed(4)]);
  const table = document.createElement('table');
  for (const row of rows)
    table.insertRow().append(...row.map(text => Object.assign(document.createElement('td'), { textContent: text })));
  const notes = [...new Set([slide.truthError, listed?.error].filter(Boolean))]
    .map(text => Object.assign(document.createElement('p'), { className: 'note', textContent: text }));
  element('facts').replaceChildren(table, ...notes);
}
