// Fetches the page again every two seconds and swaps the parts marked data-live, so that
// new messages appear while somebody is writing in a form of the same page.
(() => {
  "use strict";
  const parts = (page) => [...page.querySelectorAll("[data-live]")];
  // What lies outside the live parts (the form, the open mail) depends on this alone.
  const shape = (page) => page.querySelector("[data-shape]")?.dataset.shape;
  const writing = () =>
    [...document.querySelectorAll(".write textarea, .write input:not([type=hidden])")].some((box) => box.value);
  const refresh = async () => {
    if (document.hidden || parts(document).length === 0) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts(document)) {
        const name = CSS.escape(part.dataset.live);
        const newer = fresh.querySelector(`[data-live="${name}"]`);
        if (newer && newer.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) {
          const open = part.querySelector("details")?.open;
          part.replaceChildren(...newer.childNodes);
          if (open) part.querySelector("details")?.setAttribute("open", "");
        }
      }
      if (shape(document) !== shape(fresh) && !writing()) location.reload();
    } catch {
      // The sandbox is being restarted; the next round finds it again.
    }
  };
  setInterval(refresh, 2000);
})();
