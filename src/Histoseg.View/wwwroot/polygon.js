// What is asked of polygons: rings of places in level-0 pixels, the first one around, the others holes.

/** Whether a place is inside. */
export function holds({ rings }, { x, y }) {
  let inside = false;
  for (const ring of rings)
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++)
      if (ring[i].y > y !== ring[j].y > y && x < (ring[j].x - ring[i].x) * (y - ring[i].y) / (ring[j].y - ring[i].y) + ring[i].x)
        inside = !inside;
  return inside;
}

/** The box around. */
export function boxOf({ rings: [ring] }) {
  const [xs, ys] = [ring.map(point => point.x), ring.map(point => point.y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

/** The area of the box around. */
export function extent(one) {
  const { left, top, right, bottom } = boxOf(one);
  return (right - left) * (bottom - top);
}

/** Whether two edges of a ring cross. */
export function crossesItself(ring) {
  const end = i => ring[(i + 1) % ring.length];
  const side = (a, b, c) => Math.sign((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
  const cross = (a, b, c, d) => side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
  return ring.some((from, i) => ring.some((other, j) => j > i && cross(from, end(i), other, end(j))));
}
