/** Longest run of blanks or of non-blanks that the tokenizer is given: it is quadratic in such runs. */
const MAX_RUN = 256;
const LONG_RUN = new RegExp(`\\S{${MAX_RUN}}(?=\\S)|\\s{${MAX_RUN}}(?=\\s)`, 'g');

/** Counts tokens as the o200k vocabulary splits them: within a few per cent of what providers count for English and JSON. */
export type TokenEstimator = (text: string) => number;

/**
 * Loads the vocabulary (once a process, some 2 MB of code) and returns the counter. Text that looks like a special token is
 * counted as the text it is.
 */
export async function loadTokenEstimator(): Promise<TokenEstimator> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  return text => {
    let total = 0;
    for (const piece of pieces(text)) total += countTokens(piece, { disallowedSpecial: new Set() });
    return total;
  };
}

/** `loadTokenEstimator` for a single text. */
export async function estimateTokens(text: string): Promise<number> {
  const count = await loadTokenEstimator();
  return count(text);
}

/** The text, cut wherever a run of non-blank characters, or of blanks, gets too long. */
function* pieces(text: string): Generator<string> {
  let from = 0;
  for (const match of text.matchAll(LONG_RUN)) {
    const end = match.index + match[0].length;
    yield text.slice(from, end);
    from = end;
  }
  yield text.slice(from);
}
