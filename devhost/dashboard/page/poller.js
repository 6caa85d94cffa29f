/** Repeats a piece of work while somebody looks: one at a time, never in a hidden tab, slower when it is slow. */

const EVERY = 2000;
const REST = 4;

export class Poller {
  #work;
  #failed;
  #timer = 0;
  #abort = null;
  #live = true;

  /** `work(signal)` is awaited; `failed(error)` hears of errors, null when it went well. */
  constructor(work, failed) {
    this.#work = work;
    this.#failed = failed;
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.stop();
      else if (this.#live) this.now();
    });
  }

  set live(on) {
    this.#live = on;
    if (on) this.now();
    else clearTimeout(this.#timer);
  }

  /** Do it at once, in place of what is under way. */
  async now() {
    this.stop();
    const abort = (this.#abort = new AbortController());
    const began = performance.now();
    try {
      await this.#work(abort.signal);
      if (!abort.signal.aborted) this.#failed(null);
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#failed(error);
    }
    if (abort.signal.aborted || !this.#live || document.hidden) return;
    const rest = Math.max(EVERY, REST * (performance.now() - began));
    this.#timer = setTimeout(() => this.now(), rest);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }
}
