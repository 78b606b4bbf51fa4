import type { AnswerPiece, AnswerReader } from '../mode.ts';

const SCRIPT_LANGUAGES = new Set(['ts', 'typescript', 'js', 'javascript', 'tsx', 'jsx', 'mjs', '']);
/** A line that begins the closing report; the rest of the answer belongs to it. */
const REPORT_LINE = /^\s*[#*]*\s*(REPORT|verdict|root cause)\s*[:*]*(\s|$)/i;
/** The beginning of a line that may still become one of those. */
const MAYBE_REPORT =
  /^\s*[#*]*\s*(r(e(p(o(r(t)?)?)?)?)?|v(e(r(d(i(c(t)?)?)?)?)?)?|r(o(o(t( (c(a(u(s(e)?)?)?)?)?)?)?)?)?)?[:*]*\s*$/i;

type State = 'words' | 'script' | 'other-fence' | 'report' | 'after';

/**
 * Splits an answer into words and its first script: the first fenced block in TypeScript or JavaScript (or
 * without a language). What follows the script is not read: a model that goes on after it is inventing the
 * result. Other fences (`bash`, `yaml`) are words. From the line that begins the closing report on, everything is
 * the report: it is shown once it has been checked, not while it is written. `languages` are those of scripts; with
 * none, every fence is words.
 */
export function createCodeReader(languages: ReadonlySet<string> = SCRIPT_LANGUAGES): AnswerReader {
  let state: State = 'words';
  let line = '';
  let shown = 0;
  let text = '';
  let report: string | undefined;
  let script: string | undefined;

  const show = (kind: AnswerPiece['kind'], delta: string, out: AnswerPiece[]) => {
    if (delta === '') return;
    if (kind === 'text') text += delta;
    else script = (script ?? '') + delta;
    out.push({ kind, delta });
  };

  /** Shows what of the current line cannot become a fence any more. */
  const showPartial = (out: AnswerPiece[]) => {
    if (state === 'after' || state === 'report' || /^\s*(`{1,3}|`{3}[^\s`]*)?$/.test(line)) return;
    if (state === 'words' && shown === 0 && (MAYBE_REPORT.test(line) || REPORT_LINE.test(line))) return;
    show(state === 'script' ? 'script' : 'text', line.slice(shown), out);
    shown = line.length;
  };

  const endLine = (out: AnswerPiece[], newline: string) => {
    if (state === 'words' && shown === 0 && REPORT_LINE.test(line)) state = 'report';
    if (state === 'report') {
      report = (report ?? '') + line + newline;
      line = '';
      return;
    }
    const fence = /^\s*```+\s*([\w+-]*)\s*$/.exec(line);
    if (fence && shown === 0 && state === 'words') {
      const language = fence[1]!.toLowerCase();
      const scripted = languages.has(language);
      state = scripted ? 'script' : 'other-fence';
      if (scripted) script = '';
      else show('text', line + newline, out);
    } else if (fence && shown === 0 && fence[1] === '' && state === 'script') state = 'after';
    else if (state !== 'after') {
      if (fence && shown === 0 && state === 'other-fence') state = 'words';
      show(state === 'script' ? 'script' : 'text', line.slice(shown) + newline, out);
    }
    line = '';
    shown = 0;
  };

  return {
    push(delta) {
      const out: AnswerPiece[] = [];
      const lines = delta.split('\n');
      for (const [i, part] of lines.entries()) {
        line += part;
        if (i < lines.length - 1) endLine(out, '\n');
      }
      showPartial(out);
      return out;
    },
    end() {
      const out: AnswerPiece[] = [];
      if (line !== '') endLine(out, '');
      return {
        pieces: out,
        text: text.trim(),
        report: report?.trim(),
        script: script?.trim() ? script.replace(/\s+$/, '') : undefined,
        closed: state !== 'script',
      };
    },
  };
}
