// Drives a browser for tests: driver.mjs EXECUTABLE. A line of JSON in is a call, a line out is what it gave.
//   {"id": 1, "visitor": "anna", "open": {...}}: a browser of her own, options as of Playwright's newContext
//   {"id": 2, "visitor": "anna", "on": "page" | "context" | "<selector>", "call": "click", "args": [...]}
//   {"id": 3, "visitor": "anna", "seen": true}: what came over the wire since it was asked last, and what went wrong
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const PATIENCE = 20_000;
const browser = await chromium.launch({ executablePath: process.argv[2], args: ["--disable-gpu"] });
const visitors = new Map();

async function open(options) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const visitor = { context, page, answers: [], errors: [] };
  page.on("response", (response) => visitor.answers.push(answerOf(response)));
  page.on("pageerror", (error) => visitor.errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && visitor.errors.push(message.text()));
  return visitor;
}

async function answerOf(response) {
  const headers = await response.allHeaders();
  return { url: response.url(), method: response.request().method(), status: response.status(), headers };
}

async function done({ visitor: name, open: options, on, call, args = [], seen }) {
  if (options) {
    await visitors.get(name)?.context.close();
    visitors.set(name, await open(options));
    return null;
  }
  const visitor = visitors.get(name);
  if (seen) {
    const answers = await Promise.allSettled(visitor.answers.splice(0));
    const kept = answers.filter((one) => one.status === "fulfilled").map((one) => one.value);
    return { answers: kept, errors: visitor.errors.splice(0) };
  }
  const target = { page: visitor.page, context: visitor.context }[on] ?? visitor.page.locator(on);
  const given = await target[call](...args);
  return typeof given === "object" && given?.constructor?.name === "Response" ? given.status() : given;
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  const answer = await done(asked).then(
    (given) => ({ given: given ?? null }),
    (error) => ({ error: String(error) }),
  );
  let told;
  try {
    told = JSON.stringify({ id: asked.id, ...answer });
  } catch {
    told = JSON.stringify({ id: asked.id, given: null }); // an object of the browser's: nothing to be told
  }
  process.stdout.write(`${told}\n`);
}
await browser.close();
