// The view in the address, after the #: slide, place, scale and what is shown.
import { change, settings } from './settings.js';

const SWITCHES = { fill: 'l', outlines: 'o', annotated: 'a', heat: 'h' };

/** The part after the #. */
export function write(slideId, view) {
  const parts = new URLSearchParams({ slide: slideId });
  if (view) {
    parts.set('x', (view.x + view.width / 2 / view.scale).toFixed(1));
    parts.set('y', (view.y + view.height / 2 / view.scale).toFixed(1));
    parts.set('zoom', Number((view.scale / view.ratio).toPrecision(6)));
  }
  parts.set('mode', settings.mode);
  parts.set('show', settings.show);
  parts.set('on', Object.entries(SWITCHES).map(([name, letter]) => settings[name] ? letter : '').join('') || '-');
  for (const name of ['fillOpacity', 'heatOpacity', 'threshold', 'curtain', 'lineWidth', 'order'])
    parts.set(name, settings[name]);
  if (settings.hidden.size > 0)
    parts.set('hidden', [...settings.hidden].join('.'));
  if (settings.colours.size > 0)
    parts.set('colours', [...settings.colours].map(([label, colour]) => `${label}-${colour.slice(1)}`).join('.'));
  if (settings.opacities.size > 0)
    parts.set('opacities', [...settings.opacities].map(([label, opacity]) => `${label}-${opacity}`).join('.'));
  return parts.toString();
}

/** Takes up what an address says; returns slide and place. */
export function read(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const changes = {};
  const among = (name, known) => { if (known.includes(parts.get(name))) changes[name] = parts.get(name); };
  const number = (name, least, most) => {
    const value = Number(parts.get(name));
    if (parts.has(name) && value >= least && value <= most)
      changes[name] = value;
  };
  among('mode', ['single', 'split', 'curtain']);
  among('show', ['prediction', 'truth', 'differences']);
  among('order', ['size', 'wrong', 'unsure']);
  for (const name of ['fillOpacity', 'heatOpacity', 'threshold', 'curtain'])
    number(name, 0, 100);
  number('lineWidth', 1, 5);
  if (parts.has('on'))
    for (const [name, letter] of Object.entries(SWITCHES))
      changes[name] = parts.get('on').includes(letter);
  if (parts.has('slide')) {
    changes.hidden = new Set((parts.get('hidden') ?? '').split('.').filter(Boolean).map(Number));
    const byLabel = (name, form) => (parts.get(name) ?? '').split('.').map(part => form.exec(part)).filter(Boolean);
    changes.colours = new Map(byLabel('colours', /^(\d+)-([0-9a-f]{6})$/).map(([, label, colour]) => [Number(label), `#${colour}`]));
    changes.opacities = new Map(byLabel('opacities', /^(\d+)-(\d{1,2})$/).map(([, label, opacity]) => [Number(label), Number(opacity)]));
  }
  change(changes);
  const [x, y, zoom] = ['x', 'y', 'zoom'].map(name => parts.has(name) ? Number(parts.get(name)) : NaN);
  return { slide: parts.get('slide'), place: [x, y, zoom].every(Number.isFinite) && zoom > 0 ? { x, y, zoom } : null };
}
