// Puts the page together.
import * as keys from './keys.js';
import * as panel from './panel.js';
import * as permalink from './permalink.js';
import * as snapshot from './snapshot.js';
import { change, onChange, settings, toggleClass } from './settings.js';
import { length } from './scale.js';
import { Marks } from './marks.js';
import { note } from './note.js';
import { SlideList } from './slide-list.js';
import { Workspace } from './workspace.js';

const POLL = 3000, element = id => document.getElementById(id);
let state = { slides: [] }, tag = null, own = '';

// The token has become a cookie; it need not stand in the address.
if (location.search)
  history.replaceState(null, '', location.pathname + location.hash);

const workspace = new Workspace({
  moved: later(writeLink, 300), failed: error => tell(error.message), over: probe, groups: showClasses,
  measured: () => {
    element('measured').textContent = workspace.measure?.inWords(workspace.slide?.micronsPerPixel) ?? '';
    showTool();
  },
  corrected: () => marks.show(),
});
const list = new SlideList(id => {
  if (window.innerWidth <= 900)
    toggle('slides', false);
  choose(id);
});

const marks = new Marks(workspace, { next: by => list.withPlaces(by), open: choose, failed: error => tell(error.message) });

panel.connect();
if (window.innerWidth <= 900)
  document.body.classList.add('no-slides', 'no-panel');
const start = permalink.read(location.hash);
await poll();
if (state.slides.length > 0)
  await choose(list.ids.includes(start.slide) ? start.slide : list.ids[0], start.place);
setInterval(poll, POLL);

async function poll() {
  if (document.hidden && tag)
    return;
  try {
    const answer = await fetch('api/state', { headers: tag ? { 'If-None-Match': tag } : {} });
    if (answer.status !== 304) {
      if (!answer.ok)
        throw new Error(await answer.text());
      tag = answer.headers.get('ETag');
      state = await answer.json();
      showState();
    }
    if (element('message').dataset.lost)
      tell('');
  } catch {
    tell('engine view has ended, or cannot be reached. Start it again and open the address it prints.', true);
  }
}

function showState() {
  list.update(state);
  element('status').textContent = state.isRunning ? 'still being written' : '';
  element('status').classList.toggle('running', state.isRunning);
  const listed = state.slides.find(slide => slide.id === workspace.slide?.id);
  if (listed && listed.version !== workspace.slide.version)
    choose(listed.id);
  else if (listed)
    panel.showFacts(workspace.slide, listed);
  if (state.slides.length === 0)
    tell('There is no slide yet; the list fills by itself.');
}

async function choose(id, place = null) {
  const listed = state.slides.find(slide => slide.id === id);
  if (!listed)
    return;
  list.mark(id);
  tell('');
  try {
    if (!await workspace.open(listed, place))
      return;
    const { slide } = workspace;
    document.title = `${slide.name} – Histoseg Engine`;
    element('title').textContent = slide.name;
    panel.showSlide(slide, workspace.regions.orders);
    if (settings.show !== 'prediction' && [...document.getElementsByName('show')].find(input => input.value === settings.show).disabled)
      change({ show: 'prediction' });
    panel.showFacts(slide, listed);
    element('region').textContent = '';
    showClasses();
    marks.show();
    writeLink();
  } catch (error) {
    tell(error.message);
  }
}

onChange(changed => {
  const is = (...names) => names.some(name => changed.has(name));
  if (is('hidden', 'colours', 'opacities'))
    workspace.layers?.restyle();
  else if (is('threshold'))
    workspace.layers?.restyleHeat();
  if (is('mode', 'show', 'curtain'))
    workspace.arrange();
  if (is('hidden', 'show'))
    showClasses();
  workspace.invalidate();
  later(writeLink, 300)();
});

addEventListener('beforeunload', event => {
  if (workspace.unsaved.length > 0)
    event.preventDefault();
});

addEventListener('hashchange', () => {
  if (location.hash === own)
    return;
  const { slide, place } = permalink.read(location.hash);
  if (slide && slide !== workspace.slide?.id)
    choose(slide, place);
  else if (place)
    workspace.main.go(place.x, place.y, place.zoom);
});

function writeLink() {
  if (!workspace.slide)
    return;
  own = `#${permalink.write(workspace.slide.id, workspace.main.view)}`;
  if (own !== location.hash)
    history.replaceState(null, '', own);
}

function later(action, wait) {
  return () => {
    clearTimeout(action.timer);
    action.timer = setTimeout(action, wait);
  };
}

function showClasses() {
  if (workspace.slide)
    panel.showClasses(workspace.slide, workspace.layers.otherGroups);
}

