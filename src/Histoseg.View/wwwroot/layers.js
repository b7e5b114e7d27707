// The layers of a slide: labels, truth, their differences, heat map, outlines. Drawn the same in every pane.
import { MapTiles } from './map-tiles.js';
import { RasterLayer } from './raster-layer.js';
import { OutlineLayer } from './outline-layer.js';
import { colourOf, differenceOf, differencesOf, heatTable, labelTable } from './colours.js';
import { settings } from './settings.js';

export class Layers {
  #slide; #changed; #rasters = {}; #outlines = {};

  /** Layers of a slide; calls back when something new can be drawn, and with errors. */
  constructor(slide, changed, failed) {
    [this.#slide, this.#changed] = [slide, changed];
    this.tiles = {};
    for (const [kind, has] of [['labels', slide.hasLabels], ['heat', slide.hasHeat], ['truth', slide.hasTruth]])
      if (has) {
        this.tiles[kind] = new MapTiles(slide, kind, changed);
        this.tiles[kind].failed = failed;
      }
    const raster = (name, ...sources) => {
      if (sources.every(Boolean))
        this.#rasters[name] = new RasterLayer(slide.grid, sources);
    };
    raster('prediction', this.tiles.labels);
    raster('truth', this.tiles.truth);
    raster('differences', this.tiles.labels, this.tiles.truth);
    raster('heat', this.tiles.heat);
    this.#failed = failed;
    this.restyle();
  }

  #failed;

  /** Takes up changed colours, classes and thresholds. */
  restyle() {
    const labels = labelTable(this.#slide), heat = heatTable(), { hidden } = settings;
    const byTable = table => (pixels, numbers) => {
      for (let i = 0; i < pixels.length; i++)
        pixels[i] = table[numbers[i]];
    };
    const rules = {
      prediction: byTable(labels), truth: byTable(labels), heat: byTable(heat),
      differences: (pixels, predicted, truth) => {
        for (let i = 0; i < pixels.length; i++)
          if (predicted[i] !== truth[i])
            pixels[i] = differenceOf(predicted[i], truth[i], hidden);
      },
    };
    for (const [name, layer] of Object.entries(this.#rasters))
      layer.rule = rules[name];
    this.#changed();
  }

  /** Only the heat map has changed. */
  restyleHeat() {
    const table = heatTable();
    if (this.#rasters.heat)
      this.#rasters.heat.rule = (pixels, numbers) => {
        for (let i = 0; i < pixels.length; i++)
          pixels[i] = table[numbers[i]];
      };
    this.#changed();
  }

  /** Draws what a side shows: prediction, truth or differences. */
  draw(context, view, side) {
    const { fill, heat, predicted, annotated } = this.#shownOf(side);
    if (fill)
      this.#rasters[side].draw(context, view, settings.fillOpacity / 100);
    if (heat)
      this.#rasters.heat.draw(context, view, settings.heatOpacity / 100);
    if (predicted)
      this.#outline('predicted').draw(context, view);
    if (annotated)
      this.#outline('annotated').draw(context, view);
  }

  // Differences have no outlines: in the colours of the classes they would lie over the very pixels that are to be seen.
  #shownOf(side) {
    const { hasOutlines, hasAnnotation } = this.#slide, { outlines, mode } = settings;
    return {
      fill: settings.fill && Boolean(this.#rasters[side]),
      heat: settings.heat && side !== 'truth' && Boolean(this.#rasters.heat),
      predicted: outlines && hasOutlines && side === 'prediction',
      annotated: hasAnnotation && (side === 'truth' ? outlines || settings.annotated : settings.annotated && mode === 'single' && side === 'prediction'),
    };
  }

  /** What the sides show: [colour, name, whether it is a dashed line]. */
  legendOf(sides) {
    const shown = sides.map(side => ({ side, ...this.#shownOf(side) })), any = test => shown.some(test);
    const named = (names, from) => names.map((name, i) => [colourOf(this.#slide, from + i), name]).filter((_, i) => !settings.hidden.has(from + i));
    const classes = this.#slide.classes.map(({ name }) => name), entries = [];
    if (any(({ side, fill, predicted, annotated }) => fill && side !== 'differences' || predicted || annotated))
      entries.push(...named(classes.slice(1), 1));
    if (any(({ annotated }) => annotated))
      entries.push(...named(this.otherGroups, classes.length), ['#1f2328', 'annotation', true]);
    if (any(({ side, fill }) => fill && side === 'differences'))
      entries.push(...differencesOf(this.#slide));
    if (any(({ heat }) => heat))
      entries.push(['#cc4778', `probability from ${(settings.threshold / 100).toFixed(2)}`]);
    return entries;
  }

  /** Whether all that is shown of a view is here and drawn. */
  isDrawn(view, sides) {
    const shown = sides.map(side => this.#shownOf(side)), isDone = kind => !shown.some(one => one[kind]) || this.#outlines[kind]?.isDrawn(view);
    return Object.values(this.tiles).every(tiles => tiles.isIdle) && ['predicted', 'annotated'].every(isDone);
  }

  /** Groups of the annotation that are none of the classes. */
  get otherGroups() {
    return (this.#outlines.annotated?.groups ?? []).slice(this.#slide.classes.length);
  }

  close() {
    Object.values(this.tiles).forEach(tiles => tiles.close());
    Object.values(this.#outlines).forEach(layer => layer.close());
  }

  #outline(kind) {
    const layer = this.#outlines[kind] ??= this.#begin(kind);
    const ratio = window.devicePixelRatio || 1, count = layer.groups?.length ?? 0;
    if (layer.groups)
      layer.look(Array.from({ length: count }, (_, label) => settings.hidden.has(label) ? null : colourOf(this.#slide, label)), settings.lineWidth * ratio);
    return layer;
  }

  #begin(kind) {
    const layer = new OutlineLayer(this.#slide, kind, kind === 'annotated', this.#changed);
    layer.failed = this.#failed;
    layer.loaded = () => this.groupsKnown?.();
    return layer;
  }
}
