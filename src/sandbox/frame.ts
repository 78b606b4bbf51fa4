const WIDTH = 110;

/** Three lines of source around a place, with carets under it; `line` and `column` are 1-based. */
export function codeFrame(source: string, line: number, column: number, length = 1): string {
  const lines = source.split('\n');
  const gutter = String(Math.min(lines.length, line + 1)).length;
  const out: string[] = [];
  for (let number = Math.max(1, line - 1); number <= Math.min(lines.length, line + 1); number++) {
    const text = (lines[number - 1] ?? '').replaceAll('\t', ' ');
    const shift = number === line ? windowStart(text, column) : 0;
    out.push(`${String(number).padStart(gutter)} | ${cut(text, shift)}`.trimEnd());
    if (number === line) {
      const at = column - shift - 1 + (shift > 0 ? 1 : 0);
      const marks = Math.max(1, Math.min(length, text.length - column + 1, WIDTH - at));
      out.push(`${' '.repeat(gutter)} | ${' '.repeat(at)}${'^'.repeat(marks)}`);
    }
  }
  return out.join('\n');
}

/** Where a long line's shown window begins, so that the caret is inside it. */
function windowStart(text: string, column: number): number {
  if (text.length <= WIDTH || column < WIDTH - 30) return 0;
  return Math.max(0, column - 60);
}

function cut(text: string, start: number): string {
  const piece = text.slice(start, start + WIDTH);
  return `${start > 0 ? '…' : ''}${piece}${start + WIDTH < text.length ? '…' : ''}`;
}
