import type { ResultRow, ResultShelf } from '../../capabilities/define.ts';
import { capValue } from '../../shared/truncate.ts';

/** Characters of JSON that one result may have; of a larger one a shortened copy is kept. */
const MOST = 2_000_000;
/** Characters of JSON that all results may have; then the oldest are shortened, and at last forgotten. */
const MOST_IN_ALL = 32_000_000;
const SHORT = 12_000;
const FIRST_LINE = 120;

interface Kept {
  question: string;
  results: Array<{ tool?: string; text: string; isWhole: boolean }>;
}

/**
 * What scripts and tool calls of this session returned, by turn, after redaction and before it was cut for the
 * model. Kept in memory; what a resumed session still has are the cut texts of its events.
 */
export class SessionResults implements ResultShelf {
  readonly #turns = new Map<number, Kept>();
  #question = '';
  #size = 0;

  /** Results from here on belong to this question. */
  begin(question: string): void {
    this.#question = question;
  }

  /**
   * Keeps what a script returned, or what `tool` returned in tools mode; several tools of one turn are kept in the order of
   * their answers. `isWhole` is false for what was cut before.
   */
  keep(turn: number, value: unknown, options: { tool?: string; isWhole?: boolean } = {}): void {
    const { tool, isWhole = true } = options;
    const text = JSON.stringify(value) ?? 'null';
    const fits = text.length <= MOST;
    const kept = this.#turns.get(turn) ?? { question: this.#question, results: [] };
    const result = { tool, text: fits ? text : shortened(text, MOST), isWhole: isWhole && fits };
    kept.results.push(result);
    this.#turns.set(turn, kept);
    this.#size += result.text.length;
    this.#shrink();
  }

  list(): ResultRow[] {
    return [...this.#turns].map(([turn, { question, results }]) => ({
      turn,
      question,
      starts: results[0]!.text.slice(0, FIRST_LINE),
      characters: results.reduce((sum, result) => sum + result.text.length, 0),
      whole: results.every(result => result.isWhole),
    }));
  }

  get(turn: number): { value: unknown } | undefined {
    const results = this.#turns.get(turn)?.results;
    if (!results) return undefined;
    const values = results.map(({ tool, text }) =>
      tool === undefined ? JSON.parse(text) : { tool, result: JSON.parse(text) },
    );
    return { value: values.length === 1 && results[0]!.tool === undefined ? values[0] : values };
  }

  #shrink(): void {
    for (const { results } of this.#turns.values()) {
      for (const result of results) {
        if (this.#size <= MOST_IN_ALL) return;
        if (result.text.length <= SHORT) continue;
        const text = shortened(result.text, SHORT);
        this.#size -= result.text.length - text.length;
        Object.assign(result, { text, isWhole: false });
      }
    }
    for (const [turn, { results }] of this.#turns) {
      if (this.#size <= MOST_IN_ALL) return;
      this.#size -= results.reduce((sum, result) => sum + result.text.length, 0);
      this.#turns.delete(turn);
    }
  }
}

function shortened(json: string, characters: number): string {
  return JSON.stringify(capValue(JSON.parse(json), characters).value);
}
