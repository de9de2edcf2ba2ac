import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { promtool } from '../../stack/prometheus.ts';
import { ALERTS_FILE, alertRules, ruleCases, ruleTestFiles } from '../support/rules.ts';

describe('the alert rules, by promtool', () => {
  test('have nothing that it finds fault with', async () => {
    const { status, stdout, stderr } = await promtool(['check', 'rules', '--lint=all', '--lint-fatal', ALERTS_FILE]);
    assert.equal(status, 0, `${stdout}${stderr}`);
    assert.match(stdout, new RegExp(`SUCCESS: ${alertRules().length} rules found`));
  });

  for (const { name, path } of ruleTestFiles()) {
    test(`fire and stay quiet as ${name} expects`, async () => {
      const { status, stdout, stderr } = await promtool(['test', 'rules', path]);
      assert.equal(status, 0, `${stdout}${stderr}`);
    });
  }

  test('each have a case in which they fire, and one in which they stay quiet', () => {
    const cases = ruleCases();
    for (const { alert } of alertRules()) {
      const own = cases.filter(({ alertname }) => alertname === alert);
      assert.ok(
        own.some(({ exp_alerts }) => exp_alerts.length > 0),
        `${alert} fires nowhere`,
      );
      assert.ok(
        own.some(({ exp_alerts }) => exp_alerts.length === 0),
        `${alert} is quiet nowhere`,
      );
    }
    const names = new Set(alertRules().map(({ alert }) => alert));
    for (const { alertname } of cases) assert.ok(names.has(alertname), `a case for ${alertname}, which there is not`);
  });
});
