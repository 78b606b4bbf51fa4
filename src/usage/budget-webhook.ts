const TIMEOUT_MS = 5_000;

/** Tells people elsewhere. Rejects with a WebhookFailure; its message never holds the address. */
export type BudgetWebhook = (text: string) => Promise<void>;

/** The address is a credential, so nothing that the HTTP client said about it is passed on. */
export class WebhookFailure extends Error {}

/** Posts `{"text": …}`, which Slack, Mattermost and Rocket.Chat understand, to `url`. Gives up after `timeoutMs`. */
export function createBudgetWebhook(
  url: string,
  fetch: typeof globalThis.fetch,
  timeoutMs = TIMEOUT_MS,
): BudgetWebhook {
  return async text => {
    const status = await post(url, text, fetch, timeoutMs);
    if (status < 200 || status > 299) throw new WebhookFailure(`it answered with HTTP status ${status}`);
  };
}

async function post(
  url: string,
  text: string,
  fetch: typeof globalThis.fetch,
  timeoutMs: number,
): Promise<number> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
      // Followed, a redirect would send the message to an address that nobody configured.
      redirect: 'manual',
      signal,
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    throw new WebhookFailure(
      signal.aborted ? `it did not answer within ${timeoutMs / 1000} s` : 'it cannot be reached',
    );
  }
}
