// QuPath's GeoJSON: its areas as regions that can be changed, and back. A feature that was not changed is written as it was, whatever it holds.

/**
 * What a file holds: its head, and a source for each feature with the regions it consists of. A region has a name, rings in level-0 pixels of the slide,
 * and the source and part that it is, or that it took the place of. Points and lines have no regions, and stay as they are.
 */
export function read(text, [right, down]) {
  const json = parse(text), { features, ...head } = json.features ? json : { type: 'FeatureCollection', features: [json].flat() };
  const sources = features.map(feature => {
    const source = { feature };
    source.parts = polygonsOf(feature.geometry).map((polygon, part) => ({
      name: nameOf(feature.properties?.classification), source, part,
      rings: polygon.map(ring => open(ring).map(([x, y]) => ({ x: x + right, y: y + down }))),
    }));
    return source;
  });
  return { head, sources };
}

/** All regions of a file as it was read. */
export const regionsOf = ({ sources }) => sources.flatMap(({ parts }) => parts);

/** The text of a file with these regions. */
export function write({ head, sources }, regions, [right, down], colourOf) {
  const { own, added } = bySource(sources, regions), round = value => Math.round(value * 100) / 100;
  const polygon = rings => rings.map(ring => [...ring, ring[0]].map(({ x, y }) => [round(x - right), round(y - down)]));
  const classification = name => ({ name, color: [1, 3, 5].map(at => parseInt(colourOf(name).slice(at, at + 2), 16)) });
  const features = sources.flatMap(source => own.get(source).length === source.parts.length && own.get(source).every(isAsItWas) ? [source.feature]
    : changed(source, own.get(source), polygon, classification));
  for (const { name, rings } of added)
    features.push({
      type: 'Feature', geometry: { type: 'Polygon', coordinates: polygon(rings) },
      properties: { objectType: 'annotation', classification: classification(name) },
    });
  return stringify({ ...head, features });
}

/** What was changed since a file was read, over what it has become. What is no longer in it as it was is added. */
export function merge({ sources }, regions, theirs) {
  const { own, added } = bySource(sources, regions), swaps = new Map();
  const same = new Map(theirs.sources.map(source => [JSON.stringify(source.feature), source]));
  for (const source of sources) {
    const other = same.get(JSON.stringify(source.feature));
    for (const part of source.parts) {
      const now = own.get(source).find(region => region.part === part.part);
      if (now === part)
        continue;
      if (other)
        swaps.set(other.parts[part.part], now ? [{ ...now, source: other }] : []);
      else if (now)
        added.push({ ...now, source: undefined });
    }
  }
  return [...regionsOf(theirs).flatMap(region => swaps.get(region) ?? [region]), ...added];
}

const isAsItWas = region => region.source.parts[region.part] === region;

function bySource(sources, regions) {
  const own = new Map(sources.map(source => [source, []])), added = [];
  for (const region of regions)
    (own.get(region.source) ?? added).push(region);
  return { own, added };
}

// A feature of which a part has changed. Its id goes to the first, as two cannot have one; what was measured no longer holds where its outline is another.
function changed({ feature, parts }, regions, polygon, classification) {
  const { id, ...rest } = feature, { measurements, ...properties } = feature.properties ?? {};
  const stay = regions.filter(isAsItWas), features = [];
  if (stay.length > 0)
    features.push({ ...rest, properties, geometry: { ...feature.geometry, coordinates: stay.map(({ part }) => feature.geometry.coordinates[part]) } });
  for (const region of regions.filter(one => !isAsItWas(one))) {
    const before = parts[region.part], isWhole = parts.length === 1 && before.rings === region.rings;
    features.push({
      ...rest,
      geometry: isWhole ? feature.geometry : { type: 'Polygon', coordinates: polygon(region.rings) },
      properties: { ...isWhole ? feature.properties : properties, ...region.name !== before.name && { classification: classification(region.name) } },
    });
  }
  if (id !== undefined && features.length > 0)
    features[0] = { ...features[0], id };
  return features;
}

function polygonsOf(geometry) {
  return geometry?.type === 'Polygon' ? [geometry.coordinates] : geometry?.type === 'MultiPolygon' ? geometry.coordinates : [];
}

// As the engine reads it: QuPath writes a class of several as names, old exports have the name alone.
function nameOf(classification) {
  return typeof classification === 'string' ? classification : classification?.name ?? classification?.names?.join(': ') ?? '';
}

function open(ring) {
  const [first, last] = [ring[0], ring.at(-1)];
  return ring.length > 1 && first[0] === last[0] && first[1] === last[1] ? ring.slice(0, -1) : ring;
}

// QuPath writes NaN among its measurements, which is no JSON: texts with a mark that nobody types stand for such numbers.
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?(?:NaN|Infinity)/g, found => found[0] === '"' ? found : `"\\u0000${found}"`));
  }
}

const stringify = value => JSON.stringify(value).replace(/"\\u0000(-?(?:NaN|Infinity))"/g, '$1');
