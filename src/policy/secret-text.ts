/** Hides one value of a Secret; `encoded` where it stands in base64. Returns what is shown instead. */
export type HideEntry = (key: string, value: string, encoded: boolean) => string;

const MENTIONED = /\bkind\\?["']?\s*:\s*\\?["']?Secret(?:List)?\b/;
const BLOCK = /^([ -]*)(data|stringData):[ \t]*$/;
const ENTRY = /^(\s*)(["']?)([\w.-]+)\2:[ \t]*(.*)$/;
/** `"data": { … }` without objects inside, as JSON and as JSON within a JSON string. */
const JSON_BLOCK =
  /("(data|stringData)"\s*:\s*\{)((?:[^{}"]+|"[^"\\\n]*(?:\\.[^"\\\n]*)*")*)(?=\})|(\\"(data|stringData)\\"\s*:\s*\{)([^{}]*)(?=\})/g;
const JSON_ENTRY = /("([^"\\\n]*)"\s*:\s*")([^"\\\n]*(?:\\.[^"\\\n]*)*)(?=")/g;
const INNER_ENTRY = /(\\"([^"\\]*)\\"\s*:\s*\\")([^"\\]*(?:\\\\.[^"\\]*)*)(?=\\")/g;

/**
 * Hides the values of Secrets in a text that shows them as manifests (YAML or JSON), whatever their keys are called:
 * what programs and other servers print. In JSON every `data` of a text that mentions a Secret counts as one's.
 */
export function hideManifests(text: string, hide: HideEntry): string {
  if (!text.includes('Secret') || !MENTIONED.test(text)) return text;
  return hideYaml(hideJson(text, hide), hide);
}

function hideJson(text: string, hide: HideEntry): string {
  if (!/"(?:data|stringData)\\?"/.test(text)) return text;
  return text.replace(JSON_BLOCK, (...match: string[]) => {
    const [, head, part, body = '', innerHead = '', innerPart, innerBody = ''] = match;
    const isInner = head === undefined;
    const encoded = (part ?? innerPart) === 'data';
    const entries = (isInner ? innerBody : body).replace(
      isInner ? INNER_ENTRY : JSON_ENTRY,
      (_whole: string, before: string, key: string, value: string) => before + hide(key, value, encoded),
    );
    return (head ?? innerHead) + entries;
  });
}

function hideYaml(text: string, hide: HideEntry): string {
  const lines = text.split('\n');
  const isList = /\bkind: SecretList\b/.test(text);
  /** The objects that were looked at last, by their column. */
  const known = new Map<number, Extent>();
  for (let at = 0; at < lines.length; at++) {
    const [, before, part] = BLOCK.exec(lines[at]!) ?? [];
    if (before === undefined) continue;
    const column = before.length;
    let object = known.get(column);
    if (!object || at >= object.to) {
      object = objectAt(lines, at, column);
      known.set(column, object);
    }
    if (object.kind !== 'Secret' && !(object.kind === undefined && isList)) continue;
    const count = lines.length;
    hideEntries(lines, at + 1, column, (key, value) => hide(key, value, part === 'data'));
    const gone = count - lines.length;
    for (const extent of known.values()) extent.to -= gone;
  }
  return lines.join('\n');
}

/** The lines of an object end before `to`. Items of a SecretList have no kind. */
interface Extent {
  to: number;
  kind: string | undefined;
}

/** The object that has a field at this line and column. */
function objectAt(lines: string[], at: number, column: number): Extent {
  const ends = (line: string) => line.trim() !== '' && columnOf(line) < column;
  let from = at;
  while (from > 0 && !startsItem(lines[from]!, column) && !ends(lines[from - 1]!)) from--;
  let to = at + 1;
  while (to < lines.length && !ends(lines[to]!) && !startsItem(lines[to]!, column)) to++;
  const fields = lines.slice(from, to).filter(line => columnOf(line) === column);
  const kinds = fields.flatMap(line => /^[ -]*kind:\s*["']?(\w+)["']?\s*$/.exec(line)?.[1] ?? []);
  return { to, kind: kinds.includes('Secret') ? 'Secret' : kinds[0] };
}

/** Column of a line's first key; the dash of a list item counts as indentation, the frame of a document as the margin. */
function columnOf(line: string): number {
  return /^(?:---|\.\.\.)/.test(line) ? -1 : /^[ -]*/.exec(line)![0].length;
}

function startsItem(line: string, column: number): boolean {
  return line[column - 2] === '-' && columnOf(line) === column;
}

/** The entries below a line, each of one line or a block of lines (`|`, `>`, or a long text that goes on). */
function hideEntries(
  lines: string[],
  from: number,
  column: number,
  hide: (key: string, value: string) => string,
): void {
  for (let at = from; at < lines.length; at++) {
    const [whole, indent = '', quote = '', key = '', rest = ''] = ENTRY.exec(lines[at]!) ?? [];
    if (whole === undefined || indent.length <= column) return;
    let end = at + 1;
    while (end < lines.length && isDeeper(lines[end]!, indent.length)) end++;
    const more = lines.slice(at + 1, end).map(line => line.trim());
    const isBlock = /^[|>][+-]?\d*$/.test(rest.trim());
    const value = [...(isBlock ? [] : [rest.trim().replace(/^(["'])(.*)\1$/, '$2')]), ...more].join('\n');
    if (value !== '') lines.splice(at, end - at, `${indent}${quote}${key}${quote}: ${hide(key, value)}`);
  }
}

function isDeeper(line: string, column: number): boolean {
  return line.trim() !== '' && /^ */.exec(line)![0].length > column;
}
