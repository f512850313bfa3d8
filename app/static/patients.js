// The list of patients keeps its place: whoever comes Back finds the same page of it, at the same height.
"use strict";

(() => {
  const { person } = document.body.dataset;
  const form = document.getElementById("ask");
  const typed = document.getElementById("q");

  // In the history entry of this page, not in its address: a name must not stand there.
  function keep(changes) {
    const list = { ...history.state?.list, person, ...changes };
    history.replaceState({ ...history.state, list }, "");
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    const { target, requestConfig, xhr } = event.detail;
    if (target.id !== "patients" || xhr.status >= 400) return;
    keep({ fields: Object.fromEntries(requestConfig.formData), height: 0 });
    if (requestConfig.formData.has("cursor")) {
      scrollTo(0, 0);
      target.querySelector("table a")?.focus({ preventScroll: true });
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) form.requestSubmit();
  });

  window.addEventListener("pagehide", () => keep({ height: scrollY }));

  const kept = history.state?.list;
  if (kept?.person !== person || !kept.fields) return;
  typed.value = kept.fields.q ?? "";
  htmx.ajax("POST", form.action, { target: "#patients", values: kept.fields }).then(() => scrollTo(0, kept.height));
})();
