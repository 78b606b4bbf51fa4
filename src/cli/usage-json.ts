import { shareOf } from '../usage/index.ts';
import type { Group, NamedSum, UsageFigures } from './usage-figures.ts';

/**
 * The object that `kv usage --output json` prints; `by` leaves the other groups out. `costUsd` does not
 * hold what `unpriced` answers cost. Stable.
 */
export function usageJson(figures: UsageFigures, by: Group | undefined): Record<string, unknown> {
  const { from, to, budgets, total } = figures;
  const groups = {
    days: by === undefined || by === 'day' ? figures.days.map(sum => named('day', sum)) : undefined,
    models: by === undefined || by === 'model' ? figures.models.map(sum => named('model', sum)) : undefined,
    modes: by === undefined || by === 'mode' ? figures.modes.map(sum => named('mode', sum)) : undefined,
  };
  return {
    from,
    to,
    ...groups,
    total,
    budgets: budgets.map(({ scope, unit, limit, used, period }) => ({
      budget: scope,
      unit,
      limit,
      used,
      share: shareOf({ scope, unit, limit, used }),
      period: period!.key,
      renewsAt: new Date(period!.to).toISOString(),
    })),
  };
}

function named(key: Group, { name, ...sum }: NamedSum): Record<string, unknown> {
  return { [key]: name, ...sum };
}
