/**
 * How sure a name is that its value is a credential: `strong` (password) hides nearly every value, `weak` (token,
 * auth, secret) only values that look like one, `dsn` (connection strings) only what is secret inside the value.
 */
export type NameStrength = 'strong' | 'weak' | 'dsn';

const STRONG = /^(password|passwd|pwd|passphrase|pass|passcode)$/;
const STRONG_PAIRS = new Set(
  'api key,access key,private key,secret key,encryption key,signing key,master key,account key,shared key,session key,client secret,auth token,access token,refresh token,bot token,sas token,secret access,service key,license key'.split(
    ',',
  ),
);
const WEAK =
  /^(token|secret|credential|credentials|creds|auth|authorization|cookie|sas|bearer|jwt|apikey|hmac|psk)$/;
const DSN = /^(dsn|connectionstring|connstr)$/;
/** Words that may follow the credential word without making it a name for something else. */
const QUALIFIER =
  /^(\d+|v\d+|value|val|base64|b64|raw|old|new|current|previous|primary|secondary|prod|production|staging|stage|dev|test|main|default|admin|root|key|text|string|plain|plaintext|master|replica|app|base|hash|hashed|encrypted|enc)$/;

const known = new Map<string, NameStrength | undefined>();
const KNOWN_MAX = 20_000;

/** Judges an environment variable, object key, flag or property by its name; undefined when it names no credential. */
export function credentialName(name: string): NameStrength | undefined {
  if (known.has(name)) return known.get(name);
  const strength = name.length > 120 ? undefined : judge(wordsOf(name));
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(name, strength);
  return strength;
}

function judge(words: string[]): NameStrength | undefined {
  for (let end = words.length; end > 0; end--) {
    const word = words[end - 1]!;
    const pair = end > 1 ? `${words[end - 2]} ${word}` : '';
    // `pass: 12, fail: 0` counts tests.
    if (word === 'pass' && words.length === 1) return 'weak';
    if (STRONG.test(word) || /^.{2,}(password|passwd)$/.test(word) || STRONG_PAIRS.has(pair)) return 'strong';
    if (/^(api|access|private|secret|session|encryption|signing)key$/.test(word)) return 'strong';
    if (DSN.test(word) || pair === 'connection string') return 'dsn';
    // `secretKey` is a credential by its pair above; `tokenKey` and the like are names of something.
    if (WEAK.test(word) && words[end] !== 'key') return 'weak';
    if (!QUALIFIER.test(word)) return undefined;
  }
  return undefined;
}

/** `dbPassword`, `DB_PASSWORD`, `--db-password`, `spring.datasource.password` → lower-case words. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
}

/** What a placeholder is called: `DB_PASSWORD` → `db_password`. */
export function labelFor(name: string): string {
  const label = wordsOf(name).join('_').slice(0, 40);
  return label === '' ? 'value' : label;
}
