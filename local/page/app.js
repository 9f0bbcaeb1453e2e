// The status page. It uses the public API alone (docs/api.md), so it is also an example of a front end.

const WEBSITES = "/api/magento/websites";
const SYNCS = "/api/magento/auto-sync";
const CUSTOMERS = "/api/customers";
const POLL_MS = 2000;

const TEXTS = {
  nl: {
    language: "Taal", websites: "Websites", search: "Zoeken", state: "Toestand", all: "alle", running: "bezig",
    failing: "mislukt", idle: "in orde", off: "uit", website: "Website", progress: "Orders gelezen",
    newCustomers: "Nieuw (24 uur)", quarantine: "Quarantaine", lastSync: "Laatste sync", nextDue: "Volgende sync",
    action: "Actie", none: "Geen websites gevonden.", customers: "Nieuwste klanten", name: "Naam", email: "E-mail",
    bought: "Gekocht", close: "Sluiten", sync: "Sync", stop: "Stop", stopping: "Stopt…", waiting: "wacht",
    nothingNew: "niets nieuws", soon: "zo meteen", never: "nog nooit",
    quarantineOf: "Quarantaine van {domain}", attempt: "Order {id}: {code}, {attempts} keer geprobeerd, opnieuw {when}",
    quarantineHelp: "Deze orders konden niet worden gelezen of opgeslagen. Een sync met de hand probeert ze meteen opnieuw.",
    unreachable: "De API is niet bereikbaar. Draait make run nog?",
  },
  en: {
    language: "Language", websites: "Websites", search: "Search", state: "State", all: "all", running: "running",
    failing: "failing", idle: "in order", off: "off", website: "Website", progress: "Orders read",
    newCustomers: "New (24 hours)", quarantine: "Quarantine", lastSync: "Last sync", nextDue: "Next sync",
    action: "Action", none: "No websites found.", customers: "Newest customers", name: "Name", email: "E-mail",
    bought: "Bought", close: "Close", sync: "Sync", stop: "Stop", stopping: "Stopping…", waiting: "waiting",
    nothingNew: "nothing new", soon: "soon", never: "never",
    quarantineOf: "Quarantine of {domain}", attempt: "Order {id}: {code}, tried {attempts} times, again {when}",
    quarantineHelp: "These orders could not be read or stored. A sync by hand tries them again at once.",
    unreachable: "The API cannot be reached. Does make run still run?",
  },
};

const find = (selector, inside = document) => inside.querySelector(selector);
const rows = new Map(); // by website id, so that a row and its focus stay while its values change
const domains = new Map();
let language = localStorage.getItem("language") ?? (navigator.language.startsWith("nl") ? "nl" : "en");

function text(key, values = {}) {
  return TEXTS[language][key].replace(/{(\w+)}/g, (_, name) => values[name]);
}

// ---------------------------------------------------------------- the API

/** Calls the API. Errors have the sentence to show as their message. */
async function call(method, path, { query = {}, body, headers = {} } = {}) {
  const url = new URL(path, location.origin);
  url.search = new URLSearchParams(Object.entries(query).filter(([, value]) => value)).toString();
  const response = await fetch(url, {
    method,
    headers: { "accept-language": language, ...(body && { "content-type": "application/json" }), ...headers },
    body: body && JSON.stringify(body),
  }).catch(() => { throw new Error(text("unreachable")); });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error?.message ?? answer.message);
  return answer;
}

async function allWebsites() {
  const { q, state } = Object.fromEntries(new FormData(find("#filters")));
  const found = [];
  for (let cursor = ""; cursor !== null; ) {
    const page = await call("GET", WEBSITES, { query: { q, state, sort: "failing", limit: 100, cursor } });
    found.push(...page.websites);
    cursor = page.nextCursor;
  }
  return found;
}

const start = (website) =>
  call("POST", SYNCS, { body: { websiteId: website.websiteId }, headers: { prefer: "respond-async" } });
const stop = (run) => call("DELETE", `${SYNCS}/runs/${encodeURIComponent(run.id)}`);

// ---------------------------------------------------------------- what is shown

function ago(moment) {
  const seconds = (new Date(moment) - Date.now()) / 1000;
  const [unit, size] = [["day", 86400], ["hour", 3600], ["minute", 60]].find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" }).format(Math.round(seconds / size), unit);
}

/** Changes an element only if it differs, so that screen readers and the focus are not disturbed. */
function put(element, values) {
  for (const [name, value] of Object.entries(values)) if (element[name] !== value) element[name] = value;
}

function show(message, bad = false) {
  put(find("#message"), { textContent: message, className: bad ? "bad" : "" });
}

/** Does what a button asks for, and shows the sentence of the API. */
async function act(work) {
  try {
    show((await work()).message ?? "");
  } catch (error) {
    show(error.message, true);
  }
  await refresh();
}

