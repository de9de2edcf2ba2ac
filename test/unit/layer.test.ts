import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Layer, layOver } from '../../src/node/layer.ts';

class Counter {
  count = 0;

  add(by: number): number {
    this.count += by;
    return this.count;
  }
}

let made = 0;
const TWICE: Layer<Counter> = ({ add }) => {
  made++;
  return {
    add(by) {
      return add.call(this, 2 * by);
    },
  };
};

test('methods are made once, for all objects whose own are the same', () => {
  const [a, b] = [new Counter(), new Counter()];
  layOver(a, TWICE, 'add');
  layOver(b, TWICE, 'add');
  assert.equal(made, 1);
  assert.equal(a.add, b.add);
  assert.equal(a.add(1), 2);
  assert.equal(b.add(5), 10);
  assert.equal(a.count, 2);
});

test('the class, and who is of it, stay as they are', () => {
  const { add } = Counter.prototype;
  const [layered, other] = [new Counter(), new Counter()];
  layOver(layered, TWICE, 'add');
  assert.equal(Counter.prototype.add, add);
  assert.equal(other.add(1), 1);
});

test('a layer over a layer goes through both, again shared', () => {
  const [a, b] = [new Counter(), new Counter()];
  for (const object of [a, b]) {
    layOver(object, TWICE, 'add');
    layOver(object, TWICE, 'add');
  }
  assert.equal(a.add, b.add);
  assert.deepEqual([a.add(1), b.add(1)], [4, 4]);
});

test('objects whose methods differ do not get those of each other', () => {
  const [plain, own] = [new Counter(), new Counter()];
  own.add = (by) => -by;
  layOver(own, TWICE, 'add');
  layOver(plain, TWICE, 'add');
  assert.equal(own.add(1), -2);
  assert.equal(plain.add(1), 2);
});
