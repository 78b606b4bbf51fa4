import { X509Certificate } from 'node:crypto';

/** The public facts of a certificate. Times are Unix milliseconds. */
export interface CertificateFacts {
  notBefore: number;
  notAfter: number;
  /** Host names and addresses of subjectAltName, `*.example.com` among them; else the subject's CN. */
  names: string[];
}

/** The first certificate of a PEM text (RFC 7468), or undefined where there is none that can be read. */
export function certificateFacts(pem: string): CertificateFacts | undefined {
  const [first] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(pem) ?? [];
  if (!first) return undefined;
  try {
    const certificate = new X509Certificate(first);
    const [notBefore, notAfter] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
    if (Number.isNaN(notBefore) || Number.isNaN(notAfter)) return undefined;
    return { notBefore, notAfter, names: namesOf(certificate) };
  } catch {
    return undefined;
  }
}

function namesOf({ subjectAltName, subject }: X509Certificate): string[] {
  const names = [...(subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(
    match => match[1] ?? '',
  );
  const common = /^CN=(.+)$/m.exec(subject)?.[1];
  return names.length > 0 ? names : common ? [common] : [];
}

/** Whether a certificate's name covers a host: a leading `*` stands for one label (RFC 6125, 6.4.3). */
export function nameCovers(name: string, host: string): boolean {
  const [pattern, wanted] = [name.toLowerCase(), host.toLowerCase()];
  if (!pattern.startsWith('*.')) return pattern === wanted;
  const dot = wanted.indexOf('.');
  return dot > 0 && wanted.slice(dot) === pattern.slice(1);
}
