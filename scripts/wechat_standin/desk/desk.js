"use strict";

const accounts = document.getElementById("accounts");
const left = document.getElementById("left");
const bar = document.getElementById("bar");
const said = document.getElementById("said");
const codeOf = (user) => accounts.querySelector(`[data-user="${CSS.escape(user)}"]`);
let endsAt = performance.now() + Number(accounts.dataset.left) * 1000;
let isFetching = false;

async function fetchCodes() {
  isFetching = true;
  try {
    const answer = await (await fetch("/totp")).json();
    for (const [user, code] of Object.entries(answer.codes)) {
      const place = codeOf(user);
      if (place) place.textContent = code;
    }
    endsAt = performance.now() + answer.seconds_left * 1000;
  } catch {
    endsAt = performance.now() + 3000; // the stand-in may be restarting
  }
  isFetching = false;
}

function tick() {
  const seconds = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  left.textContent = String(seconds);
  bar.value = seconds;
  if (seconds === 0 && !isFetching) void fetchCodes();
}

async function copy(button) {
  const text = button.dataset.copy ?? codeOf(button.dataset.copyCode).textContent;
  await navigator.clipboard.writeText(text);
  said.textContent = "已复制";
  setTimeout(() => { said.textContent = ""; }, 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".copy");
  if (button) void copy(button);
});
if (left) setInterval(tick, 250);
