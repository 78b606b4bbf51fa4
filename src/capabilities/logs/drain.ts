/** Messages that differ only in what varies. */
export interface Cluster<T> {
  /** Words of the message; `<*>` where they varied. */
  template: string[];
  value: T;
}

export const WILDCARD = '<*>';

/** A message is compared by its first so many words; longer ones are the same from there on. */
const MOST_WORDS = 60;
/** Share of words that must agree. */
const SIMILAR = 0.5;
/** Groups of one length and start that are compared with each message; one more makes the oldest forgotten. */
const MOST_IN_A_LEAF = 64;
const MOST_LEAVES = 4_000;

/**
 * Groups log messages by template in one pass. After He, Zhu, Zheng, Lyu: "Drain: An Online Log Parsing Approach
 * with Fixed Depth Tree" (ICWS 2017): by number of words, then by the first word that does not vary, then by the
 * share of equal words. Memory is bounded: groups that are not met again make room.
 */
export class Drain<T> {
  readonly #leaves = new Map<string, Cluster<T>[]>();
  readonly #create: () => T;
  #size = 0;

  constructor(create: () => T) {
    this.#create = create;
  }

  /** Groups so far. */
  get size(): number {
    return this.#size;
  }

  /** The group of this message; its template gets wider where the message differs. */
  add(message: string): Cluster<T> {
    const words = wordsOf(message);
    const key = `${words.length} ${words.find(word => word !== WILDCARD) ?? ''}`;
    const leaf = this.#leaf(key);
    let best: Cluster<T> | undefined;
    let bestScore = SIMILAR;
    for (const cluster of leaf) {
      const score = similarity(cluster.template, words);
      if (score >= bestScore) [best, bestScore] = [cluster, score];
    }
    if (best) {
      for (const [i, word] of words.entries()) if (best.template[i] !== word) best.template[i] = WILDCARD;
      return best;
    }
    if (leaf.length >= MOST_IN_A_LEAF) {
      leaf.shift();
      this.#size -= 1;
    }
    const cluster = { template: words, value: this.#create() };
    leaf.push(cluster);
    this.#size += 1;
    return cluster;
  }

  *clusters(): Generator<Cluster<T>> {
    for (const leaf of this.#leaves.values()) yield* leaf;
  }

  #leaf(key: string): Cluster<T>[] {
    let leaf = this.#leaves.get(key);
    if (leaf) return leaf;
    if (this.#leaves.size >= MOST_LEAVES) {
      const [oldest, dropped] = this.#leaves.entries().next().value!;
      this.#leaves.delete(oldest);
      this.#size -= dropped.length;
    }
    leaf = [];
    this.#leaves.set(key, leaf);
    return leaf;
  }
}

/** Words of a message, those that vary by nature (numbers, ids, addresses, quoted values) as wildcards. */
function wordsOf(message: string): string[] {
  return message
    .slice(0, 2_000)
    .replace(/"[^"]{0,300}"|'[^'\s]{0,100}'/g, WILDCARD)
    .split(/[\s,;=]+/)
    .filter(word => word !== '')
    .slice(0, MOST_WORDS)
    .map(word => (varies(word) ? WILDCARD : word));
}

function varies(word: string): boolean {
  return /\d/.test(word) || word.includes(WILDCARD) || /^[0-9a-f]{8,}$/i.test(word) || word.length > 80;
}

function similarity(template: readonly string[], words: readonly string[]): number {
  if (words.length === 0) return 1;
  let same = 0;
  for (const [i, word] of words.entries()) if (template[i] === word || template[i] === WILDCARD) same += 1;
  return same / words.length;
}
