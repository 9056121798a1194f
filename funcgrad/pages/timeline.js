const scroll = document.getElementById("scroll");
const lanes = document.getElementById("lanes");
const end = Math.max(...data.bars.map((bar) => bar.start + bar.seconds), 1e-6);
const most = 20000; // a second of compilation beside operations of some microseconds
let zoomed = 1;

/** Where a moment is, as a share of the width; the last bars, which have a least width, still fit in. */
const place = (seconds) => `${(99 * seconds) / end}%`;
const axis = made("div", lanes);
axis.className = "axis";

const rows = data.lanes.map((name) => {
  const lane = made("div", lanes);
  lane.className = "lane";
  made("span", lane, name);
  return lane;
});
const bars = data.bars.map((bar, index) => {
  const cut = bar.seconds === 0 || bar.name.startsWith("cut: ");
  const element = made("button", rows[bar.lane]);
  if (!cut) made("span", element, bar.name);
  element.className = `bar ${cut ? "cut" : data.classes[bar.lane]}`;
  element.style.left = place(bar.start);
  if (!cut) element.style.width = place(bar.seconds);
  element.title = bar.name;
  element.setAttribute("aria-label", bar.name);
  element.dataset.index = index;
  element.addEventListener("click", () => select(index));
  return element;
});

function select(index) {
  const links = (i) => (data.bars[i] ? [[data.bars[i].name, () => walk(i)]] : []);
  tell(data.bars[index].name, data.bars[index].facts, { previous: links(index - 1), next: links(index + 1) });
  mark(bars[index]);
}

function walk(index) {
  if (!bars[index]) return;
  select(index);
  bars[index].focus({ preventScroll: true });
  const [a, b] = [bars[index].getBoundingClientRect(), scroll.getBoundingClientRect()];
  if (a.left < b.left || a.left > b.right) scroll.scrollLeft += a.left - b.left - b.width / 2;
}

/** Zooms; the moment at this place of the screen stays there. */
function zoom(factor, clientX) {
  const box = scroll.getBoundingClientRect();
  const x = (clientX ?? box.left + box.width / 2) - box.left;
  const moment = (scroll.scrollLeft + x) / lanes.offsetWidth;
  zoomed = Math.min(Math.max(zoomed * factor, 1), most);
  lanes.style.width = `${100 * zoomed}%`;
  scroll.scrollLeft = moment * lanes.offsetWidth - x;
  ticks();
}

/** Some eight marks on the part of the axis that is in sight. */
function ticks() {
  const shown = (end * scroll.clientWidth) / lanes.offsetWidth / 0.99;
  const first = (end * scroll.scrollLeft) / lanes.offsetWidth / 0.99;
  const power = 10 ** Math.floor(Math.log10(shown / 8));
  const step = power * [1, 2, 5, 10].find((k) => (k * power * 10) >= shown);
  const digits = Math.max(0, -Math.floor(Math.log10(step * 1e3) + 1e-9));
  axis.replaceChildren();
  for (let k = Math.ceil(first / step); k * step <= Math.min(first + shown, end); k += 1) {
    const tick = made("span", axis, `${(k * step * 1e3).toFixed(digits)} ms`);
    tick.className = "tick";
    tick.style.left = place(k * step);
  }
}
scroll.addEventListener("scroll", ticks);
window.addEventListener("resize", ticks);

scroll.addEventListener("wheel", (event) => {
  if (event.shiftKey || event.deltaX) return; // scrolling
  event.preventDefault();
  zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.clientX);
}, { passive: false });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const index = event.target.closest?.(".bar")?.dataset.index;
  if (index !== undefined && event.key.startsWith("Arrow")) {
    event.preventDefault();
    walk(Number(index) + (event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 1));
  } else if (event.key === "+" || event.key === "=") zoom(1.5);
  else if (event.key === "-") zoom(1 / 1.5);
  else if (event.key === "0") zoom(0);
});
document.getElementById("in").addEventListener("click", () => zoom(1.5));
document.getElementById("out").addEventListener("click", () => zoom(1 / 1.5));
document.getElementById("fit").addEventListener("click", () => zoom(0));
ticks();
