import { expect, test } from 'vitest';
import { readProjectSettings } from '../../documents/project-settings.ts';
import { openSecrets } from '../../safety/secrets.ts';
import { openNamed, targetOf } from './target.ts';
import type { Project } from '../project/project.ts';

const secrets = openSecrets({});
const projectWith = (text: string): Project =>
  ({
    root: '/',
    settings: () => readProjectSettings({ file: 'gameday.yaml', text: `version: 1\n${text}` }),
  }) as Project;

const staging = `environments:
  staging:
    kind: attached
    postgres: { operator: { env: NOT_SET }, service: { env: NOT_SET } }
    allow: { hosts: [db], databases: [shop] }
    blastRadius: { connections: 5, duration: 1m }
`;

test('where a run can take place is told to whoever names a place that does not exist', async () => {
  const told = (text: string) => targetOf({ secrets }, projectWith(text), 'nope').catch((error: unknown) => error);
  expect(await told('')).toMatchObject({
    problems: [{ message: 'there is no environment "nope"', hint: 'use one of: embedded, containers' }],
  });
  expect(await told(staging)).toMatchObject({ problems: [{ hint: 'use one of: embedded, containers, staging' }] });
});

test.each(['embedded', 'containers'])(
  'with %s as the default, the only server of the team is the one to look at',
  async (kind) => {
    const project = projectWith(`environment: ${kind}\n${staging}`);
    expect(await targetOf({ secrets }, project, undefined)).toBeUndefined();
    await expect(openNamed({ secrets }, project, undefined)).rejects.toThrow(
      'the environment variable NOT_SET is not set',
    );
  },
);
