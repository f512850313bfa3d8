// Verdicts on their way: each has one key and is sent until the server has it, in order. A reload,
// a crash, the end of the session lose none: what is under way is kept for this person in this tab.
"use strict";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

class Outbox {
  #last = Promise.resolve();
  #kept; // [{recordingId, verdict, key}]
  #place = `weibu-verdicts ${document.body.dataset.person}`;

  constructor(onTrouble) {
    this.onTrouble = onTrouble;
    this.#kept = JSON.parse(sessionStorage.getItem(this.#place) ?? "[]");
  }

  get waiting() {
    return this.#kept.length;
  }

  /** Answers with the server's {review_id, undo_until}; rejects only when it refuses for good. */
  send(recordingId, verdict) {
    const item = { recordingId, verdict, key: crypto.randomUUID() };
    this.#keep([...this.#kept, item]);
    return this.#sent(item);
  }

  /** Send on what an earlier page could not: [{recordingId, sent}]. */
  resume() {
    return this.#kept.map((item) => ({ recordingId: item.recordingId, sent: this.#sent(item) }));
  }

  undo(reviewId) {
    return this.#insist(`/${reviewId}/undo`, {}, {});
  }

  #sent(item) {
    const sent = this.#last
      .then(() => this.#insist(`/${item.recordingId}/verdict`, item.verdict, { "Idempotency-Key": item.key }))
      .finally(() => {
        this.#keep(this.#kept.filter((one) => one !== item));
        this.onTrouble(null);
      });
    this.#last = sent.catch(() => {});
    return sent;
  }

  #keep(items) {
    this.#kept = items;
    try {
      if (items.length > 0) sessionStorage.setItem(this.#place, JSON.stringify(items));
      else sessionStorage.removeItem(this.#place);
    } catch {
      // A full storage: they are still sent from here.
    }
  }

  async #insist(path, body, headers) {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        return await post(path, body, headers);
      } catch (error) {
        if (error instanceof Refusal) throw error;
        this.onTrouble(error);
        await pause(wait);
      }
    }
  }
}
