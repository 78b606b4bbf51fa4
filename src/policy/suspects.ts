/**
 * Three-letter fragments (lower case) such that every text that SUSPECT matches contains one of them. Chosen to
 * be rare in ordinary logs.
 */
const GRAMS =
  '://,key,eyj,kia,sia,iza,a29,ghp,gho,ghu,ghs,ghr,b_p,glp,xox,sk-,rk-,sk_,rk_,npm,hf_,sg.,whs,dop,pas,pwd,ecr,oke,cre,uth,bea,asi,dsn,ook,sas,ig=,ysq,iad,rl ,-cl,oks,jwt,nst,n_s,n-s,psk,hma'.split(
    ',',
  );
/** Three characters of six bits each: exact for ASCII without its case bit. */
const MASK = (1 << 18) - 1;

const table = new Uint8Array(MASK + 1);
for (const gram of GRAMS) {
  let index = 0;
  for (let i = 0; i < gram.length; i++) index = push(index, gram.charCodeAt(i));
  table[index] = 1;
}

function push(index: number, code: number): number {
  return ((index << 6) | ((code & 0x40) >> 1) | (code & 0x1f)) & MASK;
}

/** Anything that a rule could touch; tried on single lines. */
export const SUSPECT =
  /:\/\/[^\s/]*@|private key|eyJ|AKIA|ASIA|AIza|ya29\.|gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|\b[sr]k[-_]|npm_|hf_|\bSG\.|whsec_|dop_v1_|pass|pwd|secret|token|key["']?\s?[:=]|(?:api|access|secret|private)[ _-]?key|cred|auth|bearer|basic |dsn|cookie|\bsas|\bsig=|mysql|mariadb|curl |redis-cli|hooks\.slack|jwt|conn[a-z]*[_-]?str|psk|hmac/i;

/**
 * Applies `change` to the lines of a text that could hold a credential, and copies the rest. A rolling hash over
 * three characters finds candidates in one cheap pass; most lines are never looked at with an expression.
 */
export function onSuspectLines(text: string, change: (line: string) => string): string {
  let out = '';
  let copied = 0;
  let index = 0;
  const { length } = text;
  for (let i = 0; i < length; i++) {
    index = push(index, text.charCodeAt(i));
    if (table[index] === 0) continue;
    const start = text.lastIndexOf('\n', i) + 1;
    const newline = text.indexOf('\n', i + 1);
    const end = newline < 0 ? length : newline;
    const line = text.slice(start, end);
    if (SUSPECT.test(line)) {
      const changed = change(line);
      if (changed !== line) {
        out += text.slice(copied, start) + changed;
        copied = end;
      }
    }
    i = end;
    index = 0;
  }
  return copied === 0 && out === '' ? text : out + text.slice(copied);
}
