export { runRace } from './run-race.ts';
export type { RaceColumn, RaceOptions, RaceTable, RaceUpdate } from './types.ts';
