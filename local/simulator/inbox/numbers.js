// The list of numbers, the newest first.

import { element, find, mark, say, show, timeOf, walkWithArrows } from "./element.js";
import { place, toNumber } from "./place.js";

const PAGE = 100;
let shown = PAGE;

export function setUp(render) {
  walkWithArrows(find("numbers-list"));
  find("more-numbers").addEventListener("click", () => {
    shown += PAGE;
    render();
  });
}

export const fromTheTop = () => (shown = PAGE);

export function render(messages, query) {
  const found = messages.find(query);
  const numbers = [...found].reverse();
  const count = numbers.reduce((sum, [, theirs]) => sum + theirs.length, 0);
  say(find("count"), told(numbers.length, count, query.trim() ? messages.all.length : null));
  show(find("numbers-list"), numbers.slice(0, shown), ([number]) => number, made, update);
  find("more-numbers").hidden = numbers.length <= shown;
}

function told(numbers, count, all) {
  if (all === 0 || (all === null && count === 0)) return "Nothing has arrived yet";
  const messages = count === 1 ? "1 message" : `${count.toLocaleString("en")} messages`;
  const to = numbers === 1 ? "1 number" : `${numbers.toLocaleString("en")} numbers`;
  return `${messages} to ${to}${all === null ? "" : `, of ${all.toLocaleString("en")}`}`;
}

function made([number]) {
  const link = element("a", { href: toNumber(number) });
  return element("li", {}, link);
}

function update(item, [number, messages]) {
  const link = item.firstChild;
  const last = messages.at(-1);
  mark(link, number === place().number);
  const version = `${messages.length} ${last.index}`;
  if (link.dataset.version === version) return;
  link.dataset.version = version;
  const count = element("span", { class: "count" }, String(messages.length));
  count.append(element("span", { class: "unseen" }, messages.length === 1 ? " message," : " messages,"));
  const text = element("span", { class: "last", lang: "zh-CN" }, last.content);
  link.replaceChildren(element("strong", {}, number), count, timeOf(last), text);
}
