import { credentialName, labelFor } from './credential-names.ts';
import { isCredentialValue, isOpaque } from './credential-values.ts';

/** Hides one value that was found under a name and returns what stands for it. */
export type Hide = (value: string, name: string) => string;

const PEM_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const PEM_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
/** A line of a key without its frame, as in the tail of a log: nothing but base64, as long as PEM breaks it. */
const KEY_LINE =
  /^([ \t]{0,40}(?:\d{4}-\d\d-\d\dT\S{5,30} )?)((?=[^\n]*[a-z])(?=[^\n]*[A-Z])(?=[^\n]*\d)[A-Za-z0-9+/]{64,76}={0,2})[ \t\r]*$/gm;
const URL_USERINFO = /\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@'"?#]{0,200}):([^\s/@'"]{1,1000})@/gi;
const JWT = /(?<![\w-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g;
/** Shapes that providers document for their keys; each is distinctive enough to need no name beside it. */
const KEY_SHAPES: Array<[RegExp, string]> = [
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, 'aws_access_key'],
  [/\bAIza[0-9A-Za-z_-]{35}/g, 'google_api_key'],
  [/\bya29\.[0-9A-Za-z_-]{20,}/g, 'google_token'],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{22,})/g, 'github_token'],
  [/\bglpat-[\w-]{20,}/g, 'gitlab_token'],
  [/\bxox[abeprs]-[\w-]{10,}/g, 'slack_token'],
  [/(?<=hooks\.slack\.com\/services\/)[\w/]{20,}/g, 'slack_webhook'],
  [/\b(?:[sr]k_(?:live|test)_\w{10,}|whsec_\w{16,})/g, 'stripe_key'],
  [/\bsk-ant-[\w-]{20,}/g, 'anthropic_key'],
  [/\bsk-(?:proj-)?[A-Za-z0-9_-]{20,}/g, 'openai_key'],
  [
    /\b(?:npm_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_[0-9a-f]{64})/g,
    'api_token',
  ],
  [/(?<=[?&;]sig=)[\w%+/=-]{16,}/gi, 'sas_signature'],
];
const LONG_BASE64 = /[A-Za-z0-9+/]{64}/;
const YAML_NAME = /^([ +-]{0,200})(?:name|key):[ \t]{1,8}["']?([\w.-]{1,80})["']?[ \t]*$/;
const YAML_VALUE = /^([ +-]{0,200})(value:[ \t]*)(.*)$/;
/** Lines of a diff between a name and its value. */
const PAIR_REACH = 30;
const JSON_PAIR =
  /(\\?"(?:name|key)\\?"\s?:\s?\\?"([\w.-]{1,80})\\?"\s?,\s?\\?"value\\?"\s?:\s?\\?")((?:[^"\\\n]|\\[^"\n])*)/g;
const ANY_SHAPE =
  /AKIA|ASIA|AIza|ya29\.|gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|hooks\.slack|[sr]k[-_]|whsec_|npm_|hf_|SG\.|dop_v1_|sig=/i;
const HEADER =
  /\b(authorization["']?\s*[:=]\s*["']?(?:(?:bearer|basic|token|digest|apikey)\s+)?)([\w.~+/=:-]{6,})/gi;
const SCHEME = /\b((?:bearer|basic)\s+)([\w.~+/-]{8,}={0,2})/gi;
/** `using token 9f3…`: prose between name and value. Names of objects are not opaque. */
const SPOKEN =
  /\b((?:token|passw(?:or)?d|passphrase|(?:api|access|secret|private)[ _-]?key)(?: is| was|:)? ["'`]?)([\w+/.~!@#$%^*=-]{10,200})/gi;
const SPOKEN_NAME = /(?:token|passw(?:or)?d|passphrase|key)(?: is| was|:)? /i;
const COOKIE = /\b((?:set-)?cookie["']?\s*[:=]\s*["']?[^\s"';=]{1,200}=)([^\s"';]+)/gi;
const PAIR =
  /(?<!‹secret:|[\w.‹-])([\w.-]{1,80})(\\?["']?[ \t]{0,3}(?::=|=>|[:=])[ \t]{0,3})(\\?"(?:[^"\\\n]|\\[^"\n])*\\?"|'[^'\n]*'|[^\s"',;&)}\]]+)/g;
const FLAG = /(?<![\w-])(--[A-Za-z][\w-]{0,60})([ \t]{1,8})("[^"\n]*"|'[^'\n]*'|[^\s"'-][^\s"']*)/g;
const CLIENT_PASSWORD = /\b((?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;&]{0,300}?\s-p)([^\s'"]+)/g;
const CLIENT_AUTH =
  /\b((?:redis-cli\b[^\n|;&]{0,300}?\s-a|curl\b[^\n|;&]{0,300}?\s(?:-u|--user)[ =]["']?[^\s:'"]{1,100}:)\s*)([^\s'"]+)/g;

/** What spans lines: private keys, and `name:`/`value:` pairs of YAML, also inside a diff. */
export function applyBlockRules(text: string, hide: Hide): string {
  let out = hidePem(text, hide);
  if (out.length >= 64 && LONG_BASE64.test(out))
    out = out.replace(KEY_LINE, (_, before: string, key: string) => before + hide(key, 'private_key'));
  return out.includes('value:') ? hideYamlPairs(out, hide) : out;
}

/** Whole keys; one that is cut off is hidden to the end. By index, since a megabyte key exhausts an expression. */
function hidePem(text: string, hide: Hide): string {
  if (!text.includes('PRIVATE KEY')) return text;
  let out = '';
  let from = 0;
  PEM_BEGIN.lastIndex = 0;
  for (let begin = PEM_BEGIN.exec(text); begin; begin = PEM_BEGIN.exec(text)) {
    PEM_END.lastIndex = begin.index;
    const end = PEM_END.exec(text);
    const until = end ? PEM_END.lastIndex : text.length;
    out += text.slice(from, begin.index) + hide(text.slice(begin.index, until), 'private_key');
    from = until;
    PEM_BEGIN.lastIndex = until;
  }
  return out + text.slice(from);
}

/**
 * In a diff the `value:` of a pair may stand some lines below its `name:`, so the name holds for the next lines in
 * the same column until another name takes its place there.
 */
function hideYamlPairs(text: string, hide: Hide): string {
  let open: { name: string; column: number; until: number } | undefined;
  const lines = text.split('\n').map((line, index) => {
    const named = YAML_NAME.exec(line);
    if (named) {
      const column = named[1]!.length;
      if (credentialName(named[2]!)) open = { name: named[2]!, column, until: index + PAIR_REACH };
      else if (open?.column === column) open = undefined;
      return line;
    }
    const found = open && index <= open.until ? YAML_VALUE.exec(line) : null;
    if (!found || found[1]!.length !== open!.column) return line;
    return settingOf(line, found[1]! + found[2]!, open!.name, unquoted(found[3]!.trim()), hide);
  });
  return lines.join('\n');
}

function settingOf(whole: string, head: string, name: string, value: string, hide: Hide): string {
  const strength = credentialName(name);
  const secret = strength && strength !== 'dsn' && isCredentialValue(value, strength, 'setting');
  return secret && !value.includes('‹') ? head + hide(value, name) : whole;
}

/** Hides what looks like a credential in one line. */
export function applyRules(text: string, hide: Hide): string {
  let out = text;
  const each = (pattern: RegExp, name: string, accept: (value: string) => boolean = () => true) => {
    out = out.replace(pattern, (whole, before: string, value: string) =>
      value.startsWith('‹') || !accept(value) ? whole : before + hide(value, name),
    );
  };
  if (out.includes('://')) {
    out = out.replace(URL_USERINFO, (whole, before: string, password: string) =>
      isCredentialValue(password, 'strong', 'assignment')
        ? `${before}:${hide(password, 'url_password')}@`
        : whole,
    );
  }
  if (out.includes('eyJ')) out = out.replace(JWT, token => hide(token, 'jwt'));
  if (ANY_SHAPE.test(out))
    for (const [shape, name] of KEY_SHAPES) out = out.replace(shape, value => hide(value, name));
  if (out.includes('"value')) {
    out = out.replace(JSON_PAIR, (whole, head: string, name: string, value: string) =>
      settingOf(whole, head, name, value, hide),
    );
  }
  if (/authorization/i.test(out)) each(HEADER, 'authorization', value => isOpaque(value) || /\d/.test(value));
  if (/bearer|basic/i.test(out)) each(SCHEME, 'authorization', isToken);
  if (SPOKEN_NAME.test(out)) each(SPOKEN, 'credential', isSpokenSecret);
  if (/cookie/i.test(out)) each(COOKIE, 'cookie', value => value.length >= 6);
  out = out.replace(PAIR, (whole, name: string, separator: string, quoted: string, offset: number) =>
    replacePair(whole, name, separator, quoted, () => isWholeLine(out, offset, whole.length), hide),
  );
  if (out.includes('--'))
    out = out.replace(FLAG, (whole, flag: string, space: string, quoted: string) => {
      const strength = credentialName(flag);
      const value = unquoted(quoted);
      if (!strength || !isCredentialValue(value, strength, 'assignment')) return whole;
      return flag + space + quoted.replace(value, () => hide(value, flag));
    });
  if (/mysql|mariadb/.test(out)) each(CLIENT_PASSWORD, 'password', value => !/^(\d{1,5}$|\/)/.test(value));
  if (/redis-cli|curl/.test(out)) each(CLIENT_AUTH, 'password');
  return out;
}

function replacePair(
  whole: string,
  name: string,
  separator: string,
  quoted: string,
  wholeLine: () => boolean,
  hide: Hide,
): string {
  const strength = credentialName(name);
  if (!strength || strength === 'dsn') return whole;
  const value = unquoted(quoted);
  // `secret: web-tls-2024` is how everything refers to a Secret by name.
  const place = /^secret$/i.test(name) ? 'field' : 'assignment';
  if (value.startsWith('‹') || !isCredentialValue(value, strength, place)) return whole;
  // `password: must not be empty` is prose; `password: letmein` alone on its line is a setting.
  const prose = separator.includes(': ') && value === quoted && /^[A-Za-z][a-z'-]*[.!]?$/.test(value);
  if (prose && !wholeLine()) return whole;
  return name + separator + quoted.replace(value, () => hide(value, labelFor(name)));
}

function isWholeLine(text: string, offset: number, length: number): boolean {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset + length);
  const before = text.slice(start, offset);
  const after = text.slice(offset + length, end < 0 ? undefined : end);
  return /^[\s\-{"']*$/.test(before) && /^[\s,;"']*$/.test(after);
}

/** Digits, capitals and small letters in one word without dots: no name of an object, a version or a file. */
function isSpokenSecret(value: string): boolean {
  const text = value.replace(/[.,;:!]+$/, '');
  return /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text) && isOpaque(text);
}

function unquoted(text: string): string {
  return text.replace(/^\\?["']|\\?["']$/g, '');
}

/** Long enough, and with digits or mixed case: `Bearer authentication` is prose. */
function isToken(value: string): boolean {
  return value.length >= 12
    ? isOpaque(value)
    : /\d/.test(value) && /[A-Za-z]/.test(value) && value.length >= 8;
}
