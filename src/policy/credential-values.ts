import type { NameStrength } from './credential-names.ts';

/**
 * Where a value stands. A `setting` (environment variable, config map entry) hides the most, an `assignment` in
 * text less, a `field` of some object only what looks generated: it may refer to a secret by name.
 */
export type Place = 'setting' | 'assignment' | 'field';

const PLAIN =
  /^(true|false|yes|no|on|off|null|none|nil|undefined|default|enabled|disabled|required|optional|missing|empty|unset|invalid|expired|unknown|changed|rotated|basic|bearer|digest|oauth2?|oidc|ldap|n\/a|-)$/i;
/** References to a value that stands elsewhere, and what others have already hidden. */
const REFERENCE =
  /^(\$[({]|\$[A-Z_]+$|\{\{|<[^>]*>$|‹|\*+$|x{3,}$|\[?(redacted|masked|hidden|filtered)\]?$|vault:|ref\+|%\()/i;
const PATH = /^(\.{0,2}\/)[\w.@-]+(\/[\w.@-]+)*\/?$/;
/** Segments have one reading each, so that no value makes this slow. */
const WORDS = /^(?:[A-Z]?[a-z]*|[A-Z]{2,})(?:[-_./ :](?:[A-Z]?[a-z]*|[A-Z]{2,}))*$/;
const HOSTNAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:\d+)?$/i;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** True when a value under a credential's name should be hidden. */
export function isCredentialValue(value: string, strength: NameStrength, place: Place): boolean {
  const text = value.trim();
  if (!/[A-Za-z0-9]/.test(text) || REFERENCE.test(text) || PLAIN.test(text) || isPath(text)) return false;
  const digits = /^[\d.,]+$/.test(text);
  if (strength === 'strong') {
    // Lifetimes and counters are numbers; a numeric password is longer than those usually are.
    if (digits) return /^\d{4,}$/.test(text) && place !== 'field';
    // `password: db-credentials` of a custom resource names a Secret; in an environment it is one.
    return place !== 'field' || !/^[a-z]+(-[a-z]+)+$/.test(text);
  }
  if (digits) return false;
  if (place === 'setting' && /^[A-Za-z]{8,}$/.test(text)) return true;
  if (text.length < 6 || WORDS.test(text)) return false;
  if (UUID.test(text)) return true;
  if (place !== 'field') return !isHostname(text);
  return isOpaque(text);
}

/** Looks generated: not words, not a name with a short suffix, not a host name. */
export function isOpaque(text: string): boolean {
  if (text.length < 8 || WORDS.test(text) || isHostname(text)) return false;
  if (/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(text)) {
    return text.split(/[-.]/).some(part => part.length >= 12 && /\d/.test(part) && /[a-z]/.test(part));
  }
  return /\d/.test(text) || (/[a-z]/.test(text) && /[A-Z]/.test(text)) || /[^A-Za-z0-9_.-]/.test(text);
}

/**
 * True when a value is distinctive enough to be hidden wherever it appears. Words, numbers, host names and paths
 * are not: hiding `postgres` everywhere would hide the cause of the trouble as well.
 */
export function isDistinctive(value: string, credential: boolean): boolean {
  const text = value.trim();
  if (text.length < 6 || text.length > 16_384 || REFERENCE.test(text) || PLAIN.test(text)) return false;
  if (/^[\d.,:_+-]+$/.test(text) || isPath(text) || WORDS.test(text)) return false;
  if (/^https?:\/\/[^@]*$/i.test(text) || /^[\w.+-]+@[\w-]+\.[\w.-]+$/.test(text)) return false;
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return false;
  if (credential) return true;
  if (isHostname(text) || /\s/.test(text)) return false;
  return isOpaque(text) || UUID.test(text);
}

function isHostname(text: string): boolean {
  return text.length <= 260 && HOSTNAME.test(text);
}

function isPath(text: string): boolean {
  return PATH.test(text) && text.split('/').every(part => part.length <= 40);
}
