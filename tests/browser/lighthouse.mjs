// Lighthouse's accessibility score of pages: reads {folder, chrome, cookie, pages} as JSON from
// stdin, writes {name: {score, failed}} to stdout. `folder` has lighthouse in its node_modules.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const asked = JSON.parse(Buffer.concat(chunks).toString());
const from = createRequire(`${asked.folder}/package.json`);
const load = async (name) => import(pathToFileURL(from.resolve(name)).href);
const { default: lighthouse } = await load("lighthouse");
const { launch } = await load("chrome-launcher");

const chrome = await launch({
  chromePath: asked.chrome,
  chromeFlags: ["--headless=new", "--no-sandbox"],
});
const found = {};
for (const [name, url] of Object.entries(asked.pages)) {
  const { lhr } = await lighthouse(url, {
    port: chrome.port,
    onlyCategories: ["accessibility"],
    extraHeaders: asked.cookie ? { Cookie: asked.cookie } : {},
    logLevel: "error",
    output: "json",
  });
  const audits = lhr.categories.accessibility.auditRefs.map((ref) => lhr.audits[ref.id]);
  found[name] = {
    score: lhr.runtimeError ? null : lhr.categories.accessibility.score,
    failed: audits.filter((audit) => audit.score !== null && audit.score < 1).map((audit) => audit.id),
  };
}
await chrome.kill();
process.stdout.write(JSON.stringify(found));
