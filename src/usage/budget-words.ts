import { type BudgetState, type BudgetUnit, shareOf } from './budget.ts';
import { dayKey } from './budget-period.ts';

const NAMES = {
  perInvestigation: 'budget of this investigation',
  perDay: 'daily budget',
  perMonth: 'monthly budget',
} as const;

const FLAGS = { usd: '--budget-usd', tokens: '--budget-tokens' } as const;

/** `84 % of the daily budget is used: $4.20 of $5.00.` */
export function warningText(state: BudgetState): string {
  return `${percent(state)} of the ${NAMES[state.scope]} is used: ${amounts(state)}.`;
}

/** `The daily budget is used up: $5.12 of $5.00; it renews on 2026-11-22 at 00:00.` */
export function exceededText(state: BudgetState): string {
  const renews = state.period ? `; it renews on ${localTime(state.period.to)}` : '';
  return `The ${NAMES[state.scope]} is used up: ${amounts(state)}${renews}.`;
}

/** What to do about an exhausted budget. */
export function raiseHint(state: BudgetState): string {
  const setting = `budgets.${state.scope}.${state.unit}`;
  const how = state.scope === 'perInvestigation' ? `${FLAGS[state.unit]} or ${setting}` : setting;
  const free = state.unit === 'usd' ? ', or ask a local model' : '';
  return `Raise ${how} in the config file${free}; \`kv usage\` shows what was spent.`;
}

/** What a webhook tells people who do not see the terminal. */
export function webhookText(state: BudgetState, threshold: number): string {
  const used = `${amounts(state)} in ${state.period?.key}`;
  if (threshold >= 1) return `kv: the ${NAMES[state.scope]} is used up: ${used}.`;
  return `kv: ${percent(state)} of the ${NAMES[state.scope]} is used: ${used}.`;
}

/** Said where a budget in dollars meets a model whose price is not known. */
export function unknownPriceText(model: string, states: readonly BudgetState[]): string {
  const limits = states.map(state => `the ${NAMES[state.scope]} of ${amount('usd', state.limit)}`);
  return (
    `The price of ${model} is unknown, so ${limits.join(' and ')} cannot be held for it: only its tokens are ` +
    'counted. Add it under `prices` in the config file.'
  );
}

/** `$4.20`, `$0.0031`, `12,400 tokens`. */
export function amount(unit: BudgetUnit, value: number): string {
  return unit === 'usd' ? dollars(value) : `${Math.round(value).toLocaleString('en')} tokens`;
}

/** Two digits after the point, four below a cent. */
export function dollars(value: number): string {
  const digits = value > 0 && value < 0.01 ? 4 : 2;
  return `$${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** Rounded down: 100 % is said only where nothing is left. */
function percent(state: BudgetState): string {
  return `${Math.floor(shareOf(state) * 100)} %`;
}

function amounts({ unit, used, limit }: BudgetState): string {
  if (unit === 'usd') return `${dollars(used)} of ${dollars(limit)}`;
  return `${used.toLocaleString('en')} of ${limit.toLocaleString('en')} tokens`;
}

function localTime(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${dayKey(at)} at ${two(date.getHours())}:${two(date.getMinutes())}`;
}
