import { type Span, type StyleName, span } from './row.ts';

const INLINE =
  /`(?<code>[^`\n]+)`|\*\*(?<strong>[^*\n]+)\*\*|(?<![\w*])\*(?<em>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])|\[(?<label>[^\]\n]+)\]\((?<url>[^)\s]+)\)/gu;

/** `code`, **strong**, *emphasis* and [links](to) within one line; everything else stands as written. */
export function inlineSpans(line: string, base?: StyleName): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const match of line.matchAll(INLINE)) {
    if (match.index > at) spans.push(span(line.slice(at, match.index), base));
    spans.push(...spansOf(match.groups ?? {}, base));
    at = match.index + match[0].length;
  }
  if (at < line.length) spans.push(span(line.slice(at), base));
  return spans;
}

function spansOf({ code, strong, em, label, url }: Record<string, string>, base?: StyleName): Span[] {
  if (code !== undefined) return [span(code, 'accent')];
  if (strong !== undefined) return inlineSpans(strong, 'bold');
  if (em !== undefined) return [span(em, 'bold')];
  return label === url ? [span(url!, base)] : [span(label!, base), span(` (${url})`, 'dim')];
}