// In the middle of the slide, so not for long where the slide can be looked at.
function tell(text, lost = false) {
  clearTimeout(tell.timer);
  if (text && !lost && workspace.slide)
    tell.timer = setTimeout(tell, 10000, '');
  element('message').textContent = text;
  element('message').hidden = !text;
  element('message').dataset.lost = lost ? 'yes' : '';
}

function probe(place) {
  const { slide } = workspace;
  if (!place || !slide || place.x < 0 || place.y < 0 || place.x >= slide.width || place.y >= slide.height) {
    element('probe').value = '';
    return;
  }
  const { label, truth, heat } = workspace.valuesAt(place), mpp = slide.micronsPerPixel;
  const name = number => number === 255 ? 'not counted' : slide.classes[number]?.name ?? `class ${number}`;
  const parts = [`${Math.floor(place.x)}, ${Math.floor(place.y)} px`];
  if (mpp)
    parts.push(`${length(place.x, mpp)}, ${length(place.y, mpp)}`);
  if (label !== null)
    parts.push(`prediction ${label === 255 ? 'unreadable' : name(label)}`);
  if (truth !== null)
    parts.push(`truth ${name(truth)}`);
  if (heat !== null)
    parts.push(`p ${(heat / 255).toFixed(2)}`);
  element('probe').value = parts.join(' · ');
}

async function goToRegion(by) {
  if (!workspace.slide?.hasLabels)
    return;
  const say = text => {
    element('region').textContent = text;
    note(text);
  };
  try {
    say('looking for regions …');
    const region = await workspace.regions.step(by);
    say(workspace.regions.inWords);
    if (region)
      workspace.main.fit(region.left, region.top, region.right, region.bottom);
    if (region && workspace.corrections?.active)
      marks.choose(region);
    workspace.invalidate();
  } catch (error) {
    say(error.message);
  }
}

const drawingOr = (own, other) => () => { if (workspace.corrections?.drawing) own(workspace.corrections); else other(); };

function back() {
  const { corrections, measure, regions } = workspace;
  if (measure.tool)
    measure.back();
  else if (corrections?.active)
    corrections.back();
  else if (regions?.current) {
    regions.current = null;
    workspace.invalidate();
  }
}

function useTool(tool) {
  if (workspace.corrections?.drawing)
    workspace.corrections.stopDrawing();
  workspace.measure.use(tool);
}

function showTool() {
  const tool = workspace.measure?.tool ?? null;
  element('distance').setAttribute('aria-pressed', tool === 'distance');
  element('area').setAttribute('aria-pressed', tool === 'area');
  element('panes').classList.toggle('measuring', tool !== null);
  element('cross').hidden = !workspace.isPointing;
  element('clear').disabled = !workspace.measure || workspace.measure.isEmpty;
  if (tool && workspace.measure.isEmpty)
    element('measured').textContent = 'Click points (or Space at the middle); double click or Enter ends.';
}

function addMiddle() {
  if (workspace.measure.tool)
    workspace.measure.add(workspace.main.middle);
  else if (workspace.corrections?.active)
    workspace.corrections.click(workspace.main.middle).catch(error => tell(error.message));
}

async function savePicture() {
  if (workspace.slide)
    snapshot.save(await snapshot.take(workspace), `${workspace.slide.name}.png`);
}

async function copyLink() {
  writeLink();
  const say = text => {
    element('measured').textContent = text;
    note(text);
  };
  try {
    await navigator.clipboard.writeText(location.href);
    say('The link is copied; it holds in this browser while engine view runs.');
  } catch {
    say('The link is this page’s address.');
  }
}

function toggle(part, shown = document.body.classList.contains(`no-${part}`)) {
  const gone = document.body.classList.toggle(`no-${part}`, !shown);
  if (!gone && window.innerWidth <= 900)
    document.body.classList.add(part === 'slides' ? 'no-panel' : 'no-slides');
  for (const [id, name] of [['show-slides', 'slides'], ['show-panel', 'panel']])
    element(id).setAttribute('aria-expanded', !document.body.classList.contains(`no-${name}`));
}

function zoom(kind) {
  const { viewport } = workspace.main.viewer;
  if (kind === 'home')
    viewport.goHome();
  else
    viewport.zoomBy(kind === 'in' ? 1.6 : 1 / 1.6).applyConstraints();
}

function pan(right, down) {
  const { viewport } = workspace.main.viewer, bounds = viewport.getBounds();
  viewport.panBy(viewport.getCenter().times(0).plus({ x: right * bounds.width * 0.2, y: down * bounds.height * 0.2 })).applyConstraints();
}

const step = by => { const id = list.neighbour(by); if (id) choose(id); };
const flip = name => () => { if (!element(name).disabled) change({ [name]: !settings[name] }); };
const choosing = (name, value) => () => {
  const input = [...document.getElementsByName(name)].find(one => one.value === value);
  if (!input.disabled)
    change({ [name]: settings[name] === value ? (name === 'mode' ? 'single' : 'prediction') : value });
};

