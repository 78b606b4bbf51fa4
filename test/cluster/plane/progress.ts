/** Says on stderr what the plane is doing and since when it has been running, in seconds. */
export type Progress = (message: string) => void;

export function progressTo(write: (line: string) => void, started = performance.now()): Progress {
  return message =>
    write(`plane ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${message}\n`);
}
