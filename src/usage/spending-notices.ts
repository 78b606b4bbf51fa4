import { type BudgetState, shareOf } from './budget.ts';
import { type BudgetWebhook, WebhookFailure } from './budget-webhook.ts';
import { webhookText } from './budget-words.ts';
import type { Account } from './spending-account.ts';

/**
 * Tells the webhook of thresholds that day and month budgets have passed: each once in its period, over all
 * processes, which the account holds. Nothing waits for the webhook, and its failure is one sentence.
 */
export class ThresholdNotices {
  readonly #account: Account;
  readonly #webhook: BudgetWebhook | undefined;
  readonly #warnAt: number;
  readonly #claimed = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  #failures: string[] = [];
  #hasFailed = false;

  constructor(account: Account, webhook: BudgetWebhook | undefined, warnAt: number) {
    this.#account = account;
    this.#webhook = webhook;
    this.#warnAt = warnAt;
  }

  tell(state: BudgetState, at: number): void {
    if (!this.#webhook || !state.period) return;
    const passed = [1, this.#warnAt].filter(threshold => shareOf(state) >= threshold);
    // Who passes both at once hears of the higher one only.
    const claimed = passed.filter(threshold => this.#claim(state, threshold, at));
    if (claimed[0] !== undefined && claimed[0] === passed[0]) this.#send(webhookText(state, claimed[0]));
  }

  takeFailures(): string[] {
    const failures = this.#failures;
    this.#failures = [];
    return failures;
  }

  async settle(): Promise<string[]> {
    await Promise.all(this.#running);
    return this.takeFailures();
  }

  #claim({ scope, unit, limit, period }: BudgetState, threshold: number, at: number): boolean {
    const key = [period!.key, scope, unit, threshold].join(' ');
    if (this.#claimed.has(key)) return false;
    this.#claimed.add(key);
    try {
      const claim = { period: period!.key, budget: `${scope}.${unit}`, limit, threshold };
      return this.#account.claim(claim, at);
    } catch {
      // The ledger tells what is wrong with the account; a message more is better than none.
      return true;
    }
  }

  #send(text: string): void {
    const sent = this.#webhook!(text)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.#running.delete(sent));
    this.#running.add(sent);
  }

  #failed(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    // Any other error may hold the address.
    const why = error instanceof WebhookFailure ? error.message : 'it cannot be reached';
    this.#failures.push(`The budget webhook was not told: ${why}. Check budgets.webhook in the config file.`);
  }
}
