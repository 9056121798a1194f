"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const panel = document.getElementById("panel");

function made(tag, parent, text) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text; // never as HTML: names are the user's
  parent.append(element);
  return element;
}

/** Says in the panel what is known. Each link is [label, what a click does]. */
function tell(name, facts, links) {
  panel.replaceChildren();
  made("h2", panel, name);
  const list = made("dl", panel);
  for (const [key, value] of Object.entries(facts)) {
    made("dt", list, key);
    const said = made("dd", list);
    for (const line of [].concat(value)) made("div", said, line);
  }
  for (const [key, targets] of Object.entries(links)) {
    if (!targets.length) continue;
    made("dt", list, key);
    const said = made("dd", list);
    for (const [label, go] of targets) made("button", said, label).addEventListener("click", go);
  }
}

function mark(element) {
  for (const other of document.querySelectorAll(".selected")) other.classList.remove("selected");
  element?.classList.add("selected");
}
