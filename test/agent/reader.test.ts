import { describe, expect, it } from 'vitest';
import { createCodeReader } from '../../src/agent/modes/code/reader.ts';
import type { AnswerPiece } from '../../src/agent/modes/mode.ts';

const ANSWER =
  'I will list the pods.\n\n```ts\nconst pods = await k8s.list({ kind: "Pod" })\nreturn pods.count\n```\nThe result is 3.';

function read(answer: string, size: number) {
  const reader = createCodeReader();
  const pieces: AnswerPiece[] = [];
  for (let i = 0; i < answer.length; i += size) pieces.push(...reader.push(answer.slice(i, i + size)));
  const end = reader.end();
  pieces.push(...end.pieces);
  const join = (kind: string) =>
    pieces
      .filter(piece => piece.kind === kind)
      .map(piece => piece.delta)
      .join('');
  return { ...end, words: join('text'), code: join('script') };
}

describe('the code reader', () => {
  it.each([1, 2, 3, 7, 1_000])('splits words and script, whatever the chunks (%i characters)', size => {
    const answer = read(ANSWER, size);
    expect(answer.text).toBe('I will list the pods.');
    expect(answer.script).toBe('const pods = await k8s.list({ kind: "Pod" })\nreturn pods.count');
    expect(answer.code.trimEnd()).toBe(answer.script);
    expect(answer.words).not.toContain('`');
    expect(answer.closed).toBe(true);
  });

  it('ignores what the model invents after its script', () => {
    expect(read(ANSWER, 5).words).not.toContain('The result is 3');
  });

  it('leaves other fences in the words', () => {
    const answer = read('Run this:\n```bash\nkubectl get pods\n```\nDone.', 4);
    expect(answer.script).toBeUndefined();
    expect(answer.text).toContain('kubectl get pods');
    expect(answer.text).toContain('Done.');
  });

  it('takes a fence without a language as a script, but not inside a report', () => {
    expect(read('```\nreturn 1\n```', 3).script).toBe('return 1');
    expect(read('REPORT\nRoot cause: x\nRemediation:\n```\nkubectl apply\n```', 3).script).toBeUndefined();
  });

  it('says when the script was never finished', () => {
    const answer = read('Look:\n```ts\nconst x = 1', 4);
    expect(answer.closed).toBe(false);
    expect(answer.script).toBe('const x = 1');
  });

  it('keeps backticks that are not fences', () => {
    const answer = read('```ts\nconst s = `a\n${b}`\nreturn s\n```', 1);
    expect(answer.script).toBe('const s = `a\n${b}`\nreturn s');
  });
});
