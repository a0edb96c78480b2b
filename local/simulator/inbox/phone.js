// The chosen number as a phone: its messages as they were rendered, the newest at the bottom.

import { element, find, mark, say, show, timeOf, walkWithArrows } from "./element.js";
import { place, toMessage } from "./place.js";

const PAGE = 100;
const NEAR = 80; // pixels from the end: who is there is shown what comes
let shown = PAGE;
let before = { number: null, length: 0 };

export function setUp(render) {
  walkWithArrows(find("messages-list"));
  find("more-messages").addEventListener("click", () => {
    const screen = find("screen");
    const fromTheEnd = screen.scrollHeight - screen.scrollTop;
    shown += PAGE;
    render();
    screen.scrollTop = screen.scrollHeight - fromTheEnd;
  });
}

export function render(messages, query) {
  const { number } = place();
  const theirs = messages.find(query).get(number) ?? [];
  if (number !== before.number) shown = PAGE;
  say(find("phone-title"), number ?? "No number chosen");
  say(find("hint"), hint(number, theirs, messages, query));
  find("hint").hidden = theirs.length > 0;
  find("more-messages").hidden = theirs.length <= shown;
  followed(number, theirs, () => show(find("messages-list"), theirs.slice(-shown), (each) => each.index, made, updating(theirs)));
}

function hint(number, theirs, messages, query) {
  if (theirs.length > 0) return "";
  if (messages.all.length === 0) return "What is sent through this simulator appears here at once. It reaches no phone.";
  if (number === null) return "Choose a number to see its messages.";
  return query.trim() ? "None of its messages has what is searched for." : "Nothing has arrived at this number.";
}

// Stay at the end where the end was in sight, or where another number was chosen.
function followed(number, theirs, draw) {
  const screen = find("screen");
  const atTheEnd = screen.scrollHeight - screen.scrollTop - screen.clientHeight < NEAR;
  draw();
  if (number !== before.number || (atTheEnd && theirs.length !== before.length)) screen.scrollTop = screen.scrollHeight;
  before = { number, length: theirs.length };
}

function made(message) {
  const text = element("span", { class: "text", lang: "zh-CN" }, message.content);
  return element("li", {}, element("a", { href: toMessage(message) }, text, timeOf(message)));
}

// Where none is chosen, the facts beside the phone are those of the newest.
function updating(theirs) {
  const chosen = place().index ?? theirs.at(-1)?.index;
  return (item, message) => mark(item.firstChild, message.index === chosen);
}
