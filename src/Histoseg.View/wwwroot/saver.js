// Saves what changes, and tries again until it is saved.

const SAVE_AFTER = 400, AGAIN_AFTER = 3000;

/** What cannot be saved because another program has changed the file. */
export class Conflict extends Error {}

export class Saver {
  #send; #changed; #timer = 0; #running = null; #isDirty = false;

  /** Why it is not saved; null: nothing is wrong. */
  trouble = null;
  /** Whether that is because the file is another one: nothing is saved until it was taken up. */
  isConflict = false;

  /** Send saves and throws why it cannot; changed is called when it stands otherwise. */
  constructor(send, changed) { [this.#send, this.#changed] = [send, changed]; }

  /** Whether something is not on the disk yet. */
  get isUnsaved() { return this.#isDirty || this.#running !== null; }

  /** Something has changed. */
  later() {
    this.#isDirty = true;
    this.#after(SAVE_AFTER);
  }

  /** Settles when all is saved, or cannot be just now. */
  now() {
    clearTimeout(this.#timer);
    return this.#running ??= this.#run().finally(() => {
      this.#running = null;
      this.#changed();
    });
  }

  /** The file was taken up, and what was changed lies over it. */
  resolve() {
    [this.trouble, this.isConflict] = [null, false];
    this.later();
  }

  async #run() {
    while (this.#isDirty && !this.isConflict) {
      this.#isDirty = false;
      try {
        await this.#send();
        this.trouble = null;
      } catch (error) {
        this.#isDirty = true;
        [this.trouble, this.isConflict] = [error.message, error instanceof Conflict];
        if (!this.isConflict)
          this.#after(AGAIN_AFTER);
        return;
      }
    }
  }

  #after(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(), wait);
  }
}
