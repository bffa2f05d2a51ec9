// Passkeys: asks the browser, puts its answer into the form, and sends the form as any other.
"use strict";

const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// Browsers before 2025 have neither parse…FromJSON nor toJSON, so both are written out here.
function readOptions(options) {
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  for (const list of [options.excludeCredentials, options.allowCredentials]) {
    for (const each of list || []) each.id = toBytes(each.id);
  }
  return options;
}

function writeAnswer(made) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[name]) response[name] = toText(made.response[name]);
  }
  return JSON.stringify({
    id: made.id, rawId: toText(made.rawId), type: made.type, response,
    clientExtensionResults: made.getClientExtensionResults(),
  });
}

async function ask(form) {
  const asked = await fetch(form.dataset.question, {
    method: "POST",
    headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
  });
  if (!asked.ok || asked.redirected) throw new Error("no question");
  const publicKey = readOptions(await asked.json());
  const way = form.dataset.passkey === "create" ? "create" : "get";
  form.elements.answer.value = writeAnswer(await navigator.credentials[way]({ publicKey }));
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) break;
  form.hidden = false;
  const missing = document.querySelector("[data-passkey-missing]");
  if (missing) missing.hidden = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const says = form.querySelector("[data-passkey-says]");
    says.hidden = true;
    ask(form).catch(() => { says.hidden = false; });
  });
}
