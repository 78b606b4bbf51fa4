/**
 * How a competent model would work on one scenario, in each mode, where no model is at hand. Policies choose their
 * next step from what the calls really returned, as a model would: names, restart counts and log lines come from
 * `seen`, never from knowledge of the scenario. Both roads use capabilities of the same kind.
 */
export interface Policy {
  /** One answer in code mode: words and one fenced script, or the closing words. */
  code(turn: PolicyTurn): string;
  /** One answer in tools mode: calls that go out together, or the closing words. */
  tools(turn: PolicyTurn): PolicyAnswer;
  /** The same with another server's tools, by the server's name (`kubernetes-mcp-server`). */
  peers?: Record<string, (turn: PolicyTurn) => PolicyAnswer>;
}

export interface PolicyTurn {
  /** 0 for the first answer to the question. */
  index: number;
  /** What came back for the answer before: one text a tool call, or the one message after a script. */
  results: string[];
  /** All results of the question so far, oldest turn first. */
  seen: string[][];
}

export interface PolicyAnswer {
  text: string;
  calls?: Array<{ name: string; input: Record<string, unknown> }>;
}
