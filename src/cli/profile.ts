import { access, constants, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parsed } from '../config/load.ts';
import { httpUrl, integer } from '../config/parse.ts';
import { SETTINGS } from '../config/settings.ts';
import { EXIT, messageOf, OperatorError } from '../errors.ts';
import { type Asked, ask, isAnswer } from '../http/ask.ts';
import { PROFILE_HEADER, PROFILE_PATH } from '../http/profile-route.ts';
import { escapeText } from '../log/logger.ts';
import { MAX_PROFILE_SECONDS } from '../profile/heap-profile.ts';
import { allocationSites, parseProfile, withFrames } from '../profile/sites.ts';
import { sitesText } from '../profile/sites-text.ts';
import { originalFrames } from '../profile/source-names.ts';

/** What the daemon may take beyond the time it samples for: to put the profile together. */
const GRACE_MS = 30_000;

/** What commander hands over: texts as they were typed. */
export interface ProfileOptions {
  seconds: string;
  output?: string;
  force?: boolean;
  living?: boolean;
  process?: string;
}

/** `peermeter profile heap`: which code of a running daemon allocates, as a file and as a table. */
export async function profileHeap(url: string | undefined, options: ProfileOptions): Promise<number> {
  const seconds = parsed(integer(1, MAX_PROFILE_SECONDS), options.seconds, '--seconds', 'usage');
  const daemon = parsed(
    httpUrl,
    url ?? `http://127.0.0.1:${SETTINGS.metricsPort.default}`,
    'the URL of the daemon',
    'usage',
  );
  const file = resolve(options.output ?? `heap-${timestamp()}.heapprofile`);
  await refuseOutput(file, options.force === true);
  process.stderr.write(`sampling the heap of ${escapeText(daemon)} for ${seconds} s\n`);
  const query = new URLSearchParams({
    seconds: String(seconds),
    ...(options.living === true ? { living: '1' } : {}),
    ...(options.process === undefined ? {} : { process: options.process }),
  });
  const target = new URL(`${PROFILE_PATH}?${query}`, daemon).href;
  const asked = await ask(target, { headers: { [PROFILE_HEADER]: 'heap' }, deadlineMs: seconds * 1000 + GRACE_MS });
  const taken = profileOf(asked, daemon);
  const profile = withFrames(taken, originalFrames());
  const flag = options.force === true ? 'w' : 'wx';
  await writeFile(file, JSON.stringify(profile), { flag }).catch((error) => cannotWrite(file, error));
  process.stdout.write(
    `${sitesText(allocationSites(profile))}\n${file}: open it in the Memory tab of Chrome's developer tools\n`,
  );
  return EXIT.success;
}

function profileOf(asked: Asked, daemon: string) {
  if (!isAnswer(asked)) {
    throw new OperatorError(
      'fault',
      `no daemon answers at ${daemon}: ${asked.reason}; name the address that it prints as "Metrics on"`,
    );
  }
  const profile = asked.status === 200 ? parseProfile(asked.text) : undefined;
  if (profile !== undefined) return profile;
  const said = escapeText(asked.text.split('\n')[0]?.slice(0, 200) ?? '');
  throw new OperatorError('fault', `${daemon} gives no profile, but answers ${asked.status}: ${said}`);
}

/** Before the time is spent: a file that is there is left alone, and one that cannot be written is not found out at the end. */
async function refuseOutput(file: string, force: boolean): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere && !force)
    throw new OperatorError('config', `${file} is there already: name another with -o, or add --force`);
  // With the dot it has to be a folder.
  await access(isThere ? file : `${dirname(file)}/.`, constants.W_OK).catch((error) => cannotWrite(file, error));
}

function cannotWrite(file: string, cause: unknown): never {
  throw new OperatorError('config', `${file} cannot be written: ${messageOf(cause)}`, { cause });
}

/** `20261231-235959`, in local time. */
function timestamp(): string {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString();
  return local.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
}
