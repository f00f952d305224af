import { expect, test } from 'vitest';
import { z } from 'zod';
import { readExperiment } from './experiment-reader.ts';
import { readProjectSettings } from './project-settings.ts';
import { filled } from './service-placeholders.ts';
import type { OwnService } from './service-settings.ts';

const read = (service: string) =>
  readProjectSettings({ file: 'gameday.yaml', text: `version: 1\nservice:\n${service.replaceAll(/^/gm, '  ')}` });
const serviceOf = (text: string): OwnService | undefined => {
  const found = read(text);
  if (!found.ok) throw new Error(JSON.stringify(found.problems, null, 2));
  return found.value.service;
};
const problemsOf = (text: string): readonly string[] => {
  const found = read(text);
  return found.ok
    ? []
    : found.problems.map(({ message, at, hint }) => `${at?.line}:${at?.column} ${message} | ${hint}`);
};

const small = `command: node server.js
env: { DATABASE_URL: '\${gameday.databaseUrl}', PORT: '\${gameday.port}' }
health: { path: /health }
traffic: { rate: 20/s, routes: [{ GET: / }] }`;

test('a service needs a command or an image, a health check and traffic; the rest has defaults', () => {
  expect(serviceOf(small)).toEqual({
    at: { file: 'gameday.yaml', line: 2, column: 1 },
    command: 'node server.js',
    image: null,
    folder: '.',
    env: { DATABASE_URL: '${gameday.databaseUrl}', PORT: '${gameday.port}' },
    health: { path: '/health', withinMs: 30_000 },
    metrics: null,
    restart: null,
    configure: null,
    database: { name: 'app', setup: [] },
    traffic: {
      arrivals: 'poisson',
      ratePerSecond: 20,
      routes: [
        { method: 'GET', path: '/', headers: {}, body: null, weight: 1, expect: { status: null, contains: null } },
      ],
      command: null,
    },
  });
});

test('a body that is not text is sent as JSON', () => {
  const { traffic } = serviceOf(
    small.replace('{ GET: / }', '{ POST: /graphql, body: { query: "{ a }" }, weight: 2, expect: { contains: data } }'),
  )!;
  expect(traffic.routes[0]).toEqual({
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ a }"}',
    weight: 2,
    expect: { status: null, contains: 'data' },
  });
});

test('everything that is wrong is told at once, with its place and a next step', () => {
  const text = `image: { name: my app, port: 99999, comand: x }
command: []
env: { DATABASE_URL: 'postgresql://\${gameday.databseHost}', 1X: y }
health: { path: health, tcp: true }
configure: { env: [POOL_MAX] }
database: { name: reporting }
traffic: { rate: fast, routes: [{ GET: /, POST: / }, { body: x }] }`;
  expect(problemsOf(text)).toMatchInlineSnapshot(`
    [
      "3:18 service.image.name is "my app"; expected the name of an image, such as shop-api:1 | write the name of an image, such as shop-api:1",
      "3:32 service.image.port is 99999; expected a number not above 65535 | write a number not above 65535",
      "3:39 unknown key "comand" in service.image | did you mean "command"?",
      "4:12 service.command is an empty list; expected at least 1 entry | write at least 1 entry",
      "5:67 "1X" cannot be the name of a variable | use letters, digits and _",
      "6:19 service.health.path is "health"; expected a path that begins with /, such as /health | write a path that begins with /, such as /health",
      "8:21 service.database.name is "reporting"; expected a name that nobody else has | write a name that nobody else has",
      "9:20 service.traffic.rate is "fast"; expected requests per second, such as 20/s | write requests per second, such as 20/s",
      "9:35 a route is asked in one way, this one in several | begin it with one of GET, POST, PUT, PATCH, DELETE, such as - GET: /",
      "9:56 a route is asked in one way, this one in none | begin it with one of GET, POST, PUT, PATCH, DELETE, such as - GET: /",
    ]
  `);
});

test('what the service cannot know without being told is asked for', () => {
  expect(problemsOf(small.replace(/env: .*/, 'configure: { file: app.json }'))).toMatchInlineSnapshot(`
    [
      "3:12 nothing tells the service where the replica's database is | write env: { DATABASE_URL: \${gameday.databaseUrl} }, under the name that your service reads",
      "3:12 nothing tells the service on which port to listen | write env: { PORT: \${gameday.port} }, under the name that your service reads",
      "4:14 the service is not told where the file is that gameday may change | hand it \${gameday.configFile}: a copy of that file, so that yours stays as it is",
    ]
  `);
  expect(problemsOf(small.replace('PORT:', "A: '${gameday.configFile}', B: '${gameday.url}', PORT:")))
    .toMatchInlineSnapshot(`
    [
      "3:12 \${gameday.configFile} needs a file to lead to | add configure: { file: … }",
      "4:81 there is no \${gameday.url} | use one of: databaseUrl, databaseHost, databasePort, databaseUser, databasePassword, databaseName, port, serviceUrl, configFile",
    ]
  `);
});

