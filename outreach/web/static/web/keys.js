// Single keys on the pages of replies. All that they do can be done without them: a key presses or
// marks the thing on the page that carries it (aria-keyshortcuts). They can be turned off.
"use strict";

{
  const OFF = "keys-off";
  const help = document.querySelector("[data-keys]");
  const rows = [...document.querySelectorAll("[data-row]")];
  const toggle = document.querySelector("[data-keys-switch]");
  const isOff = () => localStorage.getItem(OFF) === "yes";

  function here() {
    return rows.findIndex((row) => row.contains(document.activeElement));
  }

  function go(step) {
    if (!rows.length) return;
    const at = Math.min(Math.max(here() + step, 0), rows.length - 1);
    rows[at].querySelector(".row-link").focus();
    rows[at].scrollIntoView({ block: "nearest" });
  }

  // In the row that is marked, else anywhere outside of the rows.
  function carrier(key) {
    const marked = `[aria-keyshortcuts="${key}"]`;
    const row = rows[here()];
    if (row && row.querySelector(marked)) return row.querySelector(marked);
    return [...document.querySelectorAll(marked)].find((one) => !one.closest("[data-row]"));
  }

  // What is written into, and what takes something away, is only marked: Enter is the second step.
  function use(thing) {
    const isMarkedOnly = thing.matches("textarea, .tone-halt");
    if (isMarkedOnly) thing.focus();
    else thing.click();
  }

  function open() {
    const row = rows[Math.max(here(), 0)];
    const link = row && row.querySelector("a.row-link");
    if (link) link.click();
  }

  function show() {
    if (!help) return;
    help.open = !help.open;
    help.querySelector("summary").focus();
  }

  const KEYS = { j: () => go(1), k: () => go(-1), o: open, "?": show };

  function isWriting(target) {
    return target.closest("input:not([type=checkbox], [type=radio]), textarea, select");
  }

  document.addEventListener("keydown", (event) => {
    if (isOff() || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.repeat && event.key !== "j" && event.key !== "k") return;
    if (isWriting(event.target)) return;
    const deed = KEYS[event.key];
    const thing = deed ? null : carrier(event.key);
    if (!deed && !thing) return;
    event.preventDefault();
    if (deed) deed();
    else use(thing);
  });

  function say() {
    if (toggle) toggle.textContent = isOff() ? toggle.dataset.off : toggle.dataset.on;
  }

  if (help) help.hidden = false;
  if (toggle) {
    toggle.addEventListener("click", () => {
      localStorage.setItem(OFF, isOff() ? "no" : "yes");
      say();
    });
  }
  say();
}
