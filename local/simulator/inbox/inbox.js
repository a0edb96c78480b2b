// The inbox: what comes over the stream is put into the parts of the page.

import * as controls from "./controls.js";
import { find, say } from "./element.js";
import * as facts from "./facts.js";
import { Messages } from "./messages.js";
import * as numbers from "./numbers.js";
import * as phone from "./phone.js";
import { place, up, view } from "./place.js";
import { Stream } from "./stream.js";

const messages = new Messages();
let planned = false;

function render() {
  planned = false;
  const query = find("search").value;
  document.body.dataset.view = view();
  document.title = messages.all.length ? `(${messages.all.length}) SMS inbox` : "SMS inbox";
  for (const part of [numbers, phone, facts]) part.render(messages, query);
}

// Once for each picture that the browser draws, however much arrives before it.
function renderSoon() {
  if (!planned) requestAnimationFrame(render);
  planned = true;
}

const told = {
  reset() {
    messages.clear();
    say(find("last-request"), "");
    renderSoon();
  },
  messages(arrived) {
    messages.add(arrived);
    const [one] = arrived;
    say(find("arrived"), arrived.length === 1 ? `To ${one.phone_number}: ${one.content}` : `${arrived.length} messages`);
    renderSoon();
  },
  controls: controls.render,
  request(entry) {
    const answered = entry.http_status === null ? "no answer" : `HTTP ${entry.http_status}, ${entry.code}`;
    const fault = entry.fault ? `, with the fault ${entry.fault}` : "";
    say(find("last-request"), `Last request: ${entry.action}, ${answered}${fault}`);
  },
};

function connected(live) {
  say(find("connection"), live ? "live" : "the simulator does not answer, trying again");
  find("connection").classList.toggle("live", live);
}

// In a narrow window the part that had the focus may be out of sight.
function moved() {
  const { number } = place();
  render();
  if (document.activeElement.checkVisibility() && document.activeElement !== document.body) return;
  const chosen = document.querySelector("[aria-current]");
  const target = view() === "numbers" || !chosen?.checkVisibility() ? find(`${view()}-title`) : chosen;
  (number === null ? (find("numbers-list").querySelector("a") ?? target) : target).focus();
}

function pressed(event) {
  if (find("ask").open || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = document.activeElement.matches("input, select");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    find("search").focus();
  } else if (event.key === "Escape" && find("search").value) {
    find("search").value = "";
    find("search").dispatchEvent(new Event("input"));
  } else if (event.key === "Escape") {
    up();
  }
}

find("search").addEventListener("input", () => {
  numbers.fromTheTop();
  renderSoon();
});
addEventListener("hashchange", moved);
addEventListener("keydown", pressed);
for (const part of [numbers, phone]) part.setUp(render);
controls.setUp();
render();
new Stream(told, connected);
