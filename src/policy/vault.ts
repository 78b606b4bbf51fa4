import { createHmac, randomBytes } from 'node:crypto';
import { labelFor } from './credential-names.ts';
import { isDistinctive } from './credential-values.ts';
import { KnownValues } from './known-values.ts';

/** A value that the model must not see, and what stands for it. */
export interface Hidden {
  /** `‹secret:db_password:1›`: stable within a session, the same for equal values. */
  readonly placeholder: string;
  readonly value: string;
  /** HMAC-SHA-256 under the session's key, hexadecimal. */
  readonly digest: string;
  /** Hidden wherever it appears; a value that is not cannot be put back into arguments either. */
  readonly distinctive: boolean;
  /** Pattern tests that a script has made so far. */
  tests: number;
}

export interface Vault {
  /**
   * Remembers a value under the name it was found with. `certain` values (data of Secrets) are remembered however
   * many suspicions some text has filled the vault with.
   */
  hide(value: string, name: string, options?: { credential?: boolean; certain?: boolean }): Hidden;
  /** By placeholder; never by value, or guesses could be tried. */
  find(placeholder: string): Hidden | undefined;
  /** A person allowed this value to be seen, and with it every value inside it. */
  reveal(hidden: Hidden): void;
  isRevealed(hidden: Hidden): boolean;
  /** Replaces every distinctive value that is known, raw, base64 or URL-encoded. */
  replaceKnown(text: string): string;
  /** Replaces placeholders by their values; the callback hears of values that may not be put back. */
  resolve(text: string, refuse: (hidden: Hidden) => never): string;
}

export const PLACEHOLDER = /‹secret:[a-z0-9_]*(?::\d+)?›/g;
/** Beyond this many values (a log full of session tokens) placeholders are no longer numbered. */
const SUSPECTED_MAX = 20_000;
const CERTAIN_MAX = 200_000;

/** Holds the hidden values of one session in memory, never on disk. `key` is injected by tests only. */
export function createVault(options: { key?: Uint8Array } = {}): Vault {
  const key = options.key ?? randomBytes(32);
  const byValue = new Map<string, Hidden>();
  const byPlaceholder = new Map<string, Hidden>();
  const known = new KnownValues();
  const revealed = new Set<string>();

  let certainCount = 0;

  const add = (value: string, name: string, credential: boolean, certain: boolean): Hidden => {
    const full = certain ? certainCount >= CERTAIN_MAX : byValue.size - certainCount >= SUSPECTED_MAX;
    const hidden: Hidden = {
      placeholder: full ? `‹secret:${labelFor(name)}›` : `‹secret:${labelFor(name)}:${byValue.size + 1}›`,
      value,
      digest: createHmac('sha256', key).update(value).digest('hex'),
      distinctive: isDistinctive(value, credential),
      tests: 0,
    };
    if (full) return hidden;
    if (certain) certainCount += 1;
    byValue.set(value, hidden);
    byPlaceholder.set(hidden.placeholder, hidden);
    if (hidden.distinctive) for (const form of formsOf(value)) known.add(form, hidden.placeholder);
    return hidden;
  };

  return {
    hide: (value, name, { credential = true, certain = false } = {}) =>
      byValue.get(value) ?? add(value, name, credential, certain),
    find: placeholder => byPlaceholder.get(placeholder),
    reveal(hidden) {
      for (const { value } of byValue.values()) {
        if (!hidden.value.includes(value)) continue;
        revealed.add(value);
        for (const form of formsOf(value)) known.remove(form);
      }
    },
    isRevealed: hidden => revealed.has(hidden.value),
    replaceKnown: text =>
      text.includes('‹secret:')
        ? outsidePlaceholders(text, part => known.replace(part))
        : known.replace(text),
    resolve: (text, refuse) =>
      text.replace(PLACEHOLDER, placeholder => {
        const hidden = byPlaceholder.get(placeholder);
        if (!hidden) return placeholder;
        return hidden.distinctive || revealed.has(hidden.value) ? hidden.value : refuse(hidden);
      }),
  };
}

/** Applies a change to everything between placeholders, so that redacting twice changes nothing. */
export function outsidePlaceholders(text: string, change: (part: string) => string): string {
  let out = '';
  let from = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    out += change(text.slice(from, match.index)) + match[0];
    from = match.index + match[0].length;
  }
  return out + change(text.slice(from));
}

/**
 * The forms in which a value travels: as it is, trimmed, in base64 (alone or inside a longer text), hexadecimal,
 * URL-encoded, inside JSON, also as Go and HTML-safe encoders write it.
 */
function formsOf(value: string): Set<string> {
  const trimmed = value.trim();
  const forms = new Set([value, trimmed]);
  for (const text of [value, trimmed]) {
    forms.add(Buffer.from(text, 'utf8').toString('base64'));
    forms.add(Buffer.from(text, 'utf8').toString('base64url'));
  }
  const bytes = Buffer.from(trimmed, 'utf8');
  for (const form of insideBase64(bytes)) forms.add(form);
  const hex = bytes.toString('hex');
  forms.add(hex);
  forms.add(hex.toUpperCase());
  try {
    forms.add(encodeURIComponent(trimmed));
  } catch {
    // Lone surrogates have no URL form.
  }
  const json = JSON.stringify(trimmed).slice(1, -1);
  forms.add(json);
  forms.add(json.replace(/[<>&]/g, sign => `\\u00${sign.charCodeAt(0).toString(16)}`));
  return forms;
}

/** What is left of these bytes in the base64 of a longer text, whatever stands before and behind them. */
function insideBase64(bytes: Buffer): string[] {
  if (bytes.length < 8) return [];
  return [0, 1, 2].map(shift => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    // Characters that share bits with a neighbour are left out.
    const from = shift === 0 ? 0 : shift + 1;
    return text.slice(from, Math.floor(((shift + bytes.length) * 8) / 6));
  });
}
