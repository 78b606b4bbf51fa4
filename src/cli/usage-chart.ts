const UNICODE_LEVELS = '▁▂▃▄▅▆▇█';
const ASCII_LEVELS = '.:-=+*#@';

/**
 * One column a value, or for more values than `columns` one for several neighbours; a blank is nothing. The
 * smallest use is seen, however large the largest is.
 */
export function sparkline(values: readonly number[], columns: number, unicode: boolean): string {
  const size = Math.ceil(values.length / columns);
  const sums: number[] = [];
  // From the newest on, so that the last column is whole.
  for (let end = values.length; end > 0; end -= size) {
    sums.unshift(values.slice(Math.max(0, end - size), end).reduce((sum, value) => sum + value, 0));
  }
  const levels = unicode ? UNICODE_LEVELS : ASCII_LEVELS;
  const top = Math.max(...sums);
  return sums
    .map(value => (value > 0 ? levels[Math.min(7, Math.ceil((value / top) * 8) - 1)]! : ' '))
    .join('');
}

/** `███████░░░`: full only where the share is 1 or more. */
export function bar(share: number, columns: number, unicode: boolean): string {
  const full = share >= 1 ? columns : Math.min(columns - 1, Math.round(share * columns));
  const [on, off] = unicode ? ['█', '░'] : ['#', '.'];
  return on!.repeat(full) + off!.repeat(columns - full);
}
