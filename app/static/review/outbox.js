// Verdicts on their way: each has one key and is sent until the server has it, in order.
"use strict";

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

class Outbox {
  #last = Promise.resolve();
  waiting = 0;

  constructor(onTrouble) {
    this.onTrouble = onTrouble;
  }

  /** Answers with the server's {review_id, undo_until}; rejects only when it refuses for good. */
  send(recordingId, verdict) {
    const key = crypto.randomUUID();
    this.waiting += 1;
    const sent = this.#last
      .then(() => this.#insist(`/${recordingId}/verdict`, verdict, { "Idempotency-Key": key }))
      .finally(() => {
        this.waiting -= 1;
        this.onTrouble(null);
      });
    this.#last = sent.catch(() => {});
    return sent;
  }

  undo(reviewId) {
    return this.#insist(`/${reviewId}/undo`, {}, {});
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
