const picture = document.getElementById("picture");
const svg = picture.querySelector("svg");
const whole = svg.viewBox.baseVal;
const all = { x: whole.x, y: whole.y, w: Math.max(whole.width, 1), h: Math.max(whole.height, 1) };
const nodes = new Map([...document.querySelectorAll(".node")].map((g) => [g.dataset.index, g]));
let view = { ...all };
svg.removeAttribute("width");
svg.removeAttribute("height");

function show() {
  svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
}

/** Pixels of the screen as units of the picture. */
function scale() {
  return Math.max(view.w / picture.clientWidth, view.h / picture.clientHeight);
}

/** All of it; of a large graph its beginning, at a size that can be read. */
function fit(readable) {
  view = { ...all };
  const most = 1.25;
  if (readable && scale() > most) {
    view = { w: picture.clientWidth * most, h: picture.clientHeight * most, y: all.y };
    view.x = all.x + (all.w - view.w) / 2;
  }
  show();
}

function zoom(factor, clientX, clientY) {
  const box = svg.getBoundingClientRect();
  const k = scale();
  const dx = (clientX ?? box.left + box.width / 2) - (box.left + box.width / 2);
  const dy = (clientY ?? box.top + box.height / 2) - (box.top + box.height / 2);
  const limited = Math.min(Math.max(k * factor, 0.05), 4 * Math.max(all.w / box.width, all.h / box.height, 1)) / k;
  // what lies under the pointer stays there
  const x = view.x + view.w / 2 + dx * k * (1 - limited);
  const y = view.y + view.h / 2 + dy * k * (1 - limited);
  view.w *= limited;
  view.h *= limited;
  view.x = x - view.w / 2;
  view.y = y - view.h / 2;
  show();
}

function centre(g) {
  const box = g.getBBox();
  view.x = box.x + box.width / 2 - view.w / 2;
  view.y = box.y + box.height / 2 - view.h / 2;
  show();
}

function inSight(g) {
  const a = g.getBoundingClientRect();
  const b = picture.getBoundingClientRect();
  return a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
}

function select(index, focus) {
  const g = nodes.get(String(index));
  const { name, facts, inputs, users } = data[index];
  const links = (indices) => indices.map((i) => [data[i].name, () => select(i, true)]);
  tell(name, facts, { from: links(inputs), "used by": links(users) });
  mark(g);
  if (focus) {
    g.focus({ preventScroll: true });
    if (!inSight(g)) centre(g);
  }
}

let moved = false;
let held = null;
picture.addEventListener("pointerdown", (event) => {
  if (event.button === 0) held = [event.clientX, event.clientY];
  moved = false;
});
picture.addEventListener("pointermove", (event) => {
  if (!held || !(event.buttons & 1)) return;
  const [dx, dy] = [event.clientX - held[0], event.clientY - held[1]];
  if (!moved && Math.hypot(dx, dy) < 4) return; // a click with an unsteady hand
  if (!moved) picture.setPointerCapture(event.pointerId);
  moved = true;
  view.x -= dx * scale();
  view.y -= dy * scale();
  held = [event.clientX, event.clientY];
  show();
});
picture.addEventListener("pointerup", () => (held = null));
picture.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.clientX, event.clientY);
}, { passive: false });
picture.addEventListener("click", (event) => {
  const g = event.target.closest(".node");
  if (g && !moved) select(g.dataset.index, false);
});
picture.addEventListener("focusin", (event) => {
  const g = event.target.closest(".node");
  if (g && g.matches(":focus-visible") && !inSight(g)) centre(g);
});

document.addEventListener("keydown", (event) => {
  if (event.target.id === "search" || event.ctrlKey || event.metaKey || event.altKey) return;
  const g = event.target.closest?.(".node");
  if (g) {
    const { inputs, users } = data[g.dataset.index];
    const next = { ArrowUp: inputs[0], ArrowDown: users[0], Enter: g.dataset.index, " ": g.dataset.index }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      select(next, true);
      return;
    }
  }
  if (event.key === "+" || event.key === "=") zoom(1 / 1.25);
  else if (event.key === "-") zoom(1.25);
  else if (event.key === "0") fit(false);
  else if (event.key === "/") {
    event.preventDefault();
    search.focus();
  }
});
document.getElementById("in").addEventListener("click", () => zoom(1 / 1.25));
document.getElementById("out").addEventListener("click", () => zoom(1.25));
document.getElementById("fit").addEventListener("click", () => fit(false));

const search = document.getElementById("search");
const found = document.getElementById("found");
let matches = [];
let at = -1;
search.addEventListener("input", () => {
  const wanted = search.value.trim().toLowerCase();
  at = -1;
  matches = wanted ? [...nodes.keys()].filter((i) => data[i].name.toLowerCase().includes(wanted)) : [];
  for (const [i, g] of nodes) g.classList.toggle("match", matches.includes(i));
  found.textContent = wanted ? `${matches.length} found` : "";
});
search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !matches.length) return;
  at = (at + (event.shiftKey ? matches.length - 1 : 1)) % matches.length;
  if (at < 0) at = matches.length - 1;
  select(matches[at], false);
  centre(nodes.get(matches[at]));
  found.textContent = `${at + 1} of ${matches.length}`;
});

window.addEventListener("resize", show);
fit(true);
