const FATAL =
  /\b(?:fatal|panic|critical|emerg|uncaught|unhandled|traceback|segmentation fault|segfault|core dumped|assertion)\b|^F\d{4} |SIGSEGV|\bCRIT\b/i;
const ERROR =
  /\b(?:error|errors|err|severe|exception|fail|fails|failed|failure|cannot|could not|couldn't|can't|can not|unable|denied|refused|rejected|forbidden|no such|not found|missing|invalid|required|unbound|abort(?:ed|ing)?|timed out|timeout|exiting|giving up|unreachable|killed|must be|not set|unrecogni[sz]ed|unknown|unexpected|illegal|undefined|unsupported|already in use|not allowed|unauthorized)\b|\w(?:Error|Exception)\b|^E\d{4} /i;
const WARN = /\b(?:warn|warning)\b|^W\d{4} /i;
const CALM =
  /\b(?:info|debug|trace|notice|verbose)\b|^[ID]\d{4} |level"?[=:] ?"?(?:info|debug|trace)|\bstatus=[23]\d\d\b|\b0 errors?\b|errors?=0\b|no errors?\b/i;

/** How much a log line looks like the reason of a failure: 0 for routine, 10 for a last word. */
export function scoreLine(line: string): number {
  const head = line.slice(0, 400);
  const calm = CALM.test(head.slice(0, 120));
  // Go prints the signal below the panic that it belongs to.
  if (/^\[signal /.test(head)) return 6;
  if (FATAL.test(head)) return calm ? 4 : 10;
  if (ERROR.test(head)) return calm ? 2 : 7;
  if (WARN.test(head)) return 3;
  return 0;
}

/** Lines inside of a stack trace explain where, not why. */
export function isFrame(line: string): boolean {
  return (
    /^\s+at |^\s+File "|^Traceback \(most recent call last\)|^\s*\.\.\. \d+ more|^goroutine \d+|^\s+\/\S+\.go:\d+|^\s+[\^~]+\s*$|^\t/.test(
      line,
    ) || /^[\w./()*]+\(.*\)$/.test(line)
  );
}
