/**
 * After the compiler: puts the program and its dependencies together in few files, in place of the compiler's.
 *
 * Node.js takes a third of a millisecond for each file it loads, and the daemon with its dependencies is 640 of them.
 * The library (`dist/index.js`) stays as the compiler wrote it and imports the dependencies that package.json lists: a
 * program that uses it has one copy of each.
 */
import { globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { bundlePage } from './bundle-page.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** The files that processes and threads are started from. */
const ENTRIES = ['main', 'ping-resource-demo', 'cluster/worker', 'swarm/worker'];

/** Off unless asked for, and larger than everything else together. */
const LEFT_OUTSIDE = ['@opentelemetry/host-metrics'];

for (const stale of globSync('chunk-*', { cwd: dist })) rmSync(join(dist, stale));
const bundle = await rolldown({
  input: Object.fromEntries(ENTRIES.map((name) => [name, join(root, 'src', `${name}.ts`)])),
  platform: 'node',
  external: LEFT_OUTSIDE,
});
// Chunks lie beside the entries, so that `src/entries.ts` and `src/version.ts` find there what they find in a checkout.
const { output } = await bundle.write({ dir: dist, chunkFileNames: 'chunk-[name]-[hash].js', sourcemap: true });
await bundle.close();
const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : [])).concat(await bundlePage());
writeFileSync(join(dist, 'LICENSES-OF-DEPENDENCIES.txt'), licenses(modules));

/** The licence of every package whose code is in the bundle: most ask to be passed on with it. */
function licenses(moduleFiles: readonly string[]): string {
  const folders = moduleFiles.flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    const text = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
