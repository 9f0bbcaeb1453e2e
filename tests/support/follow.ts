// What test_client.py runs: prints what an app sees, as JSON. Arguments: the API's address and a website's id.
import { MagentoSync, MagentoSyncError, type Run } from "./magento-sync.js";

const [url = "", websiteId = ""] = process.argv.slice(2);
let failures = 1;
const sync = new MagentoSync({
  url,
  language: "en",
  interval: 20,
  fetch: (address, init) => {
    if (address.includes("/runs/") && failures-- > 0) throw new TypeError("fetch failed"); // as a network that fails once
    return fetch(address, init);
  },
});

async function seen(run: Run): Promise<Run[]> {
  const all: Run[] = [];
  for await (const now of sync.follow(run.id)) all.push(now);
  return all;
}

async function refused(call: Promise<unknown>) {
  return call.then(() => null, (error: unknown) => error instanceof MagentoSyncError && [error.status, error.code, error.message]);
}

const first = await sync.startSync(websiteId);
const again = await sync.startSync(websiteId);
const progress = await seen(first);
const next = await sync.startSync(websiteId);
const stopped = await sync.stop(next.id);
const last = (await seen(stopped)).at(-1);
const page = await sync.customers({ websiteId, limit: 1, q: "a b&c" });
const overview = await sync.overview({ q: "mokken", sort: "failing" });
const status = await sync.status(websiteId);
console.log(
  JSON.stringify({
    sameRun: first.id === again.id,
    counts: progress.map((run) => run.ordersFetched),
    end: progress.at(-1),
    stopped: last?.status,
    over: (await sync.stop(first.id)).id === first.id,
    listed: overview.websites.map((website) => [website.domain, website.lastRun?.id === next.id]),
    found: page.customers.length,
    lastRun: status.lastRun?.id === next.id,
    unknown: await refused(sync.startSync("cm0nosuchwebsite000000000")),
    gone: await refused(seen({ ...first, id: "nosuchrun" })),
  }),
);
