// Elements and lists of them. Values become text nodes and attributes, never HTML.

export const find = (id) => document.getElementById(id);

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

// An element's text is set only where it differs: a screen reader reads out what is set.
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

// The one of a list that is chosen.
export function mark(link, chosen) {
  if (chosen) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

// Make a list show these items in this order. What is there stays, so that focus and place do not get lost.
export function show(list, items, key, make, update) {
  const focused = document.activeElement;
  const there = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const wanted = new Set(items.map((item) => String(key(item))));
  for (const [held, child] of there) if (!wanted.has(held)) child.remove();
  items.forEach((item, place) => {
    const name = String(key(item));
    const child = there.get(name) ?? make(item);
    child.dataset.key = name;
    update(child, item);
    if (list.children[place] !== child) list.insertBefore(child, list.children[place] ?? null);
  });
  if (focused !== document.activeElement && list.contains(focused)) focused.focus({ preventScroll: true });
}

// Arrow keys, Home and End go through the links of a list; Tab goes on from there.
export function walkWithArrows(list) {
  list.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    const places = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 };
    if (!(event.key in places) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    links[Math.max(0, Math.min(places[event.key], links.length - 1))]?.focus();
  });
}

export function timeOf(message) {
  const at = new Date(message.accepted_at);
  const today = at.toDateString() === new Date().toDateString();
  const text = today ? at.toLocaleTimeString() : at.toLocaleString();
  return element("time", { datetime: message.accepted_at, title: message.accepted_at }, text);
}
