import type { KvConfig } from '../config/schema.ts';
import { proxyFetch } from '../llm/proxy.ts';
import {
  type Account,
  type AccountedSpending,
  type Budgets,
  createBudgetWebhook,
  createSpending,
  withOwnPrices,
} from '../usage/index.ts';
import type { SessionOptions } from './options.ts';

/** The spending of one session, by flags and config file, held against `account`. */
export function openSpending(
  account: Account,
  config: KvConfig,
  options: SessionOptions,
  env: NodeJS.ProcessEnv,
): AccountedSpending {
  const { warnAt, webhook } = config.budgets ?? {};
  return createSpending({
    budgets: budgetsOf(config, options),
    warnAt,
    prices: withOwnPrices(config.prices),
    account,
    webhook: webhook === undefined ? undefined : createBudgetWebhook(webhook, proxyFetch(env) ?? fetch),
    now: Date.now,
  });
}

/** What is said at the start where the account is in memory; undefined where no budget suffers from it. */
export function unsavedBudgetNote({ budgets }: KvConfig): string | undefined {
  if (!budgets?.perDay && !budgets?.perMonth) return undefined;
  return 'Budgets per day and month count only this session until the history can be written again.';
}

function budgetsOf({ budgets }: KvConfig, options: SessionOptions): Budgets {
  const { budgetUsd, budgetTokens } = options;
  return {
    perInvestigation: {
      tokens: budgetTokens ?? budgets?.perInvestigation?.tokens,
      usd: budgetUsd ?? budgets?.perInvestigation?.usd,
    },
    perDay: budgets?.perDay,
    perMonth: budgets?.perMonth,
  };
}