function websiteRow(website) {
  let row = rows.get(website.websiteId);
  if (!row) {
    row = find("#website").content.firstElementChild.cloneNode(true);
    rows.set(website.websiteId, row);
    find(".action", row).onclick = ({ currentTarget: button }) => {
      const { lastRun } = row.website;
      if (button.ariaDisabled !== "true") act(() => (unfinished(row.website) ? stop(lastRun) : start(row.website)));
    };
    find(".link", row).onclick = () => showQuarantine(row.website);
  }
  row.website = website;
  return row;
}

const unfinished = (website) => website.state === "running" && website.lastRun && !website.lastRun.finishedAt;

function fill(row, website) {
  const run = website.lastRun;
  row.dataset.state = website.state;
  const [domain, , , customers, , lastSync, nextDue] = row.cells;
  put(domain, { textContent: website.domain });
  put(find(".state", row), { textContent: text(website.state) });
  put(find(".cure", row), { textContent: website.errorMessage ?? "" });
  put(customers, { textContent: String(website.newCustomers) });
  put(find(".link", row), { textContent: String(website.quarantinedCount), disabled: !website.quarantinedCount });
  put(lastSync, { textContent: website.lastSync ? ago(website.lastSync) : text("never") });
  const due = website.nextDueAt && new Date(website.nextDueAt);
  put(nextDue, { textContent: !due || unfinished(website) ? "–" : due < Date.now() ? text("soon") : ago(due) });
  fillProgress(row, run);
  const stopping = unfinished(website) && run.stopRequestedAt;
  const name = text(stopping ? "stopping" : unfinished(website) ? "stop" : "sync");
  // Not `disabled`: the button would lose the focus.
  const unusable = Boolean(stopping) || website.state === "off" || (website.state === "running" && !run);
  put(find(".action", row), { textContent: name, ariaDisabled: String(unusable), ariaLabel: `${name} ${website.domain}` });
}

function fillProgress(row, run) {
  const bar = find("progress", row);
  const total = run?.expectedOrders ?? null;
  put(bar, { hidden: !run || (Boolean(run.finishedAt) && !total), max: total || 1, ariaLabel: text("progress") });
  if (run && (total || run.finishedAt)) put(bar, { value: total ? run.ordersFetched : 1 });
  else bar.removeAttribute("value"); // the shop has not said how many orders there are
  const counts = total ? `${run.ordersFetched} / ${total}` : run?.ordersFetched || (run?.status === "COMPLETED" ? text("nothingNew") : "");
  put(find(".counts", row), { textContent: run?.status === "QUEUED" ? text("waiting") : String(counts) || "–" });
}

function showWebsites(websites) {
  const body = find("#websites tbody");
  const wanted = websites.map((website) => {
    domains.set(website.websiteId, website.domain);
    const row = websiteRow(website);
    fill(row, website);
    return row;
  });
  if (wanted.length !== body.rows.length || wanted.some((row, index) => row !== body.rows[index])) {
    const focused = document.activeElement;
    body.replaceChildren(...wanted);
    focused?.focus();
  }
  find("#none").hidden = websites.length > 0;
  label();
}

function showCustomers({ customers }) {
  find("#customers tbody").replaceChildren(
    ...customers.map((customer) => {
      const row = document.createElement("tr");
      const bought = customer.purchaseDate ? new Date(customer.purchaseDate).toLocaleString(language) : "–";
      const values = { name: customer.name, email: customer.email, website: domains.get(customer.websiteId) ?? "", bought };
      for (const [key, value] of Object.entries(values)) {
        const cell = row.insertCell();
        cell.dataset.label = key;
        cell.textContent = value;
      }
      return row;
    }),
  );
  label();
}

async function showQuarantine(website) {
  const status = await call("GET", SYNCS, { query: { websiteId: website.websiteId } });
  find("#orders-title").textContent = text("quarantineOf", website);
  find("#orders ul").replaceChildren(
    ...status.quarantinedOrders.map((order) => {
      const item = document.createElement("li");
      const when = order.nextAttemptAt ? ago(order.nextAttemptAt) : text("soon");
      item.textContent = text("attempt", { id: order.orderId, code: order.reasonCode, attempts: order.attempts, when });
      return item;
    }),
  );
  find("#orders").showModal();
}

function label() {
  for (const element of document.querySelectorAll("[data-text]")) put(element, { textContent: text(element.dataset.text) });
  for (const cell of document.querySelectorAll("[data-label]")) cell.dataset.title = text(cell.dataset.label);
}

// ---------------------------------------------------------------- the loop

async function refresh() {
  try {
    showWebsites(await allWebsites());
    showCustomers(await call("GET", CUSTOMERS, { query: { limit: 10 } }));
    if (find("#message").textContent === text("unreachable")) show("");
  } catch (error) {
    show(error.message, true);
  }
}

async function poll() {
  if (!document.hidden) await refresh();
  setTimeout(poll, POLL_MS);
}

function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  find("#language").value = chosen;
  label();
}

find("#language").onchange = (event) => {
  localStorage.setItem("language", event.target.value);
  speak(event.target.value);
  refresh();
};
find("#filters").oninput = refresh;
find("#filters").onsubmit = (event) => event.preventDefault();
speak(language);
poll();
