// Tables from the number of a pixel to its colour, as canvases hold it: 32 bits, red lowest.
import { settings } from './settings.js';

const UNREADABLE = 255, UNREADABLE_COLOUR = pack(60, 60, 60, 255);
const EXTRA = pack(230, 97, 0, 255), MISSED = pack(93, 58, 155, 255), OTHER = pack(200, 30, 60, 255);

const DIFFERENCES = [['#e66100', 'predicted, not annotated'], ['#5d3a9b', 'annotated, not predicted'], ['#c81e3c', 'another class']];

/** What the colours of differences mean; of two classes none can be another one. */
export const differencesOf = slide => DIFFERENCES.slice(0, slide.classes.length > 2 ? 3 : 2);

/** The colour of a class: the user's, else its own. */
export const colourOf = (slide, label) =>
  settings.colours.get(label) ?? (slide.classes[label]?.colour ?? slide.otherColours[label - slide.classes.length] ?? '#808080');

/** Labels: background and hidden classes are not drawn, the others as opaque as the user wants each. */
export function labelTable(slide) {
  const table = new Uint32Array(256);
  for (let label = 1; label < 255; label++)
    if (!settings.hidden.has(label))
      table[label] = parse(colourOf(slide, label), settings.opacities.get(label) ?? 100);
  table[UNREADABLE] = UNREADABLE_COLOUR;
  return table;
}

/** Probabilities from the threshold on: dark violet over red to yellow. */
export function heatTable() {
  const table = new Uint32Array(256);
  const stops = [[13, 8, 135], [126, 3, 168], [204, 71, 120], [248, 149, 64], [240, 249, 33]];
  for (let value = Math.max(1, Math.ceil(settings.threshold * 2.55)); value < 256; value++) {
    const place = value / 255 * (stops.length - 1), low = Math.min(stops.length - 2, Math.floor(place)), share = place - low;
    table[value] = pack(...stops[low].map((from, i) => Math.round(from + (stops[low + 1][i] - from) * share)), 255);
  }
  return table;
}

/** The colour of a pixel whose prediction and truth are these; 0: not drawn. */
export function differenceOf(predicted, truth, hidden) {
  if (predicted === truth || predicted === UNREADABLE || truth === UNREADABLE)
    return 0;
  if (truth === 0)
    return hidden.has(predicted) ? 0 : EXTRA;
  if (hidden.has(truth))
    return 0;
  return predicted === 0 ? MISSED : OTHER;
}

function parse(css, opacity) {
  const number = parseInt(css.slice(1), 16);
  return pack(number >> 16 & 255, number >> 8 & 255, number & 255, Math.round(2.55 * opacity));
}

function pack(red, green, blue, alpha) {
  return (alpha << 24 | blue << 16 | green << 8 | red) >>> 0;
}
