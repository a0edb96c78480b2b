// What a message was sent with, beside it.

import { element, find, say } from "./element.js";
import { place, toNumber } from "./place.js";

let told = null;

export function render(messages, query) {
  const { number, index } = place();
  const message = index === null ? messages.find(query).get(number)?.at(-1) : messages.all[index];
  find("back-to-phone").href = number === null ? "#" : toNumber(number);
  find("no-facts").hidden = message !== undefined;
  find("all-facts").hidden = message === undefined;
  if (message === told) return;
  told = message;
  if (message) tell(message);
}

async function tell(message) {
  find("facts-list").replaceChildren(...facts(message));
  say(find("request"), "");
  say(find("answer"), "");
  const response = await fetch(`/_simulator/requests/${encodeURIComponent(message.request_id)}`).catch(() => null);
  const exchange = response?.ok ? await response.json() : null;
  if (message === told) tellExchange(exchange);
}

function tellExchange(exchange) {
  say(find("request"), exchange?.request ?? "The simulator does not have it any more.");
  const fault = exchange?.fault ? `, with the fault ${exchange.fault}` : "";
  say(find("answer-title"), exchange ? `Answer, HTTP ${exchange.http_status}${fault}` : "Answer");
  say(find("answer"), pretty(exchange?.answer ?? ""));
}

function pretty(answer) {
  try {
    return JSON.stringify(JSON.parse(answer), null, 2);
  } catch {
    return answer;
  }
}

function facts(message) {
  const values = Object.entries(message.template_param).map(([name, value]) => [`\${${name}}`, value]);
  const rows = [
    ["Number", message.phone_number],
    ["Signature", message.sign_name],
    ["Template", message.template_code],
    ...values,
    ["Billing units", message.billing_units ?? "not counted abroad"],
    ["BizId", message.biz_id],
    ["OutId", message.out_id ?? "none"],
    ["Extension", message.sms_up_extend_code],
    ["RequestId", message.request_id],
    ["Call", `${message.action}, signature version ${message.signature_version}, by ${message.access_key_id}`],
    ["Accepted at", message.accepted_at],
  ];
  const there = rows.filter(([, value]) => value !== null);
  return there.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, String(value))));
}
