// One view of a slide: the picture by OpenSeadragon, and a canvas over it.
/* global OpenSeadragon */
import { addressOf } from './api.js';

// That a slide was left while its tiles were on their way is nothing to warn of.
OpenSeadragon.console = { ...OpenSeadragon.console, error: (...what) => console.error(...what), warn() {} };

export class Pane {
  #root; #canvas; #drawn = 0; #scheduled = false;

  /** Whether the user moves this one; the other follows. */
  leads = false;

  constructor(root, hooks) {
    this.#root = root;
    this.hooks = hooks;
    this.#canvas = root.querySelector('.overlay');
    this.viewer = OpenSeadragon({
      element: root.querySelector('.seadragon'), drawer: 'canvas', showNavigationControl: false, animationTime: 0.4, springStiffness: 9,
      visibilityRatio: 0.15, minZoomImageRatio: 0.4, maxZoomPixelRatio: 24, timeout: 180000, imageLoaderLimit: 6, preserveViewport: true,
      preserveImageSizeOnResize: true,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true }, gestureSettingsTouch: { pinchRotate: false },
    });
    this.viewer.addHandler('canvas-key', event => { event.preventDefaultAction = true; }); // the page has keys of its own
    this.viewer.addHandler('update-viewport', () => this.draw());
    this.viewer.addHandler('viewport-change', () => this.hooks.moved(this));
    for (const name of ['canvas-press', 'canvas-scroll', 'canvas-pinch', 'canvas-drag'])
      this.viewer.addHandler(name, () => this.hooks.leads(this));
    this.viewer.addHandler('tile-load-failed', event => this.hooks.failed(event));
    this.viewer.addHandler('resize', () => this.invalidate());
    const watched = new ResizeObserver(() => this.invalidate());
    watched.observe(root);
  }

  get canvas() { return this.#canvas; }
  get root() { return this.#root; }
  set tag(text) { this.#root.querySelector('.tag').textContent = text; }

  /** Shows a slide; settles when its size is known. */
  open(slide) {
    this.slide = slide;
    return new Promise((resolve, reject) => {
      this.viewer.addOnceHandler('open', resolve);
      this.viewer.addOnceHandler('open-failed', event => reject(new Error(event.message)));
      this.viewer.open({
        width: slide.width, height: slide.height, tileSize: slide.tile, tileOverlap: 0, minLevel: 0, maxLevel: slide.highest,
        getTileUrl: (level, x, y) => addressOf(slide, `picture/${level}/${x}_${y}`),
      });
    });
  }

  /**
   * What is seen: x and y of the upper left corner in level-0 pixels, pixels of the canvas per level-0 pixel and whether that is not changing just now,
   * and the canvas's size.
   */
  get view() {
    const [ratio, { clientWidth, clientHeight }] = [window.devicePixelRatio || 1, this.#root];
    const viewport = this.viewer.viewport;
    if (!this.slide || !viewport || clientWidth === 0 || this.viewer.world.getItemCount() === 0)
      return null;
    const scale = viewport.getZoom(true) * clientWidth / this.slide.width * ratio, centre = viewport.getCenter(true);
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    const rests = Math.abs(viewport.getZoom(true) / viewport.getZoom(false) - 1) < 1e-6;
    return { scale, width, height, ratio, rests, x: centre.x * this.slide.width - width / 2 / scale, y: centre.y * this.slide.width - height / 2 / scale };
  }

  /** Goes to a place: its centre in level-0 pixels, and pixels of the screen per level-0 pixel. */
  go(x, y, scale, immediately = false) {
    const { viewport } = this.viewer, { width } = this.slide;
    viewport.zoomTo(scale * width / this.#root.clientWidth, null, immediately);
    viewport.panTo(new OpenSeadragon.Point(x / width, y / width), immediately);
    viewport.applyConstraints(immediately);
  }

  /** Shows a rectangle of the slide, with some of what is around. */
  fit(left, top, right, bottom) {
    const margin = Math.max(right - left, bottom - top) * 0.6 + 40, { width } = this.slide;
    this.viewer.viewport.fitBounds(new OpenSeadragon.Rect((left - margin) / width, (top - margin) / width, (right - left + 2 * margin) / width,
      (bottom - top + 2 * margin) / width));
  }

  /** The middle of what is seen once it has come to rest, in level-0 pixels. */
  get middle() { return this.viewer.viewport.getCenter().times(this.slide.width); }

  /** Whether some of a rectangle of the slide is in sight, or will be when it has come to rest. */
  shows({ left, top, right, bottom }) {
    const { x, y, width, height } = this.viewer.viewport.getBounds().times(this.slide.width);
    return left < x + width && right > x && top < y + height && bottom > y;
  }

  /** Settles when it has taken up the size of its part of the window. */
  async fitsWindow() {
    this.viewer.forceResize();
    for (let frames = 0; frames < 60 && Math.abs(this.viewer.viewport.getContainerSize().x - this.#root.clientWidth) > 1; frames++)
      await new Promise(resolve => requestAnimationFrame(resolve));
  }

  /** Takes another pane's place and scale. */
  follow(other) {
    const [own, { viewport }] = [this.viewer.viewport, other.viewer];
    if (!own || !viewport || this.viewer.world.getItemCount() === 0)
      return;
    own.zoomTo(viewport.getZoom(true), null, true);
    own.panTo(viewport.getCenter(true), true);
  }

  /** Level-0 pixels of a place of the page. */
  placeOf(clientX, clientY) {
    const [view, box] = [this.view, this.#root.getBoundingClientRect()];
    return view && { x: view.x + (clientX - box.left) * view.ratio / view.scale, y: view.y + (clientY - box.top) * view.ratio / view.scale };
  }

  /** Draws the canvas in the next frame. */
  invalidate() {
    if (this.#scheduled)
      return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.draw();
    });
  }

  draw() {
    const view = this.view;
    if (!view)
      return;
    if (this.#canvas.width !== view.width || this.#canvas.height !== view.height)
      [this.#canvas.width, this.#canvas.height] = [view.width, view.height];
    const context = this.#canvas.getContext('2d');
    context.clearRect(0, 0, view.width, view.height);
    this.hooks.draw(this, context, view);
    this.#drawn++;
  }

  /** How often it was drawn. */
  get frames() { return this.#drawn; }
}
