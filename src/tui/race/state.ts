import type { AgentEvent } from '../../agent/events.ts';
import { reduce } from '../state/reduce.ts';
import { emptyView, type View } from '../state/view.ts';
import { type ActivityLine, addActivity } from './activity.ts';
import type { RaceColumn, RaceTable, RaceUpdate } from './types.ts';

/** Everything the race screen shows. Never mutated. */
export interface RaceView {
  current: Race | undefined;
  /** Scenarios that are over, oldest first. */
  finished: readonly Race[];
  results: { table: RaceTable; notes: readonly string[] } | undefined;
}

export interface Race {
  title: string;
  question: string;
  index: number;
  total: number;
  lanes: readonly Lane[];
}

/** One column: a session at work, and what it has used. */
export interface Lane extends RaceColumn {
  /** The session as the terminal UI sees it. */
  view: View;
  /** Of finished turns: all that the model read and wrote. */
  tokens: number;
  estimated: boolean;
  turns: number;
  calls: number;
  /** Unix milliseconds of the first and of the newest event. */
  startedAt: number | undefined;
  lastAt: number | undefined;
  activity: readonly ActivityLine[];
  done: { ok: boolean; note: string } | undefined;
}

/** The column that the others are compared with. */
const REFERENCE = 'tools';

export function emptyRace(): RaceView {
  return { current: undefined, finished: [], results: undefined };
}

export function reduceRace(view: RaceView, update: RaceUpdate): RaceView {
  switch (update.type) {
    case 'race': {
      const { title, question, index, total, columns } = update;
      const current: Race = { title, question, index, total, lanes: columns.map(newLane) };
      return { ...withoutCurrent(view), current };
    }
    case 'event':
      return changeLane(view, update.column, lane => addEvent(lane, update.event));
    case 'column-done': {
      const { ok, note } = update;
      return changeLane(view, update.column, lane => ({ ...lane, done: { ok, note } }));
    }
    case 'results':
      return { ...withoutCurrent(view), results: { table: update.table, notes: update.notes } };
    default:
      return update satisfies never;
  }
}

/** Tokens of a lane as far as they are known or can be guessed: a token has four characters of what streams. */
export function tokensOf(lane: Lane): number {
  return lane.tokens + Math.ceil(lane.view.streamed / 4);
}

export function isReference(lane: RaceColumn): boolean {
  return lane.id === REFERENCE;
}

/** How many times fewer tokens a lane took than tools mode; undefined before both are done, and for tools itself. */
export function factorOf(race: Race, lane: Lane): number | undefined {
  const reference = race.lanes.find(isReference);
  if (!reference || lane === reference || !lane.done || !reference.done) return undefined;
  return lane.tokens > 0 && reference.tokens > 0 ? reference.tokens / lane.tokens : undefined;
}

/** Milliseconds that a lane has worked; `now` counts while it still does. */
export function elapsedOf({ startedAt, lastAt, done }: Lane, now: number): number {
  if (startedAt === undefined) return 0;
  return Math.max(0, (done ? (lastAt ?? startedAt) : now) - startedAt);
}

function withoutCurrent(view: RaceView): RaceView {
  return view.current ? { ...view, current: undefined, finished: [...view.finished, view.current] } : view;
}

function newLane(column: RaceColumn): Lane {
  return {
    ...column,
    view: emptyView(),
    tokens: 0,
    estimated: false,
    turns: 0,
    calls: 0,
    startedAt: undefined,
    lastAt: undefined,
    activity: [],
    done: undefined,
  };
}

function changeLane(view: RaceView, id: string, change: (lane: Lane) => Lane): RaceView {
  const { current } = view;
  if (!current) return view;
  const lanes = current.lanes.map(lane => (lane.id === id ? change(lane) : lane));
  return { ...view, current: { ...current, lanes } };
}

function addEvent(lane: Lane, event: AgentEvent): Lane {
  const next: Lane = {
    ...lane,
    view: reduce(lane.view, event),
    activity: addActivity(lane.activity, event, lane.view),
    startedAt: lane.startedAt ?? (event.type === 'question' ? event.at : undefined),
    lastAt: event.at,
  };
  if (event.type === 'turn-started') return { ...next, turns: lane.turns + 1 };
  if (event.type === 'call-started') return { ...next, calls: lane.calls + 1 };
  if (event.type !== 'turn-finished') return next;
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, estimated } = event.usage;
  return {
    ...next,
    tokens: lane.tokens + inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens,
    estimated: lane.estimated || estimated,
  };
}
