// What /api/reviews says: the next film, leases, undo. Knows nothing of the page.
"use strict";

const PATIENCE_MS = 15_000;

class Refusal extends Error {
  constructor(status, problem) {
    super(problem.title ?? "出了一点问题，请稍后再试。");
    this.status = status;
    this.type = problem.type ?? "";
  }
}

/** POST JSON; a Refusal for an answer of 4xx, an ordinary Error when trying again makes sense. */
async function post(path, body, headers = {}) {
  const response = await fetch(`/api/reviews${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", ...attendance(), ...headers },
    body: JSON.stringify(body),
    keepalive: true,
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status >= 500 || response.status === 429) throw new Error(answer.title ?? String(response.status));
  throw new Refusal(response.status, answer);
}

class Queue {
  current = null;
  ahead = [];
  skipped = new Set();
  deciding = new Set(); // verdicts on their way: the server may still think these are waiting
  #fetching = null;

  constructor(onCounts) {
    this.onCounts = onCounts;
  }

  get held() {
    return [this.current, ...this.ahead].filter(Boolean).map((item) => item.recording_id);
  }

  /** Fetch one film ahead unless there is one; answers whether any came. */
  fill() {
    if (this.ahead.length > 0) return Promise.resolve(true);
    this.#fetching ??= this.#fetch().finally(() => (this.#fetching = null));
    return this.#fetching;
  }

  async #fetch() {
    const skipping = [...this.skipped, ...this.deciding].slice(-200);
    const answer = await post("/next", { holding: this.held, skipping });
    this.onCounts(answer);
    if (!answer.item || this.held.includes(answer.item.recording_id)) return false;
    this.ahead.push(answer.item);
    return true;
  }

  /** Move on: the next film becomes the current one (null when none is there yet). */
  advance() {
    this.current = this.ahead.shift() ?? null;
    return this.current;
  }

  /** An undone film comes back; the one it pushes aside waits behind it. */
  comeBack(item) {
    if (this.current) this.ahead.unshift(this.current);
    this.current = item;
  }

  skip() {
    const item = this.current;
    this.skipped.add(item.recording_id);
    post("/release", { recording_ids: [item.recording_id] }).catch(() => {}); // the lease runs out by itself
    return item;
  }

  /** Keep the leases of the films on the screen; answers those that are lost. */
  async keep() {
    if (this.held.length === 0) return [];
    const asked = this.held;
    const answer = await post("/keep", { holding: asked });
    this.onCounts(answer);
    return asked.filter((id) => !answer.kept.includes(id));
  }

  /** The page is going away: put everything back, also from a closing tab. */
  leave() {
    const ids = this.held.slice(0, 3);
    if (ids.length === 0) return;
    const body = new Blob([JSON.stringify({ recording_ids: ids })], { type: "application/json" });
    navigator.sendBeacon("/api/reviews/release", body);
  }
}