test('placeholders are filled in by the run, and a secret by whoever starts it', () => {
  const values = { databaseUrl: 'postgresql://a', port: '80' } as never;
  expect(filled('${gameday.databaseUrl}?p=${gameday.port}&k=${env.KEY} $HOME ${HOME}', values, { KEY: 'k' })).toBe(
    'postgresql://a?p=80&k=k $HOME ${HOME}',
  );
  expect(() => filled('${env.KEY}', values, {})).toThrow('${env.KEY}: the variable KEY is not set');
});

test('a service may be an image, with its own command and port where it needs them', () => {
  const image = (written: string) =>
    serviceOf(small.replace('command: node server.js', `image: ${written}`).replace(/, PORT: '.*'/, ''));
  expect(image('{ name: "ghcr.io/team/shop-api:1", port: 3000 }')).toMatchObject({
    command: null,
    image: { name: 'ghcr.io/team/shop-api:1', command: null, port: 3000 },
  });
  expect(image("{ name: shop-api, command: [serve, -p, '${gameday.port}'] }")?.image).toEqual({
    ...{ name: 'shop-api', command: ['serve', '-p', '${gameday.port}'], port: null },
  });
  expect(serviceOf(small.replace('env:', 'image: shop-api:1\nenv:'))).toMatchObject({
    command: 'node server.js',
    image: { name: 'shop-api:1', command: null, port: null },
  });
});

test('an image that is told too little is refused like a command, also beside one', () => {
  expect(problemsOf(small.replace('command: node server.js\n', ''))).toMatchInlineSnapshot(`
    [
      "3:3 nothing says how the service is started | write command: node server.js, image: shop-api:1 for --env containers, or both",
    ]
  `);
  expect(problemsOf(small.replace('command: node server.js', 'image: 7'))).toMatchInlineSnapshot(`
    [
      "3:10 service.image is 7; expected the name of an image, such as shop-api:1, or { name: …, port: … } | write the name of an image, such as shop-api:1, or { name: …, port: … }",
    ]
  `);
  const told = small
    .replace('node server.js', 'node server.js ${gameday.databaseUrl} ${gameday.port}')
    .replace(/env: .*/, 'image: shop-api:1');
  expect(problemsOf(told)).toMatchInlineSnapshot(`
    [
      "4:10 nothing tells the service where the replica's database is | write env: { DATABASE_URL: \${gameday.databaseUrl} }, under the name that your service reads",
      "4:10 nothing tells the service on which port to listen | write env: { PORT: \${gameday.port} }, under the name that your service reads; an image whose port is fixed says image: { name: …, port: 3000 }",
    ]
  `);
});

const experiment = (more: string): string => `version: 1
title: t
summary: s
steadyState: [{ name: a, promql: up, above: 0 }]
faults: [{ at: 0s }]
expect: {}
truth: { components: [database], causes: [database/x], severity: SEV-1, healed: [{ sql: select true }] }
${more}`;

test('where the project has its own service, experiments are about that one', () => {
  const own = serviceOf(small)!;
  const { routes } = own.traffic;
  const ofExperiment = (more: string) =>
    readExperiment(
      { file: 'experiments/x.yaml', text: experiment(more).replace('{ at: 0s }', '{ at: 0s, f: {} }') },
      { faults: { f: { params: z.strictObject({}) } }, own },
    );
  const good = ofExperiment("load: { spikes: [{ at: 0s, for: 1m, times: 2, why: 'a mail' }] }");
  expect(good).toMatchObject({
    ok: true,
    value: { service: own, load: { ratePerSecond: 20, routes, spikes: [{ kind: 'buyers', times: 2 }] } },
  });
  expect(ofExperiment('')).toMatchObject({ ok: true, value: { service: own, load: { spikes: [] } } });

  const bad = ofExperiment(`service: { instances: 2 }
load: { rate: 9/s, spikes: [{ at: 0s, for: 1m, uploads: { rate: 1/s }, why: 'an import' }] }`);
  expect(bad.ok ? [] : bad.problems.map(({ message, at }) => `${at?.line}:${at?.column} ${message}`))
    .toMatchInlineSnapshot(`
      [
        "8:10 service is about the built-in shop, and this project has a service of its own",
        "9:15 load.rate is about the built-in shop, and this project has a service of its own",
        "9:29 uploads: asks the built-in shop, and this project has a service of its own",
      ]
    `);
});
