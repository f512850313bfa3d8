// A list that is asked for by a form keeps its place: whoever comes Back finds the same page of it, at the same height.
"use strict";

(() => {
  const { person } = document.body.dataset;
  const form = document.querySelector("form[data-list]");
  const place = form.getAttribute("hx-target");

  // In the history entry of this page, not in its address: a name must not stand there.
  function keep(changes) {
    const list = { ...history.state?.list, person, ...changes };
    history.replaceState({ ...history.state, list }, "");
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    const { target, requestConfig, xhr } = event.detail;
    if (!target.matches(place) || xhr.status >= 400) return;
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
  form.elements.q.value = kept.fields.q ?? "";
  htmx.ajax("POST", form.action, { target: place, values: kept.fields }).then(() => scrollTo(0, kept.height));
})();
