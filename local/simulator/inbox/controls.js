// The controls: fail the next send, limits on and off, clear.

import { element, find, say } from "./element.js";

// Each fault as it reads on the page, and its fields with what they are at first.
const FAULTS = {
  throttled: ["throttled, nothing arrives", { retry_after: 1000 }],
  answer: ["refused with a code", { code: "isv.BUSINESS_LIMIT_CONTROL" }],
  hang: ["no answer, yet it arrives", { seconds: 30 }],
  hang_before: ["no answer, nothing arrives", { seconds: 30 }],
  reset_after: ["connection reset, yet it arrives", {}],
  reset_before: ["connection reset, nothing arrives", {}],
  internal_error: ["HTTP 500", { processed: false }],
  unavailable: ["HTTP 503", { processed: false }],
  bad_gateway: ["HTTP 502", { processed: false }],
  truncated: ["half of the answer", {}],
  garbage: ["an answer that is no JSON", { processed: true }],
  refuse: ["answered, then nobody listens", { seconds: 5 }],
};
const FIELDS = { seconds: "seconds", retry_after: "retry after, in ms", code: "code", processed: "it arrives all the same" };
let faults = { plan: [], random: {} };

export function setUp() {
  find("kind").append(...Object.entries(FAULTS).map(([kind, [text]]) => element("option", { value: kind }, text)));
  find("kind").addEventListener("change", showFields);
  find("fault").addEventListener("submit", plan);
  find("unplan").addEventListener("click", () => put("faults", { random: faults.random }));
  find("limits").addEventListener("change", (event) => put("options", { limits: event.target.checked }));
  find("clear").addEventListener("click", () => find("ask").showModal());
  find("ask").addEventListener("close", clear);
  showFields();
}

export function render(told) {
  faults = told.faults;
  const [next] = faults.plan;
  const text = next ? `The next send fails: ${FAULTS[next.fault][0]}` : "The next send is answered as usual";
  const limits = told.options.limits ? "limits per number on" : "limits per number off";
  say(find("planned"), `${text}; ${limits}`);
  find("controls").classList.toggle("planned", Boolean(next));
  find("unplan").hidden = faults.plan.length === 0;
  find("limits").checked = told.options.limits;
}

function showFields() {
  const [, fields] = FAULTS[find("kind").value];
  find("fields").replaceChildren(...Object.entries(fields).map(([name, first]) => field(name, first)));
}

function field(name, first) {
  const types = { number: "number", boolean: "checkbox", string: "text" };
  const input = element("input", { name, type: types[typeof first], required: "", value: String(first) });
  if (typeof first === "number") input.min = name === "retry_after" ? "1" : "0";
  if (typeof first !== "boolean") return element("label", {}, `${FIELDS[name]} `, input);
  input.removeAttribute("required");
  input.checked = first;
  return element("label", {}, input, ` ${FIELDS[name]}`);
}

function plan(event) {
  event.preventDefault();
  const fault = { fault: find("kind").value, only_sends: true };
  for (const input of find("fields").querySelectorAll("input")) fault[input.name] = valueOf(input);
  put("faults", { plan: [fault], random: faults.random });
}

function valueOf(input) {
  if (input.type === "checkbox") return input.checked;
  return input.type === "number" ? input.valueAsNumber : input.value;
}

function clear() {
  if (find("ask").returnValue === "clear") tell("DELETE", "messages");
  find("ask").returnValue = "";
}

const put = (path, content) => tell("PUT", path, JSON.stringify(content));

async function tell(method, path, body) {
  const response = await fetch(`/_simulator/${path}`, { method, body }).catch(() => null);
  const { error } = response?.ok ? { error: "" } : ((await response?.json().catch(() => null)) ?? {});
  say(find("mistake"), error ?? "The simulator does not answer");
}
