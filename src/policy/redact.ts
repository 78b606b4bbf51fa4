import { KvError } from '../shared/errors.ts';
import { isRecord } from '../shared/json.ts';
import { credentialName } from './credential-names.ts';
import { isCredentialValue, isDistinctive, type Place } from './credential-values.ts';
import { hideManifests } from './secret-text.ts';
import type { SecretHandle } from './secrets.ts';
import { handleOf } from './secrets.ts';
import { onSuspectLines } from './suspects.ts';
import { applyBlockRules, applyRules } from './text-rules.ts';
import { outsidePlaceholders, type Vault } from './vault.ts';

export interface Redactor {
  /**
   * A capability's result without secret values: data of Secret objects become handles, credentials elsewhere
   * become placeholders. Returns the same value where nothing was hidden.
   */
  redactResult<T>(value: T): T;
  /** Logs, events, errors, console lines, and the last pass over everything that a model will see. */
  redactText(text: string): string;
  /**
   * Puts values back into the arguments of a capability call. Families that answer from kv itself (`state`,
   * `secret`, `tools`) get their arguments as they are.
   */
  resolve<T>(args: T, capability: string): T;
}

const OWN_FAMILIES = /^(state|secret|tools)\./;
/**
 * Parameters that are regular expressions. A value inside one would be a question about itself (`[‹…›]` finds its
 * characters), and logs are searched as the script sees them: with placeholders.
 */
const PATTERNS = new Set(['pattern', 'grep']);

