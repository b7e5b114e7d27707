// Holds a slide's polygons and draws tiles of them. What is asked for last counts: tiles that nobody looks at any more are not drawn.
/* global self, OffscreenCanvas, MessageChannel */

const TILE = 512, CELLS = 128, LARGE = 256, BATCH = 400, TINY = 2;

let shapes = null, look = { colours: [], width: 2, style: 0 }, dashed = false, wanted = [], busy = false;

self.onmessage = async ({ data }) => {
  if (data.load) {
    dashed = data.dashed;
    await load(data.load);
  } else if (data.colours)
    look = data;
  else
    wanted = data.wanted;
  work();
};

async function load(address) {
  try {
    const answer = await fetch(address);
    if (!answer.ok)
      throw new Error((await answer.json()).error);
    shapes = read(await answer.arrayBuffer());
    self.postMessage({ groups: shapes.groups, count: shapes.count });
  } catch (error) {
    self.postMessage({ groups: [], count: 0, error: error.message });
  }
}

// The layout is that of OutlinePack.
function read(buffer) {
  const view = new DataView(buffer), text = view.getInt32(0, true);
  const { groups } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, text)));
  let at = 4 + text;
  const take = (kind, length) => {
    const array = new kind(buffer, at, length);
    at += 4 * length;
    return array;
  };
  const [count, rings, points] = take(Int32Array, 3);
  const all = { groups, count, label: take(Int32Array, count), ring: take(Int32Array, count + 1), box: take(Float32Array, 4 * count),
    point: take(Int32Array, rings + 1), xy: take(Float32Array, 2 * points), seen: new Int32Array(count), round: 0 };
  return { ...all, ...index(all) };
}

// Polygons by the squares of a grid that they touch; those that touch very many are looked at always.
function index({ count, box }) {
  let right = 1, bottom = 1;
  for (let i = 0; i < count; i++)
    [right, bottom] = [Math.max(right, box[4 * i + 2]), Math.max(bottom, box[4 * i + 3])];
  const side = Math.max(right, bottom) / CELLS, columns = Math.ceil(right / side), rows = Math.ceil(bottom / side);
  const cell = (value, most) => Math.min(most - 1, Math.max(0, Math.floor(value / side)));
  const spans = i => [cell(box[4 * i], columns), cell(box[4 * i + 1], rows), cell(box[4 * i + 2], columns), cell(box[4 * i + 3], rows)];
  const first = new Int32Array(columns * rows + 1), large = [];
  const each = (i, action) => {
    const [l, t, r, b] = spans(i);
    for (let y = t; y <= b; y++)
      for (let x = l; x <= r; x++)
        action(y * columns + x);
  };
  const isLarge = i => { const [l, t, r, b] = spans(i); return (r - l + 1) * (b - t + 1) > LARGE; };
  for (let i = 0; i < count; i++)
    if (isLarge(i))
      large.push(i);
    else
      each(i, at => first[at + 1]++);
  for (let i = 0; i < columns * rows; i++)
    first[i + 1] += first[i];
  const next = first.slice(), inside = new Int32Array(first.at(-1));
  for (let i = 0, l = 0; i < count; i++)
    if (large[l] === i)
      l++;
    else
      each(i, at => { inside[next[at]++] = i; });
  return { side, columns, rows, first, inside, large };
}

function among(left, top, right, bottom) {
  const { side, columns, rows, first, inside, large, seen, box } = shapes, found = [];
  const round = ++shapes.round;
  const add = i => {
    if (seen[i] !== round && box[4 * i] <= right && box[4 * i + 2] >= left && box[4 * i + 1] <= bottom && box[4 * i + 3] >= top)
      found.push(i);
    seen[i] = round;
  };
  large.forEach(add);
  for (let y = Math.max(0, Math.floor(top / side)); y <= Math.min(rows - 1, Math.floor(bottom / side)); y++)
    for (let x = Math.max(0, Math.floor(left / side)); x <= Math.min(columns - 1, Math.floor(right / side)); x++)
      for (let at = first[y * columns + x]; at < first[y * columns + x + 1]; at++)
        add(inside[at]);
  return found;
}

async function work() {
  if (busy || !shapes)
    return;
  busy = true;
  while (wanted.length > 0) {
    const tile = wanted.shift();
    const picture = draw(tile);
    self.postMessage({ key: tile.key, style: look.style, picture }, [picture]);
    await turn(); // messages that came meanwhile
  }
  busy = false;
}

function turn() {
  return new Promise(resolve => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
}

function draw({ x, y, scale }) {
  const canvas = new OffscreenCanvas(TILE, TILE), context = canvas.getContext('2d');
  const [left, top, margin] = [x * TILE / scale, y * TILE / scale, (look.width + 2) / scale];
  const found = among(left - margin, top - margin, left + TILE / scale + margin, top + TILE / scale + margin);
  context.lineJoin = 'round';
  for (const [label, colour] of look.colours.entries())
    if (colour !== null)
      drawGroup(context, found.filter(i => shapes.label[i] === label), colour, left, top, scale);
  return canvas.transferToImageBitmap();
}

function drawGroup(context, members, colour, left, top, scale) {
  const { box } = shapes;
  context.fillStyle = colour;
  const larger = members.filter(i => {
    const tiny = Math.max(box[4 * i + 2] - box[4 * i], box[4 * i + 3] - box[4 * i + 1]) * scale < TINY;
    if (tiny)
      context.fillRect((box[4 * i] - left) * scale, (box[4 * i + 1] - top) * scale, 1.5, 1.5);
    return !tiny;
  });
  for (let from = 0; from < larger.length; from += BATCH) {
    context.beginPath();
    for (const i of larger.slice(from, from + BATCH))
      trace(context, i, left, top, scale);
    if (dashed) {
      context.setLineDash([]);
      context.strokeStyle = 'rgb(255 255 255 / 60%)';
      context.lineWidth = look.width + 1;
      context.stroke();
      context.setLineDash([4 + look.width, 2 + look.width]);
    }
    context.strokeStyle = colour;
    context.lineWidth = look.width;
    context.stroke();
  }
}

// Points nearer than three quarters of a pixel to the last are left out.
function trace(context, i, left, top, scale) {
  const { ring, point, xy } = shapes;
  for (let r = ring[i]; r < ring[i + 1]; r++) {
    let [lastX, lastY] = [Infinity, Infinity];
    for (let p = point[r]; p < point[r + 1]; p++) {
      const x = (xy[2 * p] - left) * scale, y = (xy[2 * p + 1] - top) * scale;
      if (p === point[r])
        context.moveTo(x, y);
      else if (Math.abs(x - lastX) + Math.abs(y - lastY) < 0.75)
        continue;
      else
        context.lineTo(x, y);
      [lastX, lastY] = [x, y];
    }
    context.closePath();
  }
}
