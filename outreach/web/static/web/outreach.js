// What pages do with script; all of them work without.
"use strict";

// The server writes times on the viewer's clock once it knows the zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `zone=${zone};path=/;max-age=31536000;samesite=lax`;

// The demo's clock runs on in the page, as fast as it does at the server.
for (const clock of document.querySelectorAll("[data-clock-speed]")) {
  const shown = Date.parse(clock.dateTime);
  const began = Date.now();
  const speed = Number(clock.dataset.clockSpeed);
  const language = document.documentElement.lang;
  const words = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    weekday: "short", day: "numeric", month: "short", year: "numeric",
    hour: "2-digit", minute: "2-digit",
  });
  const name = clock.parentElement.querySelector(".zone");
  if (name && zone) name.textContent = zone.split("/").pop().replaceAll("_", " ");
  const tell = () => {
    clock.textContent = words.format(shown + (Date.now() - began) * speed);
  };
  tell();
  setInterval(() => { if (!document.hidden) tell(); }, 1000);
}

// An open part of the menu closes by Escape and by a click elsewhere.
const menus = [...document.querySelectorAll("details.menu")];
document.addEventListener("click", (event) => {
  for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const open = menus.find((menu) => menu.open);
  if (event.key !== "Escape" || !open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// Above a long list of boxes stands a field that hides those without its letters. What is ticked
// stays, so that nobody sends what they do not see.
for (const list of document.querySelectorAll("[data-find]")) {
  const label = document.createElement("label");
  const find = document.createElement("input");
  label.append(list.dataset.find, find);
  find.type = "search";
  find.addEventListener("input", () => {
    const wanted = find.value.trim().toLowerCase();
    for (const choice of list.children) {
      const isTicked = choice.querySelector("input").checked;
      choice.hidden = !isTicked && !choice.textContent.toLowerCase().includes(wanted);
    }
  });
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  list.before(label);
}

// The live part asks for news every two seconds, but not while nobody looks.
const live = document.querySelector("[data-live]");
const says = document.querySelector("[data-live-says]");
const fresh = says ? says.textContent : "";

function say(isStale) {
  if (!says || says.parentElement.classList.contains("stale") === isStale) return;
  says.parentElement.classList.toggle("stale", isStale);
  says.setAttribute("role", "status");
  says.textContent = isStale ? says.dataset.stale : fresh;
}

function tick() {
  if (live && !document.hidden) live.dispatchEvent(new CustomEvent("tick"));
}

if (live) {
  live.addEventListener("htmx:error", () => say(true));
  live.addEventListener("htmx:response:error", () => say(true));
  live.addEventListener("htmx:after:swap", () => { say(false); draw(); });
  setInterval(tick, 2000);
  const slow = document.querySelector("[data-slow]");
  setInterval(() => { if (slow && !document.hidden) slow.dispatchEvent(new CustomEvent("slow")); }, 30000);
  document.addEventListener("visibilitychange", tick);
}

// The plot: what became of messages in each minute. Not stacked: a message is first sent,
// then delivered, and would count twice. Colours come from the style sheet.
const section = document.querySelector("[data-plot]");
const DRAWN = ["accepted", "delivered", "bounced", "failed"];
const HEIGHT = 240;
let plot = null;
let isDrawing = false;

function ink(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

async function draw() {
  if (!section || isDrawing || typeof uPlot === "undefined") return;
  isDrawing = true;
  try {
    const answer = await fetch(section.dataset.plot, { headers: { Accept: "application/json" } });
    if (answer.ok && !answer.redirected) show(await answer.json());
  } catch (error) {
    say(true);
  } finally {
    isDrawing = false;
  }
}

function show(pace) {
  if (!pace.minutes.length) return;
  const series = DRAWN.flatMap((state) => pace.series.filter((one) => one.state === state));
  const data = filled(pace.minutes, series.map((one) => one.numbers));
  const box = section.querySelector(".plot");
  section.hidden = false;
  if (plot && plot.series.length === data.length) {
    plot.setData(data);
    return;
  }
  if (plot) plot.destroy();
  plot = new uPlot(options(series, box), data, box);
}

// Minutes without a message are zero, not a line drawn across. Past a day of minutes the
// gaps are left: the picture has no room for them.
function filled(minutes, columns) {
  const first = minutes[0] - 60;
  const last = minutes[minutes.length - 1] + 60;
  if (last - first > 86400) return [minutes, ...columns];
  const known = new Map(minutes.map((minute, index) => [minute, index]));
  const all = [];
  for (let at = first; at <= last; at += 60) all.push(at);
  const pick = (numbers) => all.map((at) => (known.has(at) ? numbers[known.get(at)] : 0));
  return [all, ...columns.map(pick)];
}

const clockWords = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayWords = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

// The hour of a mark; the day instead where a day begins.
function hour(second) {
  const words = clockWords.format(second * 1000);
  return words === "00:00" ? dayWords.format(second * 1000) : words;
}

function options(series, box) {
  const axis = {
    stroke: ink("--soft"),
    grid: { stroke: ink("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: box.clientWidth - 16,
    height: HEIGHT,
    cursor: { y: false },
    legend: { live: false },
    scales: { y: { range: (chart, low, high) => [0, Math.max(high, 5)] } },
    axes: [{ ...axis, values: (chart, marks) => marks.map(hour) }, { ...axis, size: 56 }],
    series: [{ label: "Time" }, ...series.map((one) => line(one, ink(`--s-${one.state}`)))],
  };
}

// What was sent is an area, the others are lines upon it; failures are dashed too.
function line(one, colour) {
  return {
    label: one.words,
    stroke: colour,
    width: 2,
    points: { show: false },
    fill: one.state === "accepted" ? `${colour}40` : undefined,
    dash: one.state === "failed" || one.state === "bounced" ? [6, 4] : undefined,
    paths: uPlot.paths.stepped({ align: 1 }),
  };
}

if (section) {
  addEventListener("load", draw);
  addEventListener("resize", () => {
    const width = section.querySelector(".plot").clientWidth - 16;
    if (plot) plot.setSize({ width, height: HEIGHT });
  });
}
