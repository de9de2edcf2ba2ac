/** Puts the live page together: what the daemon sends to a browser, in three files. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');
const source = join(root, 'src', 'http', 'page');
const target = join(root, 'dist', 'http', 'page');

/** Writes `dist/http/page/`; says which files its script was made from. */
export async function bundlePage(): Promise<readonly string[]> {
  mkdirSync(target, { recursive: true });
  const bundle = await rolldown({
    input: join(source, 'main.ts'),
    platform: 'browser',
    tsconfig: join(source, 'tsconfig.json'),
  });
  // A classic script, so that the browser runs it before it paints and the chosen theme is there from the first frame.
  const { output } = await bundle.write({ file: join(target, 'page.js'), format: 'iife', minify: true });
  await bundle.close();
  writeFileSync(join(target, 'page.html'), readFileSync(join(source, 'page.html')));
  writeFileSync(join(target, 'page.css'), styles().join('\n'));
  return output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
}

function styles(): string[] {
  const uplot = join(dirname(createRequire(import.meta.url).resolve('uplot')), 'uPlot.min.css');
  const own = ['base', 'head', 'panels', 'peers'].map((name) => join(source, 'style', `${name}.css`));
  return [uplot, ...own].map((file) => readFileSync(file, 'utf8').trim());
}
