/**
 * Runs the suites of `../shared/conformance` (or of the folders given) and ends with `N passed, N failed`. A folder that
 * is not there is skipped, and said so, unless it was asked for by name.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { alertmanager } from './alertmanager.ts';
import { promql } from './promql.ts';
import { rules } from './rules.ts';
import type { Suite } from './suite.ts';
import { toxiproxy } from './toxiproxy.ts';

const suites: readonly Suite[] = [promql, rules, alertmanager, toxiproxy];

const usual = resolve(import.meta.dirname, '../../../shared/conformance');
const options = Object.fromEntries(suites.map(({ name }) => [name, { type: 'string' as const }]));
const given = parseArgs({ options, strict: true }).values as Readonly<Record<string, string | undefined>>;
const chosen = suites.filter(({ name }) => Object.keys(given).length === 0 || given[name] !== undefined);

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const indented = (text: string): string => text.replaceAll('\n', '\n    ');

let passed = 0;
let failed = 0;
for (const { name, folder: usually = name, run } of chosen) {
  const folder = resolve(given[name] ?? join(usual, usually));
  if (!existsSync(folder)) {
    say(`${name}: skipped, there is no ${folder}`);
    if (given[name] !== undefined) failed += 1;
    continue;
  }
  const before = { passed, failed };
  await run(folder, ({ name: each, difference }) => {
    if (difference === undefined) passed += 1;
    else {
      failed += 1;
      say(
        `✖ ${name}: ${each}\n  expected\n    ${indented(difference.expected)}\n  got\n    ${indented(difference.got)}`,
      );
    }
  });
  say(`${name}: ${passed - before.passed} passed, ${failed - before.failed} failed`);
}
say(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
