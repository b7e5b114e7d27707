// What is shown and how; whoever shows something of it is told of changes.

const values = {
  mode: 'single', show: 'prediction', fill: true, fillOpacity: 45, outlines: true, lineWidth: 2, annotated: true, heat: false, heatOpacity: 60,
  threshold: 50, curtain: 50, order: 'size', hidden: new Set(), colours: new Map(), opacities: new Map(),
};
const listeners = [];

export const settings = values;

/** Calls back with the names of what has changed. */
export const onChange = listener => listeners.push(listener);

/** Changes some; sets and maps are given anew. */
export function change(changes) {
  const changed = Object.keys(changes).filter(name => values[name] !== changes[name]);
  Object.assign(values, changes);
  if (changed.length > 0)
    listeners.forEach(listener => listener(new Set(changed)));
}

/** Shows a class or hides it. */
export function toggleClass(label) {
  const hidden = new Set(values.hidden);
  if (!hidden.delete(label))
    hidden.add(label);
  change({ hidden });
}
