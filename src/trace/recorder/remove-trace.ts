import { rm } from 'node:fs/promises';

/** Takes away a trace in which there is nothing, with the files that SQLite has beside it. */
export async function removeTrace(path: string): Promise<void> {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) await rm(file, { force: true });
}
