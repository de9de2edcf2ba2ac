import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileEarly } from '../../src/node/tuning/early-compilation.ts';

const LEVER = join(import.meta.dirname, '..', '..', 'src', 'node', 'tuning', 'early-compilation.ts');

/** V8's own word for how a function is run after its first call, in a process of its own. */
function tierAfterOneCall(lever: boolean): string {
  const script = `
    const { compileEarly } = await import(${JSON.stringify(LEVER)});
    if (${lever}) compileEarly();
    const add = new Function('a', 'b', 'return a + b');
    add(1, 1);
    const tiers = ['Ignition', 'Sparkplug', 'Maglev', 'Turbofan'];
    console.log(tiers.find((tier) => new Function('f', 'return %ActiveTierIs' + tier + '(f)')(add)) ?? 'none');
  `;
  const argv = ['--allow-natives-syntax', '--input-type=module', '--eval', script];
  return execFileSync(process.execPath, argv, { encoding: 'utf8' }).trim();
}

test('what is called once is machine code with the lever, and not without', () => {
  assert.equal(tierAfterOneCall(false), 'Ignition');
  assert.equal(tierAfterOneCall(true), 'Sparkplug');
});

test('a V8 that nobody has looked at is left as it is, and the reason names it', () => {
  assert.deepEqual(compileEarly('14.2.3-node.1'), ['V8 is 14.2.3-node.1, and its flags are known of 13.6.x']);
});
