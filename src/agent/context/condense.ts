import type { ContentPart, ModelMessage } from '../../llm/port.ts';
import { finishedWords } from '../modes/code/messages.ts';
import { type AskedQuestion, questionsOf, rejoin, type Said } from './questions.ts';
import { cutPart, shortResult, shortScript, wordsOf } from './shorten.ts';

/** Results of so many newest turns of the question at hand stay whole, as long as the window allows. */
const NEWEST_TURNS = 2;
/** So many newest answers stay, unless the window cannot even hold those. */
const NEWEST_ANSWERS = 3;
/** Characters that stay of an old question's answer when even answers must shrink. */
const ANSWER = 300;
const DROPPED =
  '[Earlier questions of this session were left out; state.results() lists what was found for them.]';
/** Nothing is cut below this. */
const LEAST = 300;

export interface CondenseOptions {
  /** Tokens to come down to; condensing ends there. */
  target: number;
  /** Tokens that must not be exceeded, whatever has to be cut. */
  limit: number;
  /** Leave the question at hand as it is. */
  finishedOnly: boolean;
  tokensOf(part: ContentPart): number;
  /** The turn that a part comes from, where it is known. */
  turnOf(part: ContentPart): number | undefined;
  /** Hears of a part that takes the place of another. */
  replaced(old: ContentPart, by: ContentPart): void;
}

/** What was condensed, for the person. */
export interface Condensed {
  questions: number;
  results: number;
}

/**
 * Makes the conversation smaller, in place: deterministic, no model asked. Step by step until `target` is reached:
 * finished questions come down to question and answer (oldest first); old results of the question at hand are
 * shortened, then its old scripts; then the answers of finished questions; then the oldest questions go. If `limit` is still
 * exceeded, the longest parts are cut, whatever they are. A tool call always keeps its result.
 */
export function condense(history: ModelMessage[], options: CondenseOptions): Condensed {
  const work = new Condensing(questionsOf(history), options);
  work.finishedToAnswers();
  if (!options.finishedOnly) {
    work.oldResults();
    work.oldScripts();
    work.shortAnswers();
    work.dropOldest(options.target, NEWEST_ANSWERS);
    work.cutLongest();
    work.dropOldest(options.limit, 0);
  }
  rejoin(history, work.questions);
  return work.done;
}

class Condensing {
  readonly done: Condensed = { questions: 0, results: 0 };
  questions: AskedQuestion[];
  readonly #options: CondenseOptions;
  #size: number;

  constructor(questions: AskedQuestion[], options: CondenseOptions) {
    this.questions = questions;
    this.#options = options;
    this.#size = questions.reduce((sum, question) => sum + this.#sizeOf(question), 0);
  }

  finishedToAnswers(): void {
    for (const [i, question] of this.questions.slice(0, -1).entries()) {
      if (this.#isSmall()) return;
      if (question.work.length === 0) continue;
      this.#set(i, {
        asked: [...question.asked, this.#note(question.work)],
        work: [],
        closing: answerOf(question),
      });
      this.done.questions += 1;
    }
  }

