import { comparedText, formatTokens } from '../../shared/figures.ts';
import { formatDuration, oneLine } from '../../shared/text.ts';
import type { Row } from '../layout/row.ts';
import type { Theme } from '../theme.ts';
import { resultRows } from './rows.ts';
import { elapsedOf, emptyRace, factorOf, type Lane, type Race, reduceRace } from './state.ts';
import type { RaceOptions, RaceUpdate } from './types.ts';

/** The race as lines: each scenario when it begins, each column when it is done, the table at the end. */
export async function followInLines(
  updates: AsyncIterable<RaceUpdate>,
  { stdout, signal, onStop, theme }: RaceOptions & { theme: Theme },
): Promise<void> {
  const write = (lines: readonly string[]) => stdout.write(lines.map(line => `${line}\n`).join(''));
  const stopped = Promise.withResolvers<void>();
  const interrupt = () => {
    onStop?.();
    stopped.resolve();
  };
  const abort = () => stopped.resolve();
  process.once('SIGINT', interrupt);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  let view = emptyRace();
  const follow = async () => {
    for await (const update of updates) {
      if (signal?.aborted) return;
      view = reduceRace(view, update);
      write(linesOf(update));
    }
  };
  const linesOf = (update: RaceUpdate): string[] => {
    if (update.type === 'race') {
      const { title, question, index, total } = update;
      return ['', `${index} of ${total}: ${title}`, `  ${oneLine(question, 200)}`];
    }
    if (update.type === 'results') return paint(resultRows(update, stdout.columns || 100), theme);
    const race = view.current;
    const lane = race?.lanes.find(item => update.type === 'column-done' && item.id === update.column);
    return race && lane ? doneLines(race, lane, theme) : [];
  };
  try {
    await Promise.race([follow(), stopped.promise]);
  } finally {
    process.off('SIGINT', interrupt);
    signal?.removeEventListener('abort', abort);
  }
}

/** A column that is done, and once all are how they compare. */
function doneLines(race: Race, lane: Lane, { glyphs }: Theme): string[] {
  const { ok = false, note = '' } = lane.done ?? {};
  const tokens = `${lane.estimated ? '~' : ''}${formatTokens(lane.tokens)} tokens`;
  const figures = `${lane.turns} turns, ${lane.calls} calls, ${formatDuration(elapsedOf(lane, 0))}`;
  const line = `  ${ok ? glyphs.ok : glyphs.bad} ${lane.label}: ${tokens}, ${figures}: ${oneLine(note, 200)}`;
  if (race.lanes.some(item => !item.done)) return [line];
  const compared = race.lanes.flatMap(item => {
    const factor = factorOf(race, item);
    return factor === undefined ? [] : [`  ${item.label}: ${comparedText(factor, glyphs.times)}`];
  });
  return [line, ...compared];
}

function paint(rows: readonly Row[], theme: Theme): string[] {
  return rows.map(row => theme.paint(row).trimEnd());
}
