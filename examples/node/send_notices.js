// Puts notices into the queue, each about an order to a number: node send_notices.js 1042=13800138000 …
// The address is in SMS_QUEUE_URL, the region in AWS_REGION, and credentials are where AWS SDKs find them.
import { setTimeout as sleep } from "node:timers/promises";
import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";

const MOST = 10; // entries that SQS takes at once
const PAUSES = [0, 1, 3]; // seconds before each try
const sqs = new SQSClient();

// Puts messages that name their keys into the queue; gives those that it did not take.
// What SQS took though its answer was lost is in the queue twice, and sent once: its key stands in it.
async function put(messages) {
  let waiting = messages;
  const refused = [];
  for (const pause of PAUSES) {
    await sleep(waiting.length ? pause * 1000 : 0);
    const tried = waiting;
    waiting = [];
    for (let start = 0; start < tried.length; start += MOST) {
      const page = tried.slice(start, start + MOST);
      const Entries = page.map((each, i) => ({ Id: String(i), MessageBody: JSON.stringify(each) }));
      const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: process.env.SMS_QUEUE_URL, Entries }));
      for (const { Id, SenderFault } of answer.Failed ?? []) (SenderFault ? refused : waiting).push(page[Number(Id)]);
    }
  }
  return [...refused, ...waiting];
}

const notices = process.argv.slice(2).map((argument) => {
  const [order, number] = argument.split("=", 2);
  return {
    phone_numbers: [number],
    template_code: "SMS_200000001",
    template_param: { name: "顾客", order },
    idempotency_key: `order-${order}-sent`, // its id here, so it is told once, whatever is started again
    reference: order,
  };
});
const left = await put(notices);
console.log(`${notices.length - left.length} of ${notices.length} in the queue`);
for (const { reference } of left) console.error(`not taken: order ${reference}`);
process.exitCode = left.length ? 1 : 0;
