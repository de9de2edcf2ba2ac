import type { SecureContextOptions } from 'node:tls';
import { readBounded } from '../../config/bounded-file.ts';
import { type Format, filePath, optional } from '../../config/format.ts';
import { Secret } from '../../config/secret.ts';
import { readSecretFile } from '../../config/secret-file.ts';

/** A bundle of certificates of all authorities there are is a quarter of this. */
const MAX_CERTIFICATE_BYTES = 1_048_576;

/** A file in PEM form, and what stood in it when the configuration was read. */
export interface PemFile {
  readonly file: string;
  readonly pem: Secret;
}

const pemFile = (read: (file: string) => Secret): Format<PemFile | undefined> => {
  const load = (file: string): PemFile => ({ file, pem: read(file) });
  return optional({
    ...filePath,
    fromText: (text, context) => load(filePath.fromText(text, context)),
    fromYaml: (value, context) => load(filePath.fromYaml(value, context)),
    show: ({ file }) => file,
  });
};

/** Certificates, which anybody may read. */
export const certificateFile = pemFile((file) => new Secret(readBounded(file, MAX_CERTIFICATE_BYTES).bytes.toString()));

/** A private key, which nobody else may. */
export const privateKeyFile = pemFile(readSecretFile);

export interface TlsFiles {
  readonly certificate: PemFile | undefined;
  readonly clientCertificate: PemFile | undefined;
  readonly clientKey: PemFile | undefined;
}

/** What TLS is to be made with; keys are absent where nothing was said. */
export function tlsOptions({ certificate, clientCertificate, clientKey }: TlsFiles): SecureContextOptions {
  return {
    ...(certificate && { ca: certificate.pem.reveal() }),
    ...(clientCertificate && { cert: clientCertificate.pem.reveal() }),
    ...(clientKey && { key: clientKey.pem.reveal() }),
  };
}

/** The field whose file TLS cannot use, and why. */
export function tlsProblem(files: TlsFiles): { readonly field: keyof TlsFiles; readonly problem: string } | undefined {
  const { clientCertificate, clientKey } = files;
  if (clientCertificate !== undefined && clientKey === undefined) {
    return { field: 'clientCertificate', problem: 'is of no use without client-key' };
  }
  if (clientKey !== undefined && clientCertificate === undefined) {
    return { field: 'clientKey', problem: 'is of no use without client-certificate' };
  }
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  const works = (options: SecureContextOptions): boolean => {
    try {
      createSecureContext(options);
      return true;
    } catch {
      return false;
    }
  };
  const { ca, cert, key } = tlsOptions(files);
  if (ca !== undefined && !(hasPem(ca, 'CERTIFICATE') && works({ ca }))) {
    return { field: 'certificate', problem: 'does not name a file of certificates (PEM)' };
  }
  if (cert !== undefined && !works({ cert })) {
    return { field: 'clientCertificate', problem: 'does not name a file with a certificate (PEM)' };
  }
  if (key !== undefined && !works({ key }))
    return { field: 'clientKey', problem: 'does not name a private key (PEM, without a passphrase)' };
  if (cert !== undefined && !works({ cert, key })) {
    return { field: 'clientKey', problem: 'does not belong to client-certificate' };
  }
  return undefined;
}

const hasPem = (text: unknown, what: string): boolean => String(text).includes(`-----BEGIN ${what}-----`);
