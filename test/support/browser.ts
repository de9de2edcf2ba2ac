import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Debian's Chromium, or that of `CHROMIUM`. Throws when there is none: a page nobody has looked at is not tested. */
export function launchBrowser(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`no browser at ${CHROMIUM}: install it (Debian: apt-get install chromium) or name one in CHROMIUM`);
  }
  const alone = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update'];
  return chromium.launch({
    executablePath: CHROMIUM,
    // Chromium refuses its sandbox to root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-gpu', '--disable-sync', ...alone],
  });
}

/** A page, and what went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings of the console, breaches of the policy and exceptions among them. */
  readonly complaints: string[];
  /** The addresses of everything it asked for. */
  readonly requests: string[];
}

/** Opens the page in a profile of its own, and waits until it draws. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  await page.locator('#app').waitFor();
  return { page, context, complaints, requests };
}

/** The plain number a panel or a vital of the page stands for; NaN when it has none. */
export async function valueIn(page: Page, selector: string): Promise<number> {
  return Number((await page.locator(`${selector} data.reading`).first().getAttribute('value')) ?? Number.NaN);
}
