// Two video elements on one screen: one plays, the other already holds the next film.
"use strict";

const SEEK_S = 2;
const RATES = [1, 1.5, 2];

class Player {
  #screen;
  #rate = 1.5;
  #muted = true;
  #playingSince = null;
  #watchedMs = 0;
  #ready = new Map(); // recording id -> its video element

  constructor(screen, onChange) {
    this.#screen = screen;
    this.onChange = onChange;
    this.video = null;
  }

  #make(item) {
    const video = document.createElement("video");
    video.className = "review-video";
    video.dataset.recording = item.recording_id;
    video.playsInline = true;
    video.preload = "auto";
    video.muted = this.#muted;
    video.poster = item.poster_url;
    video.src = item.film_url;
    video.tabIndex = -1;
    video.classList.toggle("mirrored", item.mirrored);
    for (const name of ["playing", "pause", "waiting", "ended", "seeking", "timeupdate", "error", "loadeddata"]) {
      video.addEventListener(name, () => video === this.video && this.#heard(name));
    }
    video.addEventListener("click", () => this.toggle());
    this.#screen.append(video);
    return video;
  }

  /** Load a film behind the one that is shown, decoded up to its first frame. */
  prepare(item) {
    if (!this.#ready.has(item.recording_id)) this.#ready.set(item.recording_id, this.#make(item));
  }

  /** Bring a film to the front and play it; `pressedAt` is when the key before it went down. */
  show(item, pressedAt) {
    this.#settle();
    this.prepare(item);
    const before = this.video;
    this.video = this.#ready.get(item.recording_id);
    before?.pause();
    before?.classList.remove("shown");
    this.video.classList.add("shown");
    this.video.muted = this.#muted;
    this.#watchedMs = 0;
    this.#playingSince = null;
    this.failed = Boolean(this.video.error);
    this.#timeFirstFrame(this.video, pressedAt);
    this.play();
    this.onChange();
  }

  #timeFirstFrame(video, pressedAt) {
    video.requestVideoFrameCallback?.(() => {
      if (video !== this.video) return;
      const end = performance.now();
      if (pressedAt !== null) performance.measure("verdict-to-first-frame", { start: pressedAt, end });
      video.dataset.frame = "shown";
    });
  }

  /** Forget a film that will not come back. */
  drop(item) {
    const video = this.#ready.get(item.recording_id);
    if (!video) return;
    this.#ready.delete(item.recording_id);
    video.pause();
    video.removeAttribute("src");
    video.load();
    video.remove();
    if (video === this.video) this.video = null;
  }

  play() {
    const video = this.video;
    if (!video) return;
    video.playbackRate = this.#rate;
    // A browser may refuse sound before the first click or key: then play without.
    video.play().catch((error) => {
      if (error.name !== "NotAllowedError" || video.muted) return;
      this.#muted = video.muted = true;
      video.play().catch(() => this.onChange());
    });
  }

  toggle() {
    if (this.video?.paused) this.play();
    else this.video?.pause();
  }

  seek(seconds) {
    if (!this.video || !Number.isFinite(this.video.duration)) return;
    this.video.currentTime = Math.min(Math.max(seconds, 0), Math.max(this.video.duration - 0.05, 0));
  }

  step(direction) {
    if (this.video) this.seek(this.video.currentTime + direction * SEEK_S);
  }

  seekShare(share) {
    if (this.video) this.seek(share * this.video.duration);
    this.play();
  }

  get rate() {
    return this.#rate;
  }

  set rate(rate) {
    this.#rate = rate;
    if (this.video) this.video.playbackRate = rate;
    this.onChange();
  }

  cycleRate() {
    this.rate = RATES[(RATES.indexOf(this.#rate) + 1) % RATES.length];
  }

  get muted() {
    return this.#muted;
  }

  toggleSound() {
    this.#muted = !this.#muted;
    if (this.video) this.video.muted = this.#muted;
    this.onChange();
  }

  #heard(name) {
    if (name === "playing") this.#playingSince ??= performance.now();
    else if (name !== "timeupdate" && name !== "loadeddata") this.#settle();
    if (name === "timeupdate" && !this.video.paused && !this.video.seeking) this.#playingSince ??= performance.now();
    if (name === "error") this.failed = true;
    this.onChange();
  }

  #settle() {
    if (this.#playingSince === null) return;
    this.#watchedMs += performance.now() - this.#playingSince;
    this.#playingSince = null;
  }

  /** Milliseconds in which pictures really moved; waiting, pauses and jumps do not count. */
  get watchedMs() {
    const running = this.#playingSince === null ? 0 : performance.now() - this.#playingSince;
    return Math.round(this.#watchedMs + running);
  }
}
