/** One line of a benchmark's table. */
export interface Figure {
  what: string;
  measured: string;
  /** What it is compared with, measured in the same run. */
  reference: string;
  ratio: string;
  target: string;
}
