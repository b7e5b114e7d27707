// Puts the page together.
import { getJson } from './api.js';
import * as keys from './keys.js';
import * as panel from './panel.js';
import * as permalink from './permalink.js';
import * as snapshot from './snapshot.js';
import { colourOf, differences } from './colours.js';
import { change, onChange, settings, toggleClass } from './settings.js';
import { length } from './scale.js';
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
  corrected: showCorrections,
});
const list = new SlideList(id => {
  if (window.innerWidth <= 900)
    toggle('slides', false);
  choose(id);
});

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
    if (settings.show !== 'prediction' && [...document.getElementsByName('show')].find(input => input.value === settings.show).disabled)
      change({ show: 'prediction' });
    panel.showSlide(slide, workspace.regions.orders);
    panel.showFacts(slide, listed);
    element('region').textContent = '';
    showClasses();
    showCorrections();
    writeLink();
  } catch (error) {
    tell(error.message);
  }
}

onChange(changed => {
  const is = (...names) => names.some(name => changed.has(name));
  if (is('hidden', 'colours'))
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
  if (workspace.corrections?.isUnsaved)
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
    parts.push(label === 255 ? 'unreadable' : name(label));
  if (truth !== null)
    parts.push(`truth ${name(truth)}`);
  if (heat !== null)
    parts.push(`p ${(heat / 255).toFixed(2)}`);
  element('probe').value = parts.join(' · ');
}

async function goToRegion(by) {
  if (!workspace.slide?.hasLabels)
    return;
  try {
    element('region').textContent = 'looking for regions …';
    const region = await workspace.regions.step(by);
    if (region)
      workspace.main.fit(region.left, region.top, region.right, region.bottom);
    element('region').textContent = workspace.regions.inWords;
    workspace.invalidate();
  } catch (error) {
    element('region').textContent = error.message;
  }
}

function showCorrections() {
  const { corrections, slide } = workspace;
  element('correct').hidden = !corrections?.can;
  if (!corrections?.can)
    return;
  const names = slide.classes.map(({ name }) => name);
  if ([...element('class').options].map(option => option.value).join() !== names.join())
    element('class').replaceChildren(...names.map(name => new Option(name)));
  element('class').value = corrections.selected?.name ?? corrections.className;
  element('marking').setAttribute('aria-pressed', corrections.active);
  for (const id of ['right', 'wrong', 'redraw'])
    element(id).disabled = !corrections.selected;
  element('places').hidden = corrections.places.length === 0;
  element('add').setAttribute('aria-pressed', corrections.drawing);
  element('corrected').textContent = corrections.status;
  element('panes').classList.toggle('marking', corrections.active || corrections.drawing);
  element('cross').hidden = !workspace.measure.tool && !corrections.drawing;
}

function mark() {
  const { corrections } = workspace;
  if (!corrections?.can)
    return;
  corrections.active = !corrections.active;
  showCorrections();
  workspace.invalidate();
}

function draw(redraws) {
  const { corrections } = workspace;
  if (!corrections?.can)
    return;
  if (workspace.measure.tool)
    workspace.measure.use(workspace.measure.tool);
  corrections.active = true;
  corrections.draw(redraws);
}

function goToPlace(by) {
  const box = workspace.corrections?.step(by);
  if (box)
    workspace.main.fit(box.left, box.top, box.right, box.bottom);
}

function middle() {
  const { view } = workspace.main;
  return { x: view.x + view.width / 2 / view.scale, y: view.y + view.height / 2 / view.scale };
}

const drawingOr = (own, other) => () => { if (workspace.corrections?.drawing) own(workspace.corrections); else other(); };

function back() {
  const { corrections, measure } = workspace;
  if (corrections?.active && !measure.tool)
    corrections.back();
  else
    measure.back();
}

function useTool(tool) {
  workspace.measure.use(tool);
}

function showTool() {
  const tool = workspace.measure?.tool ?? null;
  element('distance').setAttribute('aria-pressed', tool === 'distance');
  element('area').setAttribute('aria-pressed', tool === 'area');
  element('panes').classList.toggle('measuring', tool !== null);
  element('cross').hidden = tool === null;
  element('clear').disabled = !workspace.measure || workspace.measure.isEmpty;
  if (tool && workspace.measure.isEmpty)
    element('measured').textContent = 'Click points (or Space at the middle); double click or Enter ends.';
}

function addMiddle() {
  if (workspace.measure.tool)
    workspace.measure.add(middle());
  else if (workspace.corrections?.active)
    workspace.corrections.click(middle()).catch(error => tell(error.message));
}

async function savePicture() {
  const { slide } = workspace;
  if (!slide)
    return;
  const classes = slide.classes.map(({ name }, label) => [colourOf(slide, label), name, label]).slice(1)
    .filter(([, , label]) => !settings.hidden.has(label));
  const legend = settings.show === 'differences' ? differences : classes;
  snapshot.save(await snapshot.take(workspace.shownPanes, slide, legend), `${slide.name}.png`);
}

async function copyLink() {
  writeLink();
  try {
    await navigator.clipboard.writeText(location.href);
    element('measured').textContent = 'The link is copied; it holds in this browser while engine view runs.';
  } catch {
    element('measured').textContent = 'The link is this page’s address.';
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
  marking: mark, right: () => workspace.corrections.right(), wrong: () => workspace.corrections.wrong(), redraw: () => draw(true), add: () => draw(false),
  undo: () => workspace.corrections.undo(), 'place-before': () => goToPlace(-1), 'place-after': () => goToPlace(1),
  reviewed: () => workspace.corrections.review(middle()),
  clear: () => workspace.measure.clear(), save: savePicture, link: copyLink, 'show-slides': () => toggle('slides'), 'show-panel': () => toggle('panel'),
  'show-help': () => element('help').showModal(),
}))
  element(id).addEventListener('click', action);
element('class').addEventListener('change', event => workspace.corrections.reclass(event.target.value));
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
  [['x'], 'mark regions', mark], [['r'], 'the region is right', () => workspace.corrections?.right()],
  [['w'], 'there is nothing', () => workspace.corrections?.wrong()], [['e'], 'draw the region again', () => draw(true)], [['q'], 'draw a region', () => draw(false)],
  [['u'], 'undo', () => workspace.corrections?.undo()], [[']'], 'next place to review', () => goToPlace(1)], [['['], 'previous place', () => goToPlace(-1)],
  [['v'], 'the place is right', () => workspace.corrections?.review(middle())],
  [[' '], 'a click at the middle, while measuring or marking', addMiddle],
  [['Enter'], 'end the line or area', drawingOr(corrections => corrections.finish(), () => workspace.measure.finish())],
  [['Escape'], 'take back, stop measuring or marking', back], [['Delete'], 'remove what was measured', () => workspace.measure.clear()],
  [['s'], 'save the view as a picture', savePicture], [['l'], 'copy a link to the view', copyLink],
  [['g'], 'list of slides', () => toggle('slides')], [['p'], 'layers', () => toggle('panel')],
  [['/'], 'find a slide', () => { document.body.classList.remove('no-slides'); list.focusFind(); }],
  [['?'], 'these keys', () => element('help').showModal()],
]);

/** For tests: what is on the page. */
export { workspace };
