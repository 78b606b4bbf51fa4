import type { SpendAccount, SpendEntry } from '../sessions/index.ts';
import { cleanText, oneLine } from '../shared/text.ts';
import { type BudgetState, type Budgets, budgetStates, dayKey, lastDays, usedOf } from '../usage/index.ts';

/** Of a model's name. */
const NAME_CHARACTERS = 200;

export type Group = 'day' | 'model' | 'mode';

/** Sums of some answers. */
export interface Sum {
  turns: number;
  /** Neither read from nor written to a cache. */
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  /** All of the above but the turns. */
  tokens: number;
  /** True as soon as a part of it was counted by kv instead of the provider. */
  estimated: boolean;
  /** US dollars of the answers with a known price. */
  costUsd: number;
  /** True where a part of them follows from tokens that kv counted. */
  costEstimated: boolean;
  /** Answers without one. */
  unpriced: number;
}

export interface NamedSum extends Sum {
  name: string;
}

export interface UsageFigures {
  /** First and last local calendar day. */
  from: string;
  to: string;
  /** Every day, oldest first, those without use included. */
  days: NamedSum[];
  /** Most expensive first, then most tokens. */
  models: NamedSum[];
  modes: NamedSum[];
  total: Sum;
  /** Models whose price was unknown. */
  unpricedModels: string[];
  /** Budgets of today and of this month. */
  budgets: BudgetState[];
}

/** What the account holds of the last `days` days, and how the budgets stand at `now` (Unix milliseconds). */
export function usageFigures(
  account: SpendAccount,
  budgets: Budgets,
  { days, now }: { days: number; now: number },
): UsageFigures {
  const periods = lastDays(days, now);
  const entries = account.entries(periods[0]!.from, periods.at(-1)!.to).map(named);
  const byDay = new Map(grouped(entries, entry => dayKey(entry.at)).map(sum => [sum.name, sum]));
  const unpriced = entries.filter(entry => entry.costUsd === null);
  return {
    from: periods[0]!.key,
    to: periods.at(-1)!.key,
    days: periods.map(({ key }) => byDay.get(key) ?? { name: key, ...sumOf([]) }),
    models: ranked(grouped(entries, entry => entry.model)),
    modes: ranked(grouped(entries, entry => entry.mode)),
    total: sumOf(entries),
    unpricedModels: [...new Set(unpriced.map(entry => entry.model))],
    budgets: [{ perDay: budgets.perDay }, { perMonth: budgets.perMonth }].flatMap(one =>
      budgetStates(one, (_scope, period) => usedOf(account.totals(period!.from, period!.to)), now),
    ),
  };
}

/** A model may be called anything: a recording, a config file or another server named it. */
function named(entry: SpendEntry): SpendEntry {
  return { ...entry, model: oneLine(cleanText(entry.model), NAME_CHARACTERS) };
}

/** The sum of sums. */
function addUp(sums: readonly Sum[]): Sum {
  const total = {
    turns: 0,
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
    tokens: 0,
    costUsd: 0,
    unpriced: 0,
  };
  for (const sum of sums) {
    for (const key of Object.keys(total) as Array<keyof typeof total>) total[key] += sum[key];
  }
  return {
    ...total,
    costUsd: Math.round(total.costUsd * 1e9) / 1e9,
    estimated: sums.some(sum => sum.estimated),
    costEstimated: sums.some(sum => sum.costEstimated),
  };
}

function grouped(entries: readonly SpendEntry[], nameOf: (entry: SpendEntry) => string): NamedSum[] {
  const groups = Map.groupBy(entries, nameOf);
  return [...groups].map(([name, members]) => ({ name, ...sumOf(members) }));
}

function ranked(sums: NamedSum[]): NamedSum[] {
  return sums.sort((a, b) => b.costUsd - a.costUsd || b.tokens - a.tokens || a.name.localeCompare(b.name));
}

function sumOf(entries: readonly SpendEntry[]): Sum {
  return addUp(
    entries.map(({ input, output, cacheRead, cacheWrite, estimated, costUsd }) => ({
      turns: 1,
      input,
      output,
      cacheRead,
      cacheWrite,
      tokens: input + output + cacheRead + cacheWrite,
      estimated,
      costUsd: costUsd ?? 0,
      costEstimated: estimated && Boolean(costUsd),
      unpriced: costUsd === null ? 1 : 0,
    })),
  );
}
