/*
 * NAV Sales Connector: what the pages do beyond plain links and forms. Every page works without this file.
 */
"use strict";

document.documentElement.classList.add("js");

const dialog = document.getElementById("dialog");

function closeDialog() {
  if (dialog && dialog.open) dialog.close();
}

if (dialog) {
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === dialog && !dialog.open) dialog.showModal();
  });
  dialog.addEventListener("close", () => dialog.replaceChildren());
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) {
      event.preventDefault();
      closeDialog();
    }
  });
}

/* Ctrl K and / go to the search, F3 to the filter of the page. */
document.addEventListener("keydown", (event) => {
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  const search = document.getElementById("search");
  const filter = document.querySelector("[data-filter], .filters select, .filters input");
  if (search && ((event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !typing))) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "F3" && filter) {
    event.preventDefault();
    filter.focus();
  } else if (event.key === "Escape") {
    document.getElementById("found")?.replaceChildren();
  }
});

document.addEventListener("focusin", (event) => {
  if (!event.target.closest(".search")) document.getElementById("found")?.replaceChildren();
});

/* A toast leaves after eight seconds, but not while it is looked at. */
for (const toast of document.querySelectorAll("[data-toast]")) {
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
  setTimeout(leave, 8000);
}

/* Waits count down between two answers of the server. */
setInterval(() => {
  for (const timer of document.querySelectorAll("[data-seconds]")) {
    const left = Number(timer.dataset.seconds) - 1;
    if (left < 0) continue;
    timer.dataset.seconds = String(left);
    if (left <= 90) timer.textContent = `${left} s`;
  }
}, 1000);

/* A link to a folded cause unfolds it. */
function unfold() {
  const part = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (part instanceof HTMLDetailsElement) part.open = true;
}
addEventListener("hashchange", unfold);
unfold();

/* Polling keeps what is open in technical details. */
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "live") {
    for (const part of event.detail.target.querySelectorAll("details[open]")) {
      if (part.matches(":focus-within")) event.detail.shouldSwap = false;
    }
  }
});

/* What is shown once can be copied with one click. */
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = button.dataset.copied;
  });
}
