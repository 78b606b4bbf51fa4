/** One calendar day or month, in the time zone of the process. Times are Unix milliseconds. */
export interface Period {
  /** `2026-11-21`, `2026-11`. */
  key: string;
  from: number;
  /** The next period's `from`. */
  to: number;
}

export type PeriodKind = 'day' | 'month';

/** The period that `now` falls in. A day has 23 or 25 hours where the clocks change. */
export function periodOf(kind: PeriodKind, now: number): Period {
  return kind === 'day' ? dayOf(now) : monthOf(now);
}

function dayOf(now: number): Period {
  const date = new Date(now);
  const [year, month, day] = [date.getFullYear(), date.getMonth(), date.getDate()];
  return {
    key: dayKey(now),
    from: new Date(year, month, day).getTime(),
    to: new Date(year, month, day + 1).getTime(),
  };
}

function monthOf(now: number): Period {
  const date = new Date(now);
  const [year, month] = [date.getFullYear(), date.getMonth()];
  return {
    key: dayKey(now).slice(0, 7),
    from: new Date(year, month).getTime(),
    to: new Date(year, month + 1).getTime(),
  };
}

/** The local calendar day: `2026-11-21`. */
export function dayKey(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The last `count` days, today's included, oldest first. */
export function lastDays(count: number, now: number): Period[] {
  const date = new Date(now);
  return Array.from({ length: count }, (_, i) => {
    // Noon exists on every day, whatever the clocks do at midnight.
    const noon = new Date(date.getFullYear(), date.getMonth(), date.getDate() - (count - 1 - i), 12);
    return periodOf('day', noon.getTime());
  });
}
