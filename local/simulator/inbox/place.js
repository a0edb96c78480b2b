// Which number and which message are chosen: the address says it, so that Back, links and reloads work.

export function place() {
  const said = new URLSearchParams(location.hash.slice(1));
  return { number: said.get("number"), index: said.has("message") ? Number(said.get("message")) : null };
}

export const toNumber = (number) => `#${new URLSearchParams({ number })}`;
export const toMessage = (message) =>
  `#${new URLSearchParams({ number: message.phone_number, message: message.index })}`;

// One step up: from a message to its number, from a number to the list.
export function up() {
  const { number, index } = place();
  if (number !== null) location.hash = index === null ? "" : toNumber(number);
}

export function view() {
  const { number, index } = place();
  return number === null ? "numbers" : index === null ? "phone" : "facts";
}
