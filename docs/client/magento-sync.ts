/**
 * A client of magento-sync's API. Copy this file into the app, with `magento-sync-api.ts` beside it, which
 * `npm ci && npm run types` makes of the OpenAPI document (docs/api.md).
 */
import type { components, paths } from "./magento-sync-api";

type Schemas = components["schemas"];
export type Run = Schemas["RunView"];
export type Status = Schemas["WebsiteStatus"];
export type CustomerPage = Schemas["CustomerPage"];
export type CustomerQuery = NonNullable<paths["/api/customers"]["get"]["parameters"]["query"]>;
export type WebsitePage = Schemas["WebsitePage"];
export type WebsiteQuery = NonNullable<paths["/api/magento/websites"]["get"]["parameters"]["query"]>;
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Options {
  /** The output `ApiUrl`, without a slash at its end. */
  url: string;
  /** Sends a request with its authentication: it signs the request, or adds a token. */
  fetch?: Fetch;
  /** The language of the sentences to show. */
  language?: "nl" | "en";
  /** Milliseconds between two looks at a run. */
  interval?: number;
}

/** The API refused a call. `message` is a sentence to show; decide by `code`, which is `GATEWAY` for API Gateway's own. */
export class MagentoSyncError extends Error {
  override name = "MagentoSyncError";

  constructor(
    message: string,
    readonly status: number,
    readonly code: Schemas["ErrorView"]["code"] | "GATEWAY",
    /** Operators find the request by it. */
    readonly requestId: string | null,
    /** The run that is in the way, if there is one. */
    readonly run?: Run,
  ) {
    super(message);
  }
}

export class MagentoSync {
  readonly #options: Required<Options>;

  constructor(options: Options) {
    this.#options = { fetch: (url, init) => fetch(url, init), language: "nl", interval: 2000, ...options };
  }

  /** Starts a sync and returns its run, or the run that is under way already. It may be repeated after an error. */
  async startSync(websiteId: string): Promise<Run> {
    return this.#runOf("POST", "/api/magento/auto-sync", "ALREADY_RUNNING", { websiteId });
  }

  /** Yields the run at once and whenever it has changed, until it has ended; the last one has the result. */
  async *follow(runId: string, signal?: AbortSignal): AsyncGenerator<Run> {
    let before = "";
    for (;;) {
      const run = await this.#look(runId);
      const now = JSON.stringify(run);
      if (run && now !== before) {
        before = now;
        yield run;
      }
      if (run?.finishedAt) return;
      await new Promise((resolve) => setTimeout(resolve, this.#options.interval));
      signal?.throwIfAborted();
    }
  }

  /** Stops a run after its current page and returns it; a run that had ended by itself is returned as it is. */
  async stop(runId: string): Promise<Run> {
    return this.#runOf("DELETE", `/api/magento/auto-sync/runs/${encodeURIComponent(runId)}`, "RUN_OVER");
  }

  /** Returns a website's status, with its newest run. */
  async status(websiteId: string): Promise<Status> {
    return this.#call("GET", "/api/magento/auto-sync", { query: { websiteId } });
  }

  /** Returns a page of websites, each with its state and newest run. For the next page, add `cursor`: its `nextCursor`. */
  async overview(query: WebsiteQuery = {}): Promise<WebsitePage> {
    return this.#call("GET", "/api/magento/websites", { query });
  }

  /** Returns a page of customers, newest first. For the next page, add `cursor`: the page's `nextCursor`. */
  async customers(query: CustomerQuery): Promise<CustomerPage> {
    return this.#call("GET", "/api/customers", { query });
  }

  async #runOf(method: string, path: string, expected: string, body?: object): Promise<Run> {
    try {
      return (await this.#call<Schemas["RunInProgress"]>(method, path, { body })).run;
    } catch (error) {
      if (error instanceof MagentoSyncError && error.code === expected && error.run) return error.run;
      throw error;
    }
  }

  /** Returns the run, or nothing where a later look can succeed. */
  async #look(runId: string): Promise<Run | undefined> {
    try {
      return await this.#call<Run>("GET", `/api/magento/auto-sync/runs/${encodeURIComponent(runId)}`);
    } catch (error) {
      // fetch throws a TypeError where the network fails.
      const passes = error instanceof MagentoSyncError ? error.status >= 500 || error.status === 429 : error instanceof TypeError;
      if (passes) return undefined;
      throw error;
    }
  }

  async #call<Answer>(method: string, path: string, { query = {}, body }: { query?: object; body?: object } = {}): Promise<Answer> {
    const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
    const search = pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join("&");
    const response = await this.#options.fetch(`${this.#options.url}${path}${search && `?${search}`}`, {
      method,
      headers: {
        "accept-language": this.#options.language,
        ...(body && { "content-type": "application/json", prefer: "respond-async" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer as Answer;
    const { error, message, run } = answer as Partial<Schemas["RunConflict"] & Schemas["GatewayMessage"]>;
    throw new MagentoSyncError(
      error?.message ?? message ?? `HTTP ${response.status}`,
      response.status,
      error?.code ?? "GATEWAY",
      error?.requestId ?? response.headers.get("apigw-requestid"),
      run,
    );
  }
}
