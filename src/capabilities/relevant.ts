import type { Catalog } from './catalog.ts';
import {
  CHANGES,
  isLookup,
  isPlain,
  LOOKS,
  READS,
  SCOPES,
  TRACE_READS,
  TRACE_TOPICS,
  type WordRule,
} from './relevant-words.ts';

/** What a question gets at most; everything else is found by searching. */
const MOST = 12;
const MOST_OF_LOOKUP = 5;
/** Families that the word rules know; of every other family those members are taken that share words with a question. */
const RULED = new Set(['k8s', 'helm', 'diagnose', 'trace', 'state', 'secret', 'tools', 'sleep']);
const MOST_OTHERS = 3;

/** What questions are answered with most, in either mode. */
export const COMMON: readonly string[] = [...SCOPES.flatMap(rule => rule.names), ...READS];

/**
 * The capabilities that a question is likely to need, best first, by rules over its words (no model is asked).
 * A plain look-up gets three to five, everything else at most a dozen; helpers of scripts (`state.*`, `sleep`,
 * `tools.*`) are never among them. Both modes offer these from the start; the rest is found through
 * `tools.search`.
 */
export function relevantCapabilities(catalog: Catalog, question: string): string[] {
  const text = question.toLowerCase();
  const changes = namesOf(CHANGES, text);
  const others = othersOf(catalog, text);
  // A session on a trace alone has nothing but that to ask.
  if (!catalog.get('k8s.get'))
    return [...new Set([...others, ...ofTraces(text)])].filter(name => catalog.get(name)).slice(0, MOST);
  const looks = namesOf(LOOKS, text).flatMap(name => (name === TRACE_READS[0] ? ofTraces(text) : name));
  const lookup = changes.length === 0 && isLookup(text);
  const names = lookup
    ? [...looks.slice(0, 2), ...others, ...READS.slice(0, 3)]
    : changes.length > 0 && isPlain(text)
      ? [...changes, ...looks, ...others, ...READS.slice(0, 4)]
      : [...changes, ...scopeOf(text), ...looks.slice(0, 2), ...others, ...READS, ...looks];
  const known = [...new Set(names)].filter(name => catalog.get(name));
  return known.slice(0, lookup ? MOST_OF_LOOKUP : MOST);
}

/** The capabilities whose topics these words name, whether or not they ask for anything. */
export function topicsOf(words: string): string[] {
  const text = words.toLowerCase();
  return [...new Set([...namesOf(CHANGES, text), ...namesOf(LOOKS, text)])];
}

function namesOf(rules: readonly WordRule[], text: string): string[] {
  return rules.filter(rule => rule.words.test(text)).flatMap(rule => rule.names);
}

/** Why comes first, then what the question is about. */
function ofTraces(text: string): string[] {
  const [why, ...reads] = TRACE_READS;
  return [why!, ...namesOf(TRACE_TOPICS, text), ...reads];
}

function scopeOf(text: string): readonly string[] {
  return SCOPES.find(rule => rule.words.test(text))?.names ?? [];
}

/** Members of families without rules whose words are in the question, most matches first. */
function othersOf(catalog: Catalog, text: string): string[] {
  const others = catalog.all.filter(capability => isOther(capability.name));
  if (others.length === 0) return [];
  const ruled = catalog.all.filter(capability => !isOther(capability.name));
  // Words that Kubernetes itself is described with do not tell one family from another.
  const common = new Set(ruled.flatMap(wordsOf));
  const asked = new Set(plainWords(text));
  const scored = others.map(capability => {
    const own = new Set(wordsOf(capability));
    return {
      name: capability.name,
      score: [...own].filter(word => asked.has(word) && !common.has(word)).length,
    };
  });
  const found = scored.filter(item => item.score > 0).sort((a, b) => b.score - a.score);
  return found.slice(0, MOST_OTHERS).map(item => item.name);
}

function wordsOf({ name, summary }: Catalog['all'][number]): string[] {
  return plainWords(`${name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ')} ${summary}`);
}

function plainWords(text: string): string[] {
  const words = text.toLowerCase().match(/[a-z0-9]{3,}/g) ?? [];
  return words.map(word => word.replace(/(?<=[a-rt-z]{2})s$/, ''));
}

function isOther(name: string): boolean {
  return !RULED.has(name.split('.')[0]!);
}
