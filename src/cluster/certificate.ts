import { type CertificateFacts, certificateFacts } from '../shared/certificate.ts';
import { isRecord } from '../shared/json.ts';
import type { KubeObject } from './types.ts';

/** Set on Secrets whose values were left out of a capture: the public facts of their certificate, as JSON. */
export const PUBLIC_CERTIFICATE = 'kv/certificate';

/** What anyone who connects could read of a Secret's certificate (`tls.crt`): its dates and the names in it. */
export function publicPart(secret: KubeObject): CertificateFacts | undefined {
  const data: unknown = secret['data'];
  const encoded = isRecord(data) ? data['tls.crt'] : undefined;
  if (typeof encoded === 'string' && encoded) {
    return certificateFacts(Buffer.from(encoded, 'base64').toString('latin1'));
  }
  return noted(secret.metadata.annotations?.[PUBLIC_CERTIFICATE]);
}

function noted(text: string | undefined): CertificateFacts | undefined {
  if (!text) return undefined;
  try {
    const facts: unknown = JSON.parse(text);
    if (!isRecord(facts) || typeof facts['notBefore'] !== 'number' || typeof facts['notAfter'] !== 'number') {
      return undefined;
    }
    const names = Array.isArray(facts['names']) ? facts['names'].map(String) : [];
    return { notBefore: facts['notBefore'], notAfter: facts['notAfter'], names };
  } catch {
    return undefined;
  }
}
