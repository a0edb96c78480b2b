// Posts a body with Node's fetch, signed by AWS Signature Version 4, and prints the answer: node post.mjs '{"url": …}'
import { createHash, createHmac } from "node:crypto";

const { url, region, key, secret, body } = JSON.parse(process.argv[2]);
const { pathname, host } = new URL(url);
const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
const scope = `${time.slice(0, 8)}/${region}/execute-api/aws4_request`;
const hash = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (secretKey, text) => createHmac("sha256", secretKey).update(text).digest();

const headers = { "content-type": "application/json", host, "x-amz-date": time };
const signedHeaders = Object.keys(headers).join(";");
const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
const canonicalRequest = ["POST", pathname, "", lines.join(""), signedHeaders, hash(body)].join("\n");
const signingKey = scope.split("/").reduce(hmac, `AWS4${secret}`);
const signature = hmac(signingKey, ["AWS4-HMAC-SHA256", time, scope, hash(canonicalRequest)].join("\n")).toString("hex");

const authorization = `AWS4-HMAC-SHA256 Credential=${key}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
const answer = await fetch(url, { method: "POST", headers: { ...headers, authorization }, body });
console.log(await answer.text());
