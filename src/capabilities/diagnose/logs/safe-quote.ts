/**
 * Text that looks like a credential: kv quotes around it, so that a quote stays literally what the cluster
 * returned and yet carries no secret.
 */
const CREDENTIAL = new RegExp(
  [
    // A path such as /var/run/secrets/token is no assignment.
    String.raw`(?<![\w/-])[\w-]*(?:passw(?:or)?d|passwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|credential|authorization|auth[_-]?key)[\w-]*["']?\s*[=:]\s*["']?(?:bearer |basic )?[^\s"',;&]{4,}`,
    String.raw`\bbearer\s+[\w.~+/-]{8,}=*`,
    String.raw`://[^\s/:@]*:[^\s/@]+@`,
    String.raw`\beyJ[\w-]{8,}\.[\w-]{8,}\.?[\w-]*`,
    String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{12,}`,
    String.raw`\b(?:gh[pousr]_|xox[abpr]-|sk-|glpat-)[\w-]{10,}`,
    '-----BEGIN [A-Z ]+-----.*',
    String.raw`\b[A-Za-z0-9+/]{40,}={0,2}(?![\w/.:@-])`,
  ].join('|'),
  'gi',
);

/**
 * The longest piece of a line without a credential, at most `max` characters. `hidden` are values known to be
 * secret (from Secrets, from environment variables with telling names).
 */
export function safeQuote(line: string, hidden: Iterable<string> = [], max = 300): string {
  let pieces = line.split(CREDENTIAL);
  for (const value of hidden) {
    if (value) pieces = pieces.flatMap(piece => piece.split(value));
  }
  const longest = pieces.map(piece => piece.trim()).reduce((a, b) => (b.length > a.length ? b : a), '');
  return longest.length <= max ? longest : longest.slice(0, max);
}

const SECRET_KEY = /pass|secret|token|key|cred|auth|private|cert/i;

/** Decodes the values of a Secret that must never be quoted. Names of hosts and users under plain keys are not hidden. */
export function noteSecretValues(secret: Record<string, unknown>, hidden: Set<string>): void {
  for (const [key, encoded] of Object.entries((secret['data'] ?? {}) as Record<string, unknown>)) {
    if (typeof encoded !== 'string' || encoded.length > 4000) continue;
    const value = Buffer.from(encoded, 'base64').toString('utf8').trim();
    const random = value.length >= 12 && /\d/.test(value) && /[A-Za-z]/.test(value) && !/[./:]/.test(value);
    if (value.length >= 6 && (SECRET_KEY.test(key) || random)) hidden.add(value);
  }
}

/** A sentence without values that are known to be secret. */
export function maskValues(text: string, hidden: readonly string[]): string {
  return hidden.reduce((masked, value) => masked.replaceAll(value, '[hidden]'), text);
}