  oldResults(): void {
    const turns = turnsOf(this.questions.at(-1));
    for (const item of turns.slice(0, -NEWEST_TURNS).flatMap(turn => turn.results)) {
      if (this.#isSmall()) return;
      const short = shortResult(item.part, this.#options.turnOf(item.part));
      if (short && this.#replace(item, short)) this.done.results += 1;
    }
  }

  oldScripts(): void {
    const turns = turnsOf(this.questions.at(-1));
    for (const item of turns.slice(0, -NEWEST_TURNS).flatMap(turn => turn.asked)) {
      if (this.#isSmall()) return;
      const short = shortScript(item.part);
      if (short) this.#replace(item, short);
    }
  }

  shortAnswers(): void {
    for (const item of this.questions.slice(0, -1).flatMap(question => question.closing)) {
      if (this.#isSmall()) return;
      if (item.part.type === 'text' && item.part.text.length > ANSWER * 2)
        this.#replace(item, cutPart(item.part, ANSWER));
    }
  }

  dropOldest(size: number, keep: number): void {
    let dropped = false;
    while (this.#size > size && this.questions.length > keep + 1) {
      this.#size -= this.#sizeOf(this.questions.shift()!);
      dropped = true;
    }
    const [first] = this.questions;
    if (!dropped || !first) return;
    const known = first.asked.some(({ part }) => part.type === 'text' && part.text === DROPPED);
    if (known) return;
    const note = { role: 'user' as const, part: { type: 'text' as const, text: DROPPED } };
    this.#set(0, { ...first, asked: [...first.asked, note] });
  }

  cutLongest(): void {
    while (this.#size > this.#options.limit) {
      const all = this.questions.flatMap(({ asked, work, closing }) => [...asked, ...work, ...closing]);
      const longest = all
        .filter(({ part }) => part.type !== 'tool-call' && part.text.length > LEAST)
        .sort((a, b) => this.#options.tokensOf(b.part) - this.#options.tokensOf(a.part))[0];
      if (!longest || longest.part.type === 'tool-call') return;
      const tokens = this.#options.tokensOf(longest.part);
      const wanted = Math.max(0, tokens - (this.#size - this.#options.limit)) * 0.9;
      const { length } = longest.part.text;
      const characters = Math.max(LEAST, Math.min(length - 1, Math.floor((length * wanted) / tokens)));
      const turn = longest.role === 'user' ? this.#options.turnOf(longest.part) : undefined;
      if (!this.#replace(longest, cutPart(longest.part, characters, turn))) return;
      this.done.results += 1;
    }
  }

  #isSmall(): boolean {
    return this.#size <= this.#options.target;
  }

  #set(index: number, question: AskedQuestion): void {
    this.#size += this.#sizeOf(question) - this.#sizeOf(this.questions[index]!);
    this.questions[index] = question;
  }

  /** False when the new part is no smaller: then the old one stays. */
  #replace(item: Said, part: ContentPart): boolean {
    const saved = this.#options.tokensOf(item.part) - this.#options.tokensOf(part);
    if (saved <= 0) return false;
    this.#options.replaced(item.part, part);
    item.part = part;
    this.#size -= saved;
    return true;
  }

  #sizeOf({ asked, work, closing }: AskedQuestion): number {
    return [...asked, ...work, ...closing].reduce((sum, item) => sum + this.#options.tokensOf(item.part), 0);
  }

  #note(work: Said[]): Said {
    const turns = work.map(item => this.#options.turnOf(item.part)).filter(turn => turn !== undefined);
    const which = turns.length === 0 ? '' : ` of turns ${Math.min(...turns)} to ${Math.max(...turns)}`;
    const text = `[The work${which} on this question was left out. state.results() lists what it found, state.result({ turn }) returns one whole.]`;
    return { role: 'user', part: { type: 'text', text } };
  }
}

/** What a question came to, in the model's own words. */
function answerOf(question: AskedQuestion): Said[] {
  const last = question.work.at(-1)?.part;
  const finished = last && last.type !== 'tool-call' ? finishedWords(last.text) : undefined;
  const words = [finished ?? '', ...question.closing.map(({ part }) => wordsOf(part))].filter(Boolean);
  const text = words.join('\n') || '(No answer: the work was stopped.)';
  return [{ role: 'assistant', part: { type: 'text', text } }];
}

/** Answers of the model, each with what came of it. */
function turnsOf(question: AskedQuestion | undefined): Array<{ asked: Said[]; results: Said[] }> {
  const turns: Array<{ asked: Said[]; results: Said[] }> = [];
  for (const item of question?.work ?? []) {
    const last = turns.at(-1);
    if (item.role === 'user') last?.results.push(item);
    else if (last && last.results.length === 0) last.asked.push(item);
    else turns.push({ asked: [item], results: [] });
  }
  return turns;
}
