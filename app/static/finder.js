// Finding from every page: Ctrl+K, or "/" where the page has no search of its own.
"use strict";

(() => {
  const dialog = document.getElementById("finder");
  const field = document.getElementById("finder-q");
  let shownFor = null; // the text that the links answer
  let enters = false; // pressed before its answer was there

  function open() {
    if (!dialog.open) dialog.showModal();
    field.select();
    htmx.trigger(field, "opened");
  }

  const links = () => [...dialog.querySelectorAll("#found a")];

  // Only among what was found for the text that stands in the field: never yesterday's patient.
  function enter() {
    enters = shownFor !== field.value;
    if (enters) htmx.trigger(field, "opened");
    else links()[0]?.click();
  }

  dialog.addEventListener("htmx:afterSwap", (event) => {
    shownFor = event.detail.requestConfig.formData.get("q");
    if (enters) enter();
  });
  field.addEventListener("input", () => (enters = false));

  function step(by) {
    const stops = [field, ...links()];
    const at = stops.indexOf(document.activeElement);
    stops[(at + by + stops.length) % stops.length].focus();
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-finder]")) return;
    event.preventDefault();
    open();
  });

  document.addEventListener("keydown", (event) => {
    const opens = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k";
    const typing = event.target.closest?.("input, textarea, select, dialog");
    if (opens || (event.key === "/" && !typing && !document.querySelector("main input[type='search']"))) {
      event.preventDefault();
      open();
    }
  });

  dialog.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "Enter" && event.target === field) enter();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
})();
