import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { drillPlan } from '../../test/drill.fixture.ts';
import { startClock } from '../clock.ts';
import { openJournal } from '../journal/journal.ts';
import { openSecrets } from '../safety/secrets.ts';
import { openActs } from './acts.ts';
import { attend } from './attendance.ts';
import { stageDoor } from './stage.ts';

test('what a player is answered holds no secret that is known', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gd-attend-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const clock = startClock();
  const journal = openJournal(join(folder, 'journal.jsonl'), clock.nowMs, () => expect.unreachable());
  onTestFinished(() => journal.close());
  const secrets = openSecrets({});
  secrets.know('hunter2-of-staging');
  const plan = drillPlan();
  if (plan.drill === null) throw new Error('the fixture is a drill');
  using attended = attend({
    ...{ plan, drill: plan.drill, runId: '20261122-100000-a3f0', startedAt: new Date(0), journal, clock },
    ...{ door: stageDoor(), acts: openActs(() => {}, true), runbooks: new Map(), redact: secrets.redactIn },
    readRunbook: { exists: () => false, read: () => Promise.reject(new Error('there is none')) },
    stop: () => expect.unreachable(),
  });
  const reply = await attended.answer({ do: 'focus', component: 'hunter2-of-staging' }, 'primary');
  expect(JSON.stringify(reply)).toContain('***');
  expect(JSON.stringify(reply)).not.toContain('hunter2');
});
