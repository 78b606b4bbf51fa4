/** One complaint of the type checker, as offsets into the text that it was given. */
export interface Complaint {
  code: number;
  text: string;
  start: number;
  end: number;
  /** Deeper explanations and hints that belong to it ("Did you forget to use 'await'?"). */
  notes: string[];
}

/**
 * A TypeScript checker for one script at a time against fixed declarations. Started by the first `check`. A failed
 * `check` means that the checker itself is broken; the caller may make a new one.
 */
export interface Checker {
  check(script: string): Promise<Complaint[]>;
  close(): Promise<void>;
}
