// The contact sheet as eight tiles, and the facts beside the film: only drawing.
"use strict";

const COLUMNS = 4;
const ROWS = 2;
const MINUTE_MS = 60_000;

const two = (number) => String(number).padStart(2, "0");
const clockTime = (seconds) => `${Math.floor(seconds / 60)}:${two(Math.floor(seconds % 60))}`;

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

const QUARTERS = new Map([[0.25, "四分之一"], [0.75, "四分之三"]]);

/** "3" -> 3 片, "0.5" -> 半片, "1.25" -> 1 片又四分之一; as the pages' own filter says it. */
function tabletsOf(count) {
  const number = Number(count);
  const whole = Math.floor(number);
  if (number === whole) return `${whole} 片`;
  if (number - whole === 0.5) return whole ? `${whole} 片半` : "半片";
  const quarter = QUARTERS.get(number - whole);
  if (quarter) return whole ? `${whole} 片又${quarter}` : `${quarter}片`;
  return `${number} 片`;
}

const SHANGHAI = { timeZone: "Asia/Shanghai", hour12: false };
const dayAndHour = new Intl.DateTimeFormat("zh-CN", { ...SHANGHAI, month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" });
const moment = (iso) => dayAndHour.format(new Date(iso));

function weekdayOf(day) {
  return `周${"日一二三四五六"[new Date(`${day}T12:00:00Z`).getUTCDay()]}`;
}

function duration(ms) {
  const minutes = Math.round(Math.abs(ms) / MINUTE_MS);
  if (minutes < 60) return `${minutes} 分钟`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} 小时` : `${Math.round(hours / 24)} 天`;
}

function dueWords(dueBy, now = Date.now()) {
  const left = new Date(dueBy).getTime() - now;
  if (left < 0) return { text: `已超时 ${duration(left)}`, token: "danger-text" };
  return { text: `还剩 ${duration(left)}`, token: left < 6 * 60 * MINUTE_MS ? "warn-text" : "" };
}

/** Draw the sheet of `item`; `seekTo(share)` plays from a tile. */
function drawTiles(box, item, seekTo) {
  const image = new Image();
  image.onload = () => box.style.setProperty("--tile", `${image.naturalWidth / COLUMNS} / ${image.naturalHeight / ROWS}`);
  image.src = item.sheet_url;
  const tiles = Array.from({ length: COLUMNS * ROWS }, (_, number) => {
    const share = (number + 0.5) / (COLUMNS * ROWS);
    const at = clockTime((share * item.duration_ms) / 1000);
    const tile = make("button", "review-tile");
    const picture = make("span", item.mirrored ? "review-picture mirrored" : "review-picture");
    picture.style.backgroundImage = `url("${item.sheet_url}")`;
    picture.style.backgroundPosition = `${((number % COLUMNS) / (COLUMNS - 1)) * 100}% ${Math.floor(number / COLUMNS) * 100}%`;
    tile.type = "button";
    tile.setAttribute("aria-label", `从 ${at} 开始播放`);
    tile.append(picture, make("span", "review-at mono", at));
    tile.addEventListener("click", () => seekTo(share - 0.5 / (COLUMNS * ROWS)));
    return tile;
  });
  box.replaceChildren(...tiles);
}

function drawFacts(root, item, words) {
  const fact = (name) => root.querySelector(`[data-fact="${name}"]`);
  const { patient, dose } = item;
  fact("name").textContent = patient.name;
  fact("name").href = `/staff/patients/${patient.patient_id}`;
  fact("person").textContent = `${words.sexes[patient.sex]} · ${patient.birth_precision === "year" ? "约 " : ""}${patient.age} 岁`;
  fact("treatment").textContent = item.treatment_name;
  const [, month, day] = dose.due_on.split("-").map(Number);
  fact("due_on").textContent = `${month}月${day}日 ${weekdayOf(dose.due_on)} ${words.slots[dose.slot]}`;
  fact("code").replaceChildren(...codeWords(item));
  fact("symptoms").textContent = item.symptoms.length ? item.symptoms.join("、") : "没有";
  fact("symptoms").className = item.symptoms.length ? "warn-text" : "";
  fact("captured").replaceChildren(...capturedWords(item));
  fact("uploaded").textContent = moment(item.uploaded_at);
  root.querySelector("[data-second]").hidden = item.reading !== "second";
  root.querySelector("[data-flags]").replaceChildren(...item.flags.map((flag) => make("span", "badge warn", `⚠ ${words.flags[flag] ?? flag}`)));
  root.querySelector("[data-drug-list]").replaceChildren(...dose.drugs.map(drugLine));
  drawDue(root, item);
}

/** What a screen reader says when a film comes. */
function announced(item, words) {
  const [, month, day] = item.dose.due_on.split("-").map(Number);
  const flags = item.flags.map((flag) => words.flags[flag] ?? flag).join("、") || "没有疑点";
  return `${item.patient.name}，${month}月${day}日${words.slots[item.dose.slot]}，${flags}`;
}

function drawDue(root, item) {
  const due = dueWords(item.due_by);
  const box = root.querySelector('[data-fact="due"]');
  box.textContent = due.text;
  box.className = due.token;
}

function codeWords(item) {
  // What the phone reports is not what the picture shows: only the eye can compare that.
  const shown = make("b", "mono review-code", item.expected_code);
  const compare = make("span", "soft", " 请与画面里的数字核对");
  if (item.day_code === item.expected_code) return [shown, compare];
  return [shown, compare, make("span", "danger-text", ` 手机报的是 ${item.day_code}，不一致`)];
}

function capturedWords(item) {
  const at = make("span", "", moment(item.captured_at));
  if (item.after_change === null) return [at];
  return [at, " ", make("span", "badge held", item.after_change ? "改动后服" : "改动前已服")];
}

function drugLine(drug) {
  const line = make("li");
  line.append(make("b", "", tabletsOf(drug.tablets)), ` ${drug.name}`);
  if (drug.strength) line.append(make("small", "soft", ` ${drug.strength}`));
  return line;
}
