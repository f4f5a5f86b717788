/*
 * NAV Sales Connector: what the assisted set-up does beyond plain forms. It works without this file.
 */
"use strict";

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

/* A second press while we ask the server would ask twice. */
document.addEventListener("submit", (event) => {
  const form = event.target.closest(".wizard-form");
  if (!form) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  event.submitter?.classList.add("is-sent");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll(".wizard-form")) delete form.dataset.sent;
});

/* The live lists are replaced every second: what a person has unfolded stays so, and folded what he has folded. */
const folds = new Map();
document.addEventListener(
  "toggle",
  (event) => {
    if (event.target.matches?.(".wizard-form details[id]") && event.target.matches(":has(:focus)")) folds.set(event.target.id, event.target.open);
  },
  true,
);
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "live") event.detail.shouldSwap = true;
});
document.body.addEventListener("htmx:afterSwap", () => {
  for (const [id, open] of folds) {
    const part = document.getElementById(id);
    if (part) part.open = open;
  }
});
