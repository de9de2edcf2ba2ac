import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Makes an authority, and certificates by it for a server on this machine and for a client, with `openssl`. Returns the
 * files by name: `ca.pem`, `server.pem`, `server.key`, `client.pem`, `client.key`.
 */
export function makeCertificates(folder: string): Readonly<Record<string, string>> {
  const at = (name: string): string => join(folder, name);
  const openssl = (...argv: string[]): void => {
    execFileSync('openssl', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...newKey, '-subj', '/CN=test authority', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  for (const who of ['server', 'client']) {
    const issued = [
      '-CA',
      at('ca.pem'),
      '-CAkey',
      at('ca.key'),
      '-addext',
      'subjectAltName=DNS:localhost,IP:127.0.0.1',
    ];
    openssl(
      'req',
      '-x509',
      ...newKey,
      ...issued,
      '-subj',
      `/CN=${who}`,
      '-keyout',
      at(`${who}.key`),
      '-out',
      at(`${who}.pem`),
    );
  }
  const names = ['ca.pem', 'server.pem', 'server.key', 'client.pem', 'client.key'];
  return Object.fromEntries(names.map((name) => [name, at(name)]));
}
