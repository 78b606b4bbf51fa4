import type { Primordials } from './primordials.ts';

/** Gives the secret handles in a call's result their methods. Runs inside the instance (see primordials.ts). */
export function makeSecrets(p: Primordials, call: (name: string, args: unknown) => Promise<unknown>) {
  interface Handle {
    $secret: string;
    length: number;
    sha256: string;
  }

  const methods = p.freeze({
    __proto__: null,
    equals(this: Handle, other: unknown): boolean {
      if (typeof other === 'object' && other !== null && p.hasOwn(other, '$secret')) {
        return (other as Handle).sha256 === this.sha256;
      }
      if (other === undefined || other === null) return false;
      throw new p.NativeTypeError(
        'secret.equals() compares two secrets; to test for a text use `await secret.matches(/^text$/)`.',
      );
    },
    matches(this: Handle, pattern: unknown): Promise<unknown> {
      const regex = typeof pattern === 'object' && pattern !== null && p.inherits(p.protoOf.regex, pattern);
      const source = regex ? p.regexSource(pattern) : p.text(pattern);
      const caseless = regex && p.ignoresCase(pattern);
      const answer = call('secret.matches', {
        handle: this.$secret,
        pattern: caseless ? `(?i)${source as string}` : source,
      });
      // Through the promise's own `then`, so that it counts as looked at.
      return p.apply(answer.then as never, answer, [
        (found: { matches: boolean }) => found.matches,
      ]) as Promise<unknown>;
    },
    reveal(this: Handle, reason: unknown): Promise<unknown> {
      return call('secret.reveal', { handle: this.$secret, reason: p.text(reason ?? '') });
    },
    toJSON(this: Handle): Handle {
      return { $secret: this.$secret, length: this.length, sha256: this.sha256 };
    },
    toString(this: Handle): string {
      return p.stringify({
        __proto__: null,
        $secret: this.$secret,
        length: this.length,
        sha256: this.sha256,
      });
    },
  });

  function revive(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (p.hasOwn(value, '$secret') && typeof (value as Handle).$secret === 'string') {
      const handle = value as Handle;
      const out = p.create(methods) as Handle;
      out.$secret = handle.$secret;
      out.length = handle.length;
      out.sha256 = handle.sha256;
      return p.freeze(out);
    }
    const keys = p.keys(value);
    const holder = value as Record<string, unknown>;
    for (let i = 0; i < keys.length; i++) holder[keys[i]!] = revive(holder[keys[i]!]);
    return value;
  }

  return revive;
}
