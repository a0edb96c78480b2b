// Sends a one-time code by the HTTP door: node send_code.js 13800138000
// The address is in SMS_API_URL, the region in AWS_REGION, and credentials are where AWS SDKs find them.
import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Sha256 } from "@aws-crypto/sha256-js";
import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
import { SignatureV4 } from "@smithy/signature-v4";

const TIMEOUT = Number(process.env.TIMEOUT ?? 35); // seconds; API Gateway gives up after 30
const PAUSES = [1, 3, null]; // seconds after each try, where the door names no time
const LONGEST_WAIT = 30; // seconds; a limit of the day can name hours
const AGAIN = [0, 409, 429, 500, 503, 504]; // 0: no answer came
const OUTCOMES = { 200: "accepted", 202: "pending", 409: "pending", 429: "later", 502: "operator", 503: "later" };

const url = new URL(`${process.env.SMS_API_URL}/v1/messages`);
const signer = new SignatureV4({
  service: "execute-api",
  region: process.env.AWS_REGION,
  credentials: fromNodeProviderChain(),
  sha256: Sha256,
});

// Sends a message that names its key, again where that helps; gives its outcome, the last status and its answer.
async function send(message) {
  const body = JSON.stringify(message);
  let last;
  let lost = false;
  for (const pause of PAUSES) {
    last = await post(body);
    const { status, answer, wait } = last;
    const known = status === 200 || status === 202 || "result" in answer; // otherwise API Gateway's, or none
    lost = !known && (lost || status === 0 || status >= 500);
    if (!AGAIN.includes(status) || pause === null || wait > LONGEST_WAIT) break;
    await sleep((wait || pause) * 1000);
  }
  return { ...last, outcome: lost ? "unknown" : (OUTCOMES[last.status] ?? "refused") };
}

// Makes one try, signed anew; gives the status, the answer, and the seconds to wait before another.
async function post(body) {
  const { protocol, hostname, port, host, pathname: path } = url;
  const unsigned = { host, "content-type": "application/json" };
  const { headers } = await signer.sign({ method: "POST", protocol, hostname, port, path, headers: unsigned, body });
  delete headers.host; // fetch sets it
  const signal = AbortSignal.timeout(TIMEOUT * 1000);
  try {
    const answered = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
    const text = await answered.text();
    const isJson = answered.headers.get("content-type")?.includes("json");
    const wait = Number(answered.headers.get("retry-after") ?? 0);
    return { status: answered.status, answer: isJson ? JSON.parse(text) : {}, wait };
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    return { status: 0, answer: {}, wait: 0 };
  }
}

const number = process.argv[2];
const { outcome, status, answer } = await send({
  phone_numbers: [number],
  template_code: "SMS_154950909",
  template_param: { code: String(randomInt(10 ** 6)).padStart(6, "0") },
  idempotency_key: `sign-in-${randomUUID()}`, // a new code is a new key; keep it with the code
  expires_at: new Date(Date.now() + 5 * 60 * 1000).toISOString(),
  urgent: true,
});
const faults = (answer.errors ?? []).map(({ field, reason }) => `${field} ${reason}`);
const { code } = answer.result ?? answer;
const masked = number.length > 10 ? `${number.slice(0, 3)}****${number.slice(-4)}` : "****";
console.log(`${masked}: ${outcome} (${status || "no answer"})`, code ?? "", ...faults);
process.exitCode = outcome === "accepted" || outcome === "pending" ? 0 : 1;