export function createRedactor(vault: Vault): Redactor {
  const hide = (value: string, name: string) => {
    const hidden = vault.hide(value, name);
    return vault.isRevealed(hidden) ? value : hidden.placeholder;
  };

  const redactText = (given: string): string => {
    const text = hideManifests(given, manifestEntry);
    return vault.replaceKnown(text.includes('‹secret:') ? outsidePlaceholders(text, rules) : rules(text));
  };

  const rules = (text: string): string =>
    onSuspectLines(applyBlockRules(text, hide), line => applyRules(line, hide));

  const walk = (value: unknown, place: Place): unknown => {
    if (typeof value === 'string') return redactText(value);
    if (Array.isArray(value)) return walkArray(value, place);
    return isRecord(value) ? walkObject(value, place) : value;
  };

  const walkArray = (items: unknown[], place: Place): unknown[] => {
    let changed = false;
    let inKey = false;
    const out = items.map((item, index) => {
      const before = items[index - 1];
      // A private key in a log arrives line by line.
      if (typeof item === 'string' && (inKey || item.includes('PRIVATE KEY-----'))) {
        inKey = item.includes('-----BEGIN') || (inKey && !item.includes('-----END'));
        changed = true;
        return item.startsWith('‹') ? item : hide(item, 'private_key');
      }
      const next =
        typeof item === 'string' && typeof before === 'string'
          ? flagValue(before, item, items)
          : walk(item, place);
      if (next !== item) changed = true;
      return next;
    });
    return changed ? out : items;
  };

  /** Arguments of a command: `["--password", "x"]`, `["mysql", "-p", "x"]`. */
  const flagValue = (flag: string, value: string, all: unknown[]): string => {
    const strength = /^--?[A-Za-z][\w-]*$/.test(flag) ? credentialName(flag) : undefined;
    const client = flag === '-p' || flag === '-a' ? all.some(isDatabaseClient) : false;
    if (!strength && !client) return redactText(value);
    return isCredentialValue(value, strength ?? 'strong', 'assignment')
      ? hide(value, flag)
      : redactText(value);
  };

  const walkObject = (object: Record<string, unknown>, place: Place): Record<string, unknown> => {
    const handle = handleIn(object);
    if (handle) return { ...handle };
    if (isSecretObject(object)) return redactSecret(object);
    const inner = object.kind === 'ConfigMap' ? 'setting' : place;
    const pair = pairOf(object);
    let out: Record<string, unknown> | undefined;
    for (const [key, value] of Object.entries(object)) {
      const next = pair?.key === key ? underName(value, pair.name, 'setting') : field(key, value, inner);
      if (next === value) continue;
      out ??= { ...object };
      out[key] = next;
    }
    return out ?? object;
  };

  const field = (key: string, value: unknown, place: Place): unknown => {
    if (key === 'labels' || key === 'annotations' || key === 'matchLabels') return walkNames(value);
    if (key === 'items' && Array.isArray(value)) return walk(value, place);
    if (key === 'binaryData' && isRecord(value)) return walkBinary(value);
    if (typeof value === 'string') return underName(value, key, place);
    return walk(
      value,
      key === 'data' || key === 'stringData' ? place : place === 'setting' ? 'field' : place,
    );
  };

  const underName = (value: unknown, name: string, place: Place): unknown => {
    if (typeof value !== 'string') return walk(value, place);
    const strength = credentialName(name);
    if (!strength) return redactText(value);
    if (strength !== 'dsn') {
      return isCredentialValue(value, strength, place) ? wholly(value, name) : redactText(value);
    }
    const inside = redactText(value);
    return inside === value && value.includes('@') ? wholly(value, name) : inside;
  };

  /** Only what this vault made is a handle: whoever writes `$secret` into an object of their own hides nothing. */
  const handleIn = (object: Record<string, unknown>): SecretHandle | undefined => {
    const hidden = typeof object.$secret === 'string' ? vault.find(object.$secret) : undefined;
    return hidden && handleOf(hidden);
  };

  /** Files in base64: one that holds a credential is hidden whole. */
  const walkBinary = (files: Record<string, unknown>): Record<string, unknown> => {
    const entries = Object.entries(files).map(([key, value]) => {
      if (typeof value !== 'string') return [key, walk(value, 'field')];
      const text = decodeBase64(value);
      return [key, redactText(text) === text ? value : hide(value, key)];
    });
    return Object.fromEntries(entries) as Record<string, unknown>;
  };

  /** A value that only names things (a URL without credentials under TOKEN_SECRET) keeps what is readable. */
  const wholly = (value: string, name: string): string =>
    value.includes('‹secret:') ? redactText(value) : hide(value, name);

  /** Labels and annotations are references and settings; only what looks like a credential by itself is hidden. */
  const walkNames = (value: unknown): unknown => {
    if (!isRecord(value)) return walk(value, 'field');
    let out: Record<string, unknown> | undefined;
    for (const [key, text] of Object.entries(value)) {
      const next =
        typeof text === 'string' ? (/^\s*[{[]/.test(text) ? jsonText(text) : redactText(text)) : text;
      if (next === text) continue;
      out ??= { ...value };
      out[key] = next;
    }
    return out ?? value;
  };

  const jsonText = (text: string): string => {
    try {
      const value: unknown = JSON.parse(text);
      const hidden = walk(value, 'field');
      return hidden === value ? text : JSON.stringify(hidden);
    } catch {
      return redactText(text);
    }
  };

  const redactSecret = (secret: Record<string, unknown>): Record<string, unknown> => {
    const out: Record<string, unknown> = { ...secret };
    const { metadata } = secret;
    if (isRecord(metadata)) out.metadata = walkObject(metadata, 'field');
    for (const part of ['data', 'stringData'] as const) {
      const entries = secret[part];
      if (!isRecord(entries)) continue;
      out[part] = Object.fromEntries(
        Object.entries(entries).map(([key, value]) => [key, secretEntry(key, value, part === 'data')]),
      );
    }
    return out;
  };

  const secretEntry = (key: string, value: unknown, encoded: boolean): unknown => {
    const hidden = typeof value === 'string' ? hideEntry(key, value, encoded) : undefined;
    return hidden ? (handleOf(hidden) satisfies SecretHandle) : value;
  };

  /** The same in a text, which has no room for a handle. */
  const manifestEntry = (key: string, value: string, encoded: boolean): string => {
    const hidden = hideEntry(key, value, encoded);
    return hidden && !vault.isRevealed(hidden) ? hidden.placeholder : value;
  };

  const hideEntry = (key: string, value: string, encoded: boolean) => {
    if (value === '' || vault.find(value)) return undefined;
    const text = encoded ? decodeBase64(value) : value;
    if (isPublicCertificate(text)) return undefined;
    learnInside(text);
    const credential = credentialName(key) !== undefined;
    return vault.hide(text, key, { credential, certain: true });
  };

  /** A Secret often holds a whole file (`.env`, JSON, a connection string): its credentials must be known one by one. */
  const learnInside = (text: string): void => {
    if (text.length > 100_000) return;
    if (/^\s*[[{]/.test(text)) {
      try {
        walk(JSON.parse(text), 'setting');
        return;
      } catch {
        // Not JSON after all.
      }
    }
    rules(text);
    for (const line of text.includes('\n') ? text.split('\n') : []) {
      if (isDistinctive(line, false)) hide(line.trim(), 'line');
    }
  };

  const resolve = (value: unknown): unknown => {
    if (typeof value === 'string') return value.includes('‹secret:') ? vault.resolve(value, refuse) : value;
    if (Array.isArray(value)) return value.map(resolve);
    if (!isRecord(value)) return value;
    if (typeof value.$secret === 'string') return resolve(value.$secret);
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, PATTERNS.has(key) ? item : resolve(item)]),
    );
  };

  return {
    redactResult: value => walk(value, 'field') as typeof value,
    redactText,
    resolve: (args, capability) => (OWN_FAMILIES.test(capability) ? args : (resolve(args) as typeof args)),
  };
}

function refuse(): never {
  throw new KvError('failed', 'This secret is too short or too common to be passed on by its placeholder.', {
    hint: 'Refer to it by name (secretKeyRef) instead.',
  });
}

/** `{ name, value }` and `{ key, value }` pairs: environment variables, Helm sets, HTTP headers. */
function pairOf(object: Record<string, unknown>): { key: string; name: string } | undefined {
  if (typeof object.value !== 'string') return undefined;
  const name = typeof object.name === 'string' ? object.name : object.key;
  return typeof name === 'string' ? { key: 'value', name } : undefined;
}

function isSecretObject(object: Record<string, unknown>): boolean {
  if (!isRecord(object.data) && !isRecord(object.stringData)) return false;
  if (object.kind === 'Secret') return true;
  // Items of a SecretList carry no kind; their type gives them away.
  return object.kind === undefined && typeof object.type === 'string' && isRecord(object.metadata);
}

function isDatabaseClient(item: unknown): boolean {
  return (
    typeof item === 'string' && /(^|\/)(mysql(dump|admin)?|mariadb|redis-cli|sshpass|mongo(sh)?)$/.test(item)
  );
}

function isPublicCertificate(text: string): boolean {
  return /^\s*-----BEGIN (CERTIFICATE|PUBLIC KEY)-----/.test(text) && !text.includes('PRIVATE KEY');
}

/** The text of base64, or the base64 itself where the bytes are not text. */
function decodeBase64(value: string): string {
  const bytes = Buffer.from(value, 'base64');
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : value;
}
