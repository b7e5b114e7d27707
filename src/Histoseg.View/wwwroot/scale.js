// Lengths and areas in words, and the scale bar.

/** A length of level-0 pixels: µm or mm, or pixels where the scale is not known. */
export function length(pixels, mpp) {
  if (!mpp)
    return `${round(pixels)} px`;
  const microns = pixels * mpp;
  return microns < 1000 ? `${round(microns)} µm` : `${round(microns / 1000)} mm`;
}

/** An area of level-0 pixels. */
export function area(pixels, mpp) {
  if (!mpp)
    return `${round(pixels)} px²`;
  const square = pixels * mpp * mpp;
  return square < 1e4 ? `${round(square)} µm²` : squareMillimetres(square / 1e6);
}

/** An area in mm². */
export const squareMillimetres = value => `${value < 10 ? Number(value.toPrecision(3)) : Math.round(value * 10) / 10} mm²`;

/** The scale bar that suits a view: its length on the canvas and its text. At most about so many pixels of the canvas. */
export function bar(view, mpp, most) {
  const unit = (mpp ?? 1) / view.scale, wanted = most * unit, power = 10 ** Math.floor(Math.log10(wanted));
  const value = [5, 2, 1].map(step => step * power).find(step => step <= wanted) ?? power;
  const text = !mpp ? `${round(value)} px` : value >= 1000 ? `${round(value / 1000)} mm` : `${round(value)} µm`;
  return { pixels: value / unit, text };
}

function round(value) {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 3;
  return Number(value.toFixed(digits)).toLocaleString('en', { maximumFractionDigits: digits });
}
