// Server-sent events of the simulator. A page that nobody sees holds no connection: a browser has six for all of them.

const EVENTS = ["reset", "messages", "controls", "request"];
const PAUSE = 2000; // milliseconds, where the browser does not connect again by itself

export class Stream {
  #source = null;
  #seen = "";
  #again = null;

  constructor(told, connected) {
    this.told = told;
    this.connected = connected;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#close() : this.#open()));
    this.#open();
  }

  #open() {
    this.#close();
    if (document.hidden) return;
    const source = new EventSource(`/_simulator/events?after=${encodeURIComponent(this.#seen)}`);
    source.onopen = () => this.connected(true);
    source.onerror = () => this.#broken(source);
    for (const name of EVENTS) source.addEventListener(name, (event) => this.#take(name, event));
    this.#source = source;
  }

  #take(name, event) {
    this.#seen = event.lastEventId;
    this.told[name](JSON.parse(event.data));
  }

  #broken(source) {
    this.connected(false);
    if (source.readyState === EventSource.CLOSED) this.#again = setTimeout(() => this.#open(), PAUSE);
  }

  #close() {
    clearTimeout(this.#again);
    this.#source?.close();
    this.#source = null;
  }
}