for (const [id, action] of Object.entries({
  previous: () => goToRegion(-1), next: () => goToRegion(1), distance: () => useTool('distance'), area: () => useTool('area'),
  marking: () => marks.mark(), right: () => workspace.corrections.right(), wrong: () => workspace.corrections.wrong(),
  'right-here': () => workspace.corrections.right(), 'wrong-here': () => workspace.corrections.wrong(), 'done-here': () => workspace.corrections.finish(),
  redraw: () => marks.draw(true), add: () => marks.draw(false), undo: () => workspace.corrections.undo(),
  'place-before': () => marks.goToPlace(-1), 'place-after': () => marks.goToPlace(1),
  reviewed: () => marks.review(),
  clear: () => workspace.measure.clear(), save: savePicture, link: copyLink, 'show-slides': () => toggle('slides'), 'show-panel': () => toggle('panel'),
  'show-help': () => element('help').showModal(),
}))
  element(id).addEventListener('click', action);
for (const button of document.querySelectorAll('[data-zoom]'))
  button.addEventListener('click', () => zoom(button.dataset.zoom));

const curtain = element('curtain');
curtain.addEventListener('pointerdown', event => curtain.setPointerCapture(event.pointerId));
curtain.addEventListener('pointermove', event => {
  const box = element('panes').getBoundingClientRect();
  if (curtain.hasPointerCapture(event.pointerId))
    change({ curtain: Math.round(1000 * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width))) / 10 });
});
curtain.addEventListener('keydown', event => {
  const by = { ArrowLeft: -2, ArrowRight: 2, Home: -100, End: 100 }[event.key];
  if (by)
    change({ curtain: Math.min(100, Math.max(0, settings.curtain + by)) });
});

keys.connect([
  [['ArrowLeft'], '', () => pan(-1, 0)], [['ArrowRight'], '', () => pan(1, 0)], [['ArrowUp'], '', () => pan(0, -1)],
  [['ArrowDown'], 'move', () => pan(0, 1), ['←', '→', '↑', '↓']],
  [['+', '='], 'closer', () => zoom('in')], [['-'], 'further', () => zoom('out')], [['0'], 'whole slide', () => zoom('home')],
  [['j', 'PageDown'], 'next slide', () => step(1)], [['k', 'PageUp'], 'previous slide', () => step(-1)],
  [['.'], 'next region', () => goToRegion(1)], [[','], 'previous region', () => goToRegion(-1)],
  [['f'], 'labels on, off', flip('fill')], [['o'], 'outlines on, off', flip('outlines')], [['n'], 'annotation on, off', flip('annotated')],
  [['h'], 'heat map on, off', flip('heat')],
  [['1', '2', '3', '4', '5', '6', '7', '8', '9'], 'a class on, off', event => {
    const label = Number(event.key) - (workspace.slide?.classes.length > 0 ? 0 : 1);
    if (document.querySelector(`[data-label="${label}"]`))
      toggleClass(label);
  }, ['1', '…', '9']],
  [['t'], 'truth, prediction', choosing('show', 'truth')], [['d'], 'differences', choosing('show', 'differences')],
  [['b'], 'side by side', choosing('mode', 'split')], [['c'], 'curtain', choosing('mode', 'curtain')],
  [['m'], 'measure a distance', () => useTool('distance')], [['a'], 'measure an area', () => useTool('area')],
  [['x'], 'mark regions', () => marks.mark()], [['r'], 'the region is right', () => workspace.corrections?.right()],
  [['w'], 'there is nothing', () => workspace.corrections?.wrong()], [['e'], 'draw the region again', () => marks.draw(true)],
  [['q'], 'draw a region', () => marks.draw(false)],
  [['u'], 'undo', () => workspace.corrections?.undo()], [[']'], 'next place to review', () => marks.goToPlace(1)],
  [['['], 'previous place', () => marks.goToPlace(-1)],
  [['v'], 'the place is right', () => marks.review()],
  [[' '], 'a click at the middle, while measuring or marking', addMiddle],
  [['Enter'], 'end the line or area', drawingOr(corrections => corrections.finish(), () => workspace.measure.finish())],
  [['Escape'], 'take back, stop measuring or marking, remove the frame', back], [['Delete'], 'remove what was measured', () => workspace.measure.clear()],
  [['s'], 'save the view as a picture', savePicture], [['l'], 'copy a link to the view', copyLink],
  [['g'], 'list of slides', () => toggle('slides')], [['p'], 'layers', () => toggle('panel')],
  [['/'], 'find a slide', () => { document.body.classList.remove('no-slides'); list.focusFind(); }],
  [['?'], 'these keys', () => element('help').showModal()],
]);

/** For tests: what is on the page. */
export { workspace };
