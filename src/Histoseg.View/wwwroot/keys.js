// Keys: one table, by which they work and from which the help is made.

/** Connects keys with actions: [keys, text for the help, action, the keys as the help has them where that is shorter]. */
export function connect(table) {
  const actions = new Map(table.flatMap(([keys, , action]) => keys.map(key => [key, action])));
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]'))
      return;
    const { target } = event;
    const typing = target.matches('input:not([type=checkbox]):not([type=radio]):not([type=range]):not([type=color]), select');
    // Sliders, choices and buttons keep the keys that work them.
    const own = target.matches('input[type=range], input[type=radio], [role=slider]') && event.key.startsWith('Arrow')
      || target.matches('button, input[type=checkbox], input[type=radio]') && (event.key === ' ' || event.key === 'Enter');
    const action = actions.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (typing || own || !action)
      return;
    event.preventDefault();
    action(event);
  });
  const list = document.getElementById('keys');
  for (const [keys, text, , shown] of table.filter(([, text]) => text)) {
    const term = document.createElement('dt');
    (shown ?? keys).forEach((key, i) => term.append(i > 0 ? ' ' : '', Object.assign(document.createElement('kbd'), { textContent: nameOf(key) })));
    const row = document.createElement('div');
    row.append(term, Object.assign(document.createElement('dd'), { textContent: text }));
    list.append(row);
  }
}

const NAMES = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', ' ': 'Space' };

function nameOf(key) {
  return NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}
