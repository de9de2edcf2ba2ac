import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..');
const BIOME = join(ROOT, 'node_modules', '.bin', 'biome');

/** What the project's own lint says of these files, laid out as in the project: rule by file. */
async function lint(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'peermeter-lint-'));
  try {
    await promisify(execFile)('git', ['init', '-q', folder]);
    await copyFile(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const output = await promisify(execFile)(BIOME, ['lint', '--error-on-warnings', 'src'], { cwd: folder }).then(
      () => '',
      (error: { stdout: string; stderr: string }) => error.stdout + error.stderr,
    );
    return [...output.matchAll(/^(src\S+?):\d+:\d+ lint\/\w+\/(\w+)/gm)]
      .map(([, file, rule]) => `${file} ${rule}`)
      .sort();
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('an import up the house is an error, one down it is not', async () => {
  const findings = await lint({
    'src/contract/low.ts': "import { high } from '../cli/high.ts';\nexport const low = high;\n",
    'src/probe/middle.ts': "import type { Up } from '../telemetry/up.ts';\nexport type Middle = Up;\n",
    'src/cli/high.ts': "import { floor } from '../contract/floor.ts';\nexport const high = floor;\n",
    'src/contract/floor.ts': 'export const floor = 1;\n',
    'src/telemetry/up.ts': 'export type Up = number;\n',
  });
  assert.deepEqual(findings, ['src/contract/low.ts noRestrictedImports', 'src/probe/middle.ts noRestrictedImports']);
});

test('what a browser runs may import the types of the feed, and nothing else of the house or of Node.js', async () => {
  const findings = await lint({
    'src/http/page/fine.ts': "import type { Feed } from '../../live/feed.ts';\nexport type Fine = Feed;\n",
    'src/http/page/house.ts': "import { route } from '../route.ts';\nexport const house = route;\n",
    'src/http/page/node.ts': "import { join } from 'node:path';\nexport const node = join;\n",
    'src/http/route.ts': 'export const route = 1;\n',
    'src/live/feed.ts': 'export type Feed = number;\n',
  });
  assert.deepEqual(findings, [
    'src/http/page/house.ts noRestrictedImports',
    'src/http/page/node.ts noRestrictedImports',
  ]);
});

test('an import in a circle is an error', async () => {
  const findings = await lint({
    'src/node/a.ts': "import { b } from './b.ts';\nexport const a = () => b();\n",
    'src/node/b.ts': "import { a } from './a.ts';\nexport const b = (): number => a();\n",
  });
  assert.deepEqual(findings, ['src/node/a.ts noImportCycles', 'src/node/b.ts noImportCycles']);
});

test('a promise nobody waits for is an error, across files too', async () => {
  const findings = await lint({
    'src/node/work.ts': 'export async function work(): Promise<number> {\n  return 1;\n}\n',
    'src/node/careless.ts': "import { work } from './work.ts';\nexport function careless(): void {\n  work();\n}\n",
  });
  assert.deepEqual(findings, ['src/node/careless.ts noFloatingPromises']);
});
