import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toolPath } from '../../scripts/tools.mjs';
import { type AlertRule, alertRules } from '../support/alert-rules.js';
import { blocksRunBy, commandsOf, readDocument } from '../support/documents.js';
import { ROOT } from '../support/start-host.js';

const PROMTOOL = toolPath('promtool');
const PAGE = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
const { anchors } = readDocument('docs/operations.md');

const rules = alertRules();

describe('deploy/prometheus/alerts.yaml', () => {
  it.runIf(PROMTOOL ?? process.env['CI'])(
    'holds what docs/operations.md runs: its syntax, and its own tests',
    async () => {
      const commands = blocksRunBy('docs/operations.md', 'alert-rules').flatMap(commandsOf);
      expect(commands).toHaveLength(2);
      const env = { PATH: `${dirname(PROMTOOL ?? '')}:${process.env['PATH']}` };
      for (const command of commands) {
        const { stdout } = await promisify(execFile)('sh', ['-c', `${command} 2>&1`], { cwd: ROOT, env });
        expect(stdout).toContain('SUCCESS');
      }
    },
  );

  it('has a test for each alert, that it fires and that it does not', () => {
    const { tests } = parse(readFileSync(join(ROOT, 'deploy/prometheus/alerts.test.yaml'), 'utf8')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts?: object[] }[] }[];
    };
    const cases = tests.flatMap(({ alert_rule_test: of }) => of);
    const firing = cases.filter(({ exp_alerts: expected = [] }) => expected.length > 0);
    const quiet = cases.filter(({ exp_alerts: expected = [] }) => expected.length === 0);
    const names = rules.map(({ alert }) => alert).sort();
    for (const some of [firing, quiet]) {
      expect([...new Set(some.map(({ alertname }) => alertname))].sort()).toEqual(names);
    }
  });

  it.each(rules)('$alert is explained, with the severity that it has', ({ alert, labels, annotations }: AlertRule) => {
    const row = PAGE.split('\n').find((line) => line.startsWith(`| \`${alert}\` `));
    const [severity, link] =
      row
        ?.split('|')
        .slice(3, 5)
        .map((cell) => cell.trim()) ?? [];
    const [page, anchor = ''] = annotations['runbook']?.split('#') ?? [];
    expect(severity).toBe(labels['severity']);
    expect(page).toBe('docs/operations.md');
    expect([...anchors]).toContain(anchor);
    expect(link).toContain(`(#${anchor})`);
  });

  it('has all that the page lists', () => {
    const listed = [...PAGE.matchAll(/^\| `(Tributary\w+)`/gm)].map(([, name = '']) => name);
    expect(listed).toEqual(rules.map(({ alert }) => alert));
  });
});
