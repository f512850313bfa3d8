// One event stream a browser, for all of its pages: a shared worker has it; where there are none,
// the tab that holds the lock; else every tab its own. Whatever fails, pages go on polling.
// A page gets `weibu:event` on document; elements with data-refresh-on="name name" get "refresh".
"use strict";

(() => {
  const ADDRESS = "/staff/stream";
  const NAME = "weibu-stream";
  const AGAIN_MS = 60_000; // after a refusal
  const REMEMBER_MS = 60_000; // what a page may have missed while it was loading
  const RESYNC = { name: "resync", ids: {} }; // something may have been missed: ask again for all

  class Source {
    constructor(give) {
      this.give = give;
      this.recent = [];
    }

    open() {
      this.close();
      const source = (this.source = new EventSource(ADDRESS));
      source.onmessage = (event) => this.take(JSON.parse(event.data));
      source.addEventListener("resync", () => this.take(RESYNC));
      // Once: when the browser itself connects again, the server sends what was missed.
      source.addEventListener("hello", () => this.begin(), { once: true });
      source.addEventListener("bye", (event) => {
        if (JSON.parse(event.data).reason === "ended") this.close();
      });
      source.onerror = () => {
        if (source.readyState === EventSource.CLOSED) this.timer = setTimeout(() => this.open(), AGAIN_MS);
      };
    }

    close() {
      clearTimeout(this.timer);
      this.source?.close();
      this.source = null;
      this.since = Infinity;
    }

    begin() {
      this.since = Date.now();
      this.give(RESYNC);
    }

    take(message) {
      const now = Date.now();
      this.recent = this.recent.filter((kept) => now - kept.at < REMEMBER_MS);
      this.recent.push({ at: now, message });
      this.give(message);
    }

    // What a page that began to load at `since` has missed.
    missed(since) {
      if (since < this.since || Date.now() - since > REMEMBER_MS) return [RESYNC];
      return this.recent.filter((kept) => kept.at >= since).map((kept) => kept.message);
    }
  }

  function serveAsWorker() {
    const ports = new Set();
    const source = new Source((message) => ports.forEach((port) => port.postMessage(message)));
    let person;
    self.onconnect = ({ ports: [port] }) => {
      port.onmessage = ({ data }) => {
        if (data.leaves) {
          ports.delete(port);
          return;
        }
        ports.add(port);
        // After a refusal or the end of a session a new page may be let in; another person is another session.
        const open = source.source && source.source.readyState !== EventSource.CLOSED;
        if (!open || person !== data.person) source.open();
        else if (source.since < Infinity) source.missed(data.since).forEach((message) => port.postMessage(message));
        person = data.person;
      };
    };
  }

  const waiting = new WeakSet();

  // Not all pages of a team at the same moment, and once for a burst of messages.
  function refresh(element) {
    if (waiting.has(element)) return;
    waiting.add(element);
    setTimeout(() => {
      waiting.delete(element);
      htmx.trigger(element, "refresh");
    }, 50 + Math.random() * 450);
  }

  function deliver(message) {
    document.dispatchEvent(new CustomEvent("weibu:event", { detail: message }));
    for (const element of document.querySelectorAll("[data-refresh-on]")) {
      const names = element.dataset.refreshOn.split(" ");
      if (message.name === "resync" || names.includes(message.name)) refresh(element);
    }
  }

  function joinWorker(address) {
    const { port } = new SharedWorker(address, { name: NAME });
    const person = document.querySelector(".topbar .who")?.textContent;
    const join = () => port.postMessage({ since: performance.timeOrigin, person });
    port.onmessage = ({ data }) => deliver(data);
    join();
    window.addEventListener("pagehide", () => port.postMessage({ leaves: true }));
    window.addEventListener("pageshow", ({ persisted }) => persisted && join());
  }

  function leadOrFollow() {
    const channel = new BroadcastChannel(NAME);
    const source = new Source((message) => {
      deliver(message);
      channel.postMessage(message);
    });
    channel.onmessage = ({ data }) => deliver(data);
    deliver(RESYNC); // what the leader told while this page was loading
    navigator.locks.request(NAME, () => {
      source.open();
      return new Promise(() => {}); // held until the tab is closed
    });
  }

  if (typeof document === "undefined") serveAsWorker();
  else if (window.SharedWorker) joinWorker(document.currentScript.src);
  else if (window.BroadcastChannel && navigator.locks) leadOrFollow();
  else new Source(deliver).open();
})();
