import {
  type BenchEvent,
  type BenchReport,
  type PlannedRun,
  reasonOf,
  remarks,
  scenarioTable,
} from '../bench/index.ts';
import { oneLine } from '../shared/text.ts';
import type { RaceUpdate } from '../tui/race/types.ts';

const NOTE_CHARACTERS = 120;

/** A benchmark's events as the race screen wants them; `report` is asked for once they have ended. */
export async function* raceUpdates(
  events: AsyncIterable<BenchEvent>,
  report: () => BenchReport,
): AsyncGenerator<RaceUpdate> {
  for await (const event of events) {
    const update = updateOf(event);
    if (update) yield update;
  }
  const whole = report();
  yield { type: 'results', table: scenarioTable(whole), notes: remarks(whole) };
}

function updateOf(event: BenchEvent): RaceUpdate | undefined {
  switch (event.type) {
    case 'group-started': {
      const { scenario, runs, repeat } = event.group;
      return {
        type: 'race',
        title: repeat > 1 ? `${scenario.title} (run ${repeat})` : scenario.title,
        question: scenario.question,
        index: event.index,
        total: event.total,
        columns: runs.map(run => ({ id: columnId(run), label: run.column.label })),
      };
    }
    case 'event':
      return { type: 'event', column: columnId(event.run), event: event.event };
    case 'run-finished': {
      const { result } = event;
      const note = oneLine(result.correct ? result.answer : reasonOf(result), NOTE_CHARACTERS);
      return { type: 'column-done', column: columnId(event.run), ok: result.correct, note };
    }
    case 'run-started':
      return undefined;
    default:
      return event satisfies never;
  }
}

/** Of one race; the screen compares the others with `tools`. */
function columnId({ column }: PlannedRun): string {
  return column.peer ?? column.mode;
}
