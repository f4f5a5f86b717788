/*
 * NAV Sales Connector: binds allauth's passkey functions to the page's form. Without scripts, or without keys in the browser,
 * the form stays hidden and the other ways in remain.
 */
"use strict";

const passkeyForm = document.querySelector("form[data-passkey]");
const passkeyProblem = document.getElementById("passkey-problem");

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  if (passkeyProblem) passkeyProblem.hidden = false;
});

if (passkeyForm && window.PublicKeyCredential && window.allauth?.webauthn) {
  const forms = window.allauth.webauthn.forms;
  const kind = passkeyForm.dataset.passkey;
  const ids = { credential: "passkey-credential", data: "passkey-data", passwordless: "id_passwordless" };
  if (kind === "login") forms.loginForm({ ids: { ...ids, login: "passkey-do" } });
  else if (kind === "add") forms.addForm({ ids: { ...ids, add: "passkey-do" } });
  else forms.authenticateForm({ ids: { ...ids, authenticate: "passkey-do" } });
  passkeyForm.hidden = false;
  document.getElementById("passkey-do").addEventListener("click", () => {
    if (passkeyProblem) passkeyProblem.hidden = true;
  });
} else if (document.getElementById("passkey-none")) {
  document.getElementById("passkey-none").hidden = false;
}
