import { widthOf } from './row.ts';

const TOOLS = 'kubectl|helm|kv|oc|kustomize|docker|crictl|ctr|nvidia-smi|dcgmi|journalctl|systemctl|ssh|curl';
const STEP = new RegExp(
  `^(?:(?<lead>.*?[:：])\\s+)?\`?(?<command>(?:sudo )?(?:${TOOLS})\\s[^\`]+)\`?$`,
  'su',
);
/** What stands in sentences and not in commands. */
const SENTENCE = /[,.]\s|\s\(|[,.]$/u;
const QUOTED = /'[^']*'|"(?:[^"\\]|\\.)*"/gu;

/** One step of a remediation: words, and the command they lead up to. */
export interface Step {
  words: string;
  command: string;
  /** What the command's trailing comment said. */
  comment: string;
}

/** Finds the command in a step such as `or give the pods the label: kubectl label …`. */
export function stepOf(text: string): Step {
  const { lead = '', command = '' } = STEP.exec(text.trim())?.groups ?? {};
  const [bare = '', comment = ''] = splitComment(command.trim());
  if (bare === '' || SENTENCE.test(bare.replaceAll(QUOTED, 'x')))
    return { words: text, command: '', comment: '' };
  return { words: lead, command: bare, comment };
}

function splitComment(command: string): string[] {
  const at = command.replaceAll(QUOTED, quoted => 'x'.repeat(quoted.length)).search(/\s#\s/u);
  return at < 0 ? [command] : [command.slice(0, at).trimEnd(), command.slice(at).replace(/^\s*#\s*/u, '')];
}

/**
 * A shell command as lines that still are one command when they are copied: broken between words behind a
 * backslash, and within quoted JSON where JSON allows a blank. Lines after the first are set in.
 */
export function commandLines(command: string, columns: number): string[] {
  if (widthOf(command) <= columns) return [command];
  const lines: string[] = [];
  let line = '';
  for (const word of shellWords(command)) {
    const next = line === '' ? word : `${line} ${word}`;
    if (widthOf(next) <= columns - 2) {
      line = next;
      continue;
    }
    if (line !== '') lines.push(`${line} \\`);
    const pieces = widthOf(word) > columns - 4 ? jsonPieces(word, columns - 4) : [word];
    const rest = pieces.map(piece => (lines.length === 0 ? piece : `  ${piece}`));
    lines.push(...rest.slice(0, -1));
    line = rest.at(-1)!;
  }
  return [...lines, line];
}

function shellWords(command: string): string[] {
  return command.match(/(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\])+/gu) ?? [command];
}

/** A quoted JSON value broken where a newline means nothing; any other word stays whole. */
function jsonPieces(word: string, columns: number): string[] {
  const body = /^'(?<body>.*)'$/su.exec(word)?.groups?.['body'];
  if (body === undefined || !isJson(body)) return [word];
  const atoms = word.match(/(?:"(?:[^"\\]|\\.)*"|[^"{[,:])*[{[,:]?/gu) ?? [word];
  const pieces: string[] = [];
  let piece = '';
  for (const atom of atoms) {
    if (piece !== '' && widthOf(piece) + widthOf(atom) > columns) {
      pieces.push(piece);
      piece = '';
    }
    piece += atom;
  }
  return [...pieces, piece];
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
