import { expect, test } from 'vitest';
import { readProjectSettings } from './project-settings.ts';

const read = (text: string) => readProjectSettings({ file: 'gameday.yaml', text });
const problemsOf = (text: string): readonly string[] => {
  const found = read(text);
  return found.ok
    ? []
    : found.problems.map(({ message, at, hint }) => `${at?.line}:${at?.column} ${message} → ${hint}`);
};

const staging = `version: 1
environment: staging
environments:
  staging:
    kind: attached
    postgres:
      operator: { env: STAGING_OPERATOR_URL }
      service: { file: /run/secrets/shop }
    toxiproxy: { url: 'http://127.0.0.1:8474/', proxy: postgres }
    allow: { hosts: [staging-db], databases: [shop] }
    blastRadius: { connections: 20, proxies: [postgres], duration: 10m }
`;

test('an environment names its servers, its limits and where its credentials stand', () => {
  const settings = read(staging);
  expect(settings.ok && settings.value.environment).toBe('staging');
  expect(settings.ok && settings.value.environments).toEqual({
    staging: {
      at: { file: 'gameday.yaml', line: 4, column: 3 },
      kind: 'attached',
      postgres: { operator: { env: 'STAGING_OPERATOR_URL' }, service: { file: '/run/secrets/shop' } },
      toxiproxy: { url: 'http://127.0.0.1:8474', proxy: 'postgres' },
      allow: { hosts: ['staging-db'], databases: ['shop'] },
      blastRadius: { connections: 20, proxies: ['postgres'], durationMs: 600_000 },
      accept: [],
    },
  });
});

test.each([
  ['postgresql://operator:hunter2@db/shop', 'a password is written here, for everybody who can read this file'],
  ['host=db user=operator password=hunter2', 'a password is written here, for everybody who can read this file'],
  ['{ env: "postgresql://o:hunter2@db/shop" }', 'a password is written here, for everybody who can read this file'],
  ['postgresql://operator@db/shop', 'a connection string is named by the variable or the file that holds it'],
])('a connection string in the file is refused with its place, and is not repeated: %s', (written, message) => {
  const problems = problemsOf(staging.replace('{ env: STAGING_OPERATOR_URL }', written));
  expect(problems).toEqual([expect.stringContaining(`7:17 ${message}`)]);
  expect(problems.join()).not.toContain('hunter2');
});

test('an address with a credential in it is refused, and is not repeated', () => {
  const problems = problemsOf(staging.replace("'http://127.0.0.1:8474/'", 'http://o:hunter2@127.0.0.1:8474'));
  expect(problems).toEqual([
    '9:23 a credential is written here, for everybody who can read this file → write http://HOST:PORT',
  ]);
});

test('everything that is wrong with an environment is told at once', () => {
  const text = staging
    .replace('kind: attached', 'kind: atached')
    .replace('environment: staging', 'environment: stagin')
    .replace('connections: 20', 'connections: 0')
    .replace('hosts:', 'host:')
    .replace('duration: 10m', 'duration: ten');
  expect(problemsOf(text)).toMatchInlineSnapshot(`
    [
      "5:11 environments.staging.kind is "atached"; expected attached → did you mean "attached"?",
      "10:12 environments.staging.allow.hosts is missing; expected a list → add "hosts:" here",
      "10:14 unknown key "host" in environments.staging.allow → did you mean "hosts"?",
      "11:33 environments.staging.blastRadius.connections is 0; expected a number not below 1 → write a number not below 1",
      "11:67 environments.staging.blastRadius.duration is "ten"; expected a duration such as 30s or 5m → write a duration such as 30s or 5m",
    ]
  `);
});

test('a name that is a kind of environment cannot be taken', () => {
  expect(problemsOf(staging.replace('  staging:', '  embedded:').replace('environment: staging\n', ''))).toEqual([
    '4:5 "embedded" is a kind of environment of its own → choose another name, such as staging',
  ]);
});

test('a service is asked where it listens: over plain HTTP, without a path', () => {
  const withService = (url: string): string =>
    staging.replace('    allow:', `    service: { urls: ['${url}'] }\n    allow:`);
  expect(problemsOf(withService('http://shop:8080'))).toEqual([]);
  for (const url of ['https://shop', 'http://shop/app'])
    expect(problemsOf(withService(url))).toEqual([
      expect.stringMatching(/^10:23 a service is asked as http:\/\/HOST:PORT, without a path/),
    ]);
});
