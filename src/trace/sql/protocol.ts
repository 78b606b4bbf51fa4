/** What the process that runs SQL is told and answers; everything crosses as a structured clone. */
export interface SqlOrder {
  path: string;
  sql: string;
  maxRows: number;
  /** Of the rows as JSON, in characters. */
  maxBytes: number;
}

export type SqlCell = string | number | null;

export interface SqlAnswer {
  columns: string[];
  rows: Array<Record<string, SqlCell>>;
  /** Rows were left out: more than `maxRows`, or than fit into `maxBytes`. */
  cut: boolean;
}

export type SqlReply = { answer: SqlAnswer } | { refused: string };
