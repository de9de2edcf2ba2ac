import { parsed } from '../config/load.ts';
import { httpUrl } from '../config/parse.ts';
import { SETTINGS } from '../config/settings.ts';
import { EXIT } from '../errors.ts';
import { follow } from '../top/follow.ts';
import { printPoints, printReport } from '../top/print.ts';
import { isUtf8 } from '../top/text.ts';
import { watch } from '../top/watch.ts';
import { untilSignal } from './signals.ts';

/** What commander hands over. */
export interface TopOptions {
  once?: boolean;
  json?: boolean;
}

/** `peermeter top`: what a daemon measures, live, until somebody leaves. */
export async function top(address: string | undefined, options: TopOptions): Promise<number> {
  const url = feedUrl(address);
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  void untilSignal().then(leave);
  // The terminal is gone, or who read the output has seen enough.
  process.once('SIGHUP', leave);
  process.stdout.once('error', leave);

  const { stdin: input, stdout: output, env } = process;
  const events = follow(url, leaving.signal);
  const unicode = isUtf8(env);
  const isScreen = input.isTTY === true && output.isTTY === true && env.TERM !== 'dumb';
  if (options.once === true) await printReport(events, { json: options.json === true, unicode, leave });
  else if (options.json === true || !isScreen) await printPoints(events, { json: options.json === true });
  else await watch({ events, input, output, colour: (env.NO_COLOR ?? '') === '', unicode, leave });
  return EXIT.success;
}

/** Where the feed of a daemon is whose address, or address of its metrics, was given. */
function feedUrl(address = `http://${SETTINGS.metricsHost.default}:${SETTINGS.metricsPort.default}`): URL {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `http://${address}`;
  const url = new URL(parsed((text) => httpUrl(text) && checked(text), withScheme, 'URL', 'usage'));
  url.pathname = url.pathname.replace(/\/(metrics|live)?\/?$/, '/live');
  url.search = '';
  url.hash = '';
  return url;
}

/** `fetch` takes no credentials in a URL. */
function checked(text: string): string {
  const { username, password } = new URL(text);
  if (username === '' && password === '') return text;
  throw new Error('a URL without a user name and password');
}
