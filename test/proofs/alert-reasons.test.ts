/**
 * Each reason why an alert does not come, produced by a real run: the team's files are broken in as many ways as there are
 * reasons, the run says which is which. A service of the test's own is scraped beside the shop, so that values are exact.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { edit, gameday, leftBy, runsOf, scratchProject, type Gameday } from '../gameday.fixture.ts';

type Explained = {
  readonly alert: string;
  readonly outcome: string;
  readonly cause: { readonly reason: string; readonly detail: string } | null;
  readonly steps: readonly { readonly name: string; readonly configured: { readonly name: string } | null }[];
};
type Explanations = {
  readonly expected: readonly Explained[];
  readonly unexpected: readonly { readonly alert: string; readonly value: number | null }[];
};

/** A scraped service; `metrics` is asked each time, and undefined is a failure. */
const exporter = async (metrics: () => string | undefined): Promise<string> => {
  const server: Server = createServer((_, response) => {
    const text = metrics();
    response.writeHead(text === undefined ? 500 : 200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(text);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => (server.closeAllConnections(), void server.close()));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

type Rule = { readonly alert: string; readonly expr: string; readonly for?: string; readonly labels?: string };
type Wanted = { readonly name: string; readonly labels?: string; readonly receiver?: string };

/** A project whose one experiment expects `wanted` of `rules`; everything is decided within two real seconds. */
const brokenProject = (
  targets: Readonly<Record<string, string>>,
  rules: readonly Rule[],
  wanted: readonly Wanted[],
  alertmanager: string,
): string => {
  const folder = scratchProject();
  edit(
    folder,
    'monitoring/alerts.yml',
    /^groups:\n/m,
    `groups:\n  - name: billing\n    rules:\n${rules
      .map(
        ({ alert, expr, for: asked = '0s', labels = 'severity: page' }) =>
          `      - { alert: ${alert}, expr: '${expr}', for: ${asked}, labels: { ${labels} } }\n`,
      )
      .join('')}`,
  );
  edit(
    folder,
    'monitoring/prometheus.yml',
    /$/,
    Object.entries(targets)
      .map(([job, address]) => `  - job_name: ${job}\n    static_configs: [{ targets: ['${address}'] }]\n`)
      .join(''),
  );
  writeFileSync(join(folder, 'monitoring/alertmanager.yml'), alertmanager);
  const expected = wanted
    .map(
      ({ name, labels = 'severity: page', receiver = 'pager' }) =>
        `    - { name: ${name}, labels: { ${labels} }, within: 1m, receiver: ${receiver} }\n`,
    )
    .join('');
  edit(folder, 'experiments/connections-held.yaml', /^ {2}alerts:\n[\s\S]*?(?=^ {2}quiet)/m, `  alerts:\n${expected}`);
  edit(folder, 'experiments/connections-held.yaml', /^ {2}runbook:.*\n/m, '');
  return folder;
};

type Outcome = Explanations & {
  /** By alert: the reason and its words, or the verdict where there is none. */
  readonly causes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly report: string;
};

/**
 * Made again where the machine's own noise left a verdict open, twice at most.
 *
 * @param during What happens beside the run; from its beginning, each time.
 */
const explained = async (
  folder: string,
  during: (run: Gameday, runId: () => string) => Promise<void>,
  left = 2,
): Promise<Outcome> => {
  const run = gameday(folder, 'verify', 'connections-held');
  await during(run, () => runsOf(folder).at(-1) ?? '');
  await run.exited;
  const runId = runsOf(folder).at(-1) ?? '';
  const explain = gameday(folder, 'alerts', 'explain', runId, '--json');
  await explain.exited;
  const text = gameday(folder, 'alerts', 'explain', runId);
  await text.exited;
  const { expected, unexpected } = JSON.parse(explain.stdout()) as Explanations;
  if (left > 0 && expected.some(({ outcome }) => outcome === 'inconclusive'))
    return explained(folder, during, left - 1);
  const causes = Object.fromEntries(
    expected.map(({ alert, outcome, cause }) => [
      alert,
      cause === null ? outcome : `${cause.reason}: ${normal(cause.detail)}`,
    ]),
  );
  return { expected, unexpected, causes, text: text.stdout(), report: run.stdout() };
};

/** What differs from run to run. */
const normal = (text: string): string =>
  text
    .replaceAll(/\d+\.\d s, at 30x (?:\d+ (?:min|s) ?)+(?<! )/g, '# s, at 30x #')
    .replaceAll(/127\.0\.0\.1:\d{2,}/g, '127.0.0.1:PORT')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID');

/** The Alertmanager of a run, by asking whatever its processes listen on. */
const alertmanagerOf = async (runId: string): Promise<string> => {
  const ports = leftBy(runId).flatMap((line) => listeningPorts(line.split(' ')[0] ?? ''));
  for (const port of ports) {
    const url = `http://127.0.0.1:${port}`;
    const answer = await fetch(`${url}/api/v2/status`, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    if (answer?.ok === true && (await answer.text()).includes('"cluster"')) return url;
  }
  throw new Error(`no Alertmanager among the ports ${ports.join(', ')}`);
};

const listeningPorts = (pid: string): readonly number[] => {
  try {
    const sockets = new Set(
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
        } catch {
          return [];
        }
      }),
    );
    return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((cells) => cells[3] === '0A' && sockets.has(cells[9] ?? ''))
      .map((cells) => Number.parseInt(cells[1]?.split(':')[1] ?? '', 16));
  } catch {
    return [];
  }
};

const receivers = `receivers:
  - name: pager
    webhook_configs: [{ url: 'http://pager:9095/' }]
  - name: tickets
    webhook_configs: [{ url: 'http://pager:9095/' }]
`;
const plainRoute = `route:
  receiver: tickets
  group_by: [alertname]
  group_wait: 5s
  group_interval: 15s
  routes:
    - { matchers: [severity="page"], receiver: pager }
`;

test('what a rule sees decides whether it fires, and the run says what it saw', async () => {
  const world = { broken: false, brokenAt: 0 };
  const billing = await exporter(() => {
    const spike = world.broken && Date.now() - world.brokenAt < 600 ? 1 : 0;
    const queues = ['mail', 'orders'].map(
      (queue) => `billing_queue_length{queue="${queue}"} ${world.broken ? 14 : 2}\n`,
    );
    return `${queues.join('')}billing_spike ${spike}\nbilling_down ${world.broken ? 1 : 0}\n`;
  });
  const ledger = await exporter(() => (world.broken ? undefined : 'ledger_lag_seconds 1\n'));
  const folder = brokenProject(
    { billing, ledger },
    [
      { alert: 'NoSuchMetric', expr: 'billing_queue_lenght > 5' },
      { alert: 'OtherLabels', expr: 'billing_queue_length{queue="invoices"} > 5' },
      { alert: 'NeverTrue', expr: 'max(billing_queue_length{queue="mail"}) > 20' },
      { alert: 'NeverBoth', expr: 'billing_down == 1 and on () billing_queue_length{queue="mail"} > 20' },
      { alert: 'TooShort', expr: 'billing_spike > 0', for: '1m' },
      { alert: 'TooSlow', expr: 'billing_down == 1', for: '75s' },
      { alert: 'Blinded', expr: 'ledger_lag_seconds > 60' },
      { alert: 'Ambiguous', expr: 'billing_queue_length / on (job) billing_queue_length > 0' },
      { alert: 'OtherTeam', expr: 'billing_down == 1', labels: 'severity: page, team: web' },
      { alert: 'Works', expr: 'billing_down == 1', for: '5s' },
      { alert: 'Surprise', expr: 'sum(billing_queue_length) > 20', for: '5s' },
    ],
    [
      ...['NoSuchMetric', 'OtherLabels', 'NeverTrue', 'NeverBoth', 'TooShort', 'TooSlow', 'Blinded', 'Ambiguous'],
      ...['Works'],
    ]
      .map((name): Wanted => ({ name }))
      .concat({ name: 'OtherTeam', labels: 'team: shop' }),
    plainRoute + receivers,
  );
  const { causes, expected, unexpected, text, report } = await explained(folder, async (run) => {
    world.broken = false;
    await run.shows('fault injected: 1-hold-connections');
    Object.assign(world, { broken: true, brokenAt: Date.now() });
  });
  expect(causes).toMatchInlineSnapshot(`
    {
      "Ambiguous": "cannot-evaluate: its rule cannot be evaluated: found duplicate series for the match group {job="billing"} on the right hand-side of the operation: [billing_queue_length{instance="127.0.0.1:PORT", job="billing", queue="mail"}, billing_queue_length{instance="127.0.0.1:PORT", job="billing", queue="orders"}];many-to-many matching not allowed: matching labels must be unique on one side",
      "Blinded": "blinded: scrapes of ledger (127.0.0.1:PORT) failed from # s, at 30x # after the fault on: server returned HTTP status 500; its condition was not seen true",
      "NeverBoth": "never-true: billing_queue_length{queue="mail"} came no closer than 14 for instance=127.0.0.1:PORT, job=billing, queue=mail, # s, at 30x # after the fault, and needs > 20",
      "NeverTrue": "never-true: max(billing_queue_length{queue="mail"}) came no closer than 14, # s, at 30x # after the fault, and needs > 20",
      "NoSuchMetric": "no-metric: there is no metric billing_queue_lenght, nearest: billing_queue_length",
      "OtherLabels": "labels-differ: none of the 2 series of billing_queue_length matches queue="invoices"; it has queue mail, orders",
      "OtherTeam": "wrong-labels: fired, but without team=shop (is web)",
      "TooShort": "too-short: true for # s, at 30x # at most; \`for\` asks for 1 min",
      "TooSlow": "too-slow: most of the time passed until it fired: # s, at 30x # (for 1 min 15 s)",
      "Works": "pass",
    }
  `);
  const works = expected.find(({ alert }) => alert === 'Works');
  expect(works?.steps.map(({ name, configured }) => [name, configured?.name ?? null])).toEqual([
    ['series', null],
    ['true', 'scrape_interval'],
    ['pending', 'evaluation_interval'],
    ['firing', 'for'],
    ['sent', null],
    ['received', 'group_wait'],
  ]);
  expect(unexpected.filter(({ alert }) => alert === 'Surprise')).toMatchObject([{ alert: 'Surprise', value: 28 }]);
  expect(text).toContain('sum(billing_queue_length) was 28, and > 20 is enough');
  expect(report).toContain('why   no-metric: there is no metric billing_queue_lenght');
});

test('what the notification service does decides whom an alert reaches, and the run says what it did', async () => {
  const world = { broken: false, brokenAt: 0 };
  const billing = await exporter(() => {
    const second = world.broken && Date.now() - world.brokenAt > 700 ? 1 : 0;
    return `billing_down ${world.broken ? 1 : 0}\nbilling_second ${second}\n`;
  });
  const down = (alert: string, labels = 'severity: page'): Rule => ({ alert, expr: 'billing_down == 1', labels });
  const folder = brokenProject(
    { billing },
    [
      down('Inhibited', 'severity: page, part: mail'),
      down('WholeBillingDown', 'severity: ticket, part: all'),
      down('Silenced'),
      down('Muted', 'severity: page, route: nights'),
      down('Elsewhere', 'severity: ticket'),
      down('GroupFirst', 'severity: page, route: grouped'),
      { alert: 'GroupSecond', expr: 'billing_second == 1', labels: 'severity: page, route: grouped' },
      down('NotTaken', 'severity: page, route: dead'),
      down('Chat', 'severity: page, route: chat'),
      down('Paged', 'severity: page, route: duty'),
    ],
    [
      ...['Inhibited', 'Silenced', 'Muted', 'GroupSecond'].map((name): Wanted => ({ name })),
      { name: 'Elsewhere', labels: 'severity: ticket' },
      { name: 'NotTaken', receiver: 'dead' },
      { name: 'Chat', receiver: 'chat' },
      { name: 'Paged', receiver: 'on duty' },
    ],
    `route:
  receiver: tickets
  group_by: [alertname]
  group_wait: 5s
  group_interval: 15s
  routes:
    - { matchers: [route="nights"], receiver: pager, mute_time_intervals: [always] }
    - { matchers: [route="grouped"], receiver: pager, group_by: [route], group_wait: 1s, group_interval: 10m }
    - { matchers: [route="dead"], receiver: dead }
    - { matchers: [route="chat"], receiver: chat }
    - { matchers: [route="duty"], receiver: on duty }
    - { matchers: [severity="page"], receiver: pager }
inhibit_rules:
  - { source_matchers: [part="all"], target_matchers: [part="mail"] }
time_intervals:
  - { name: always, time_intervals: [{ times: [{ start_time: '00:00', end_time: '24:00' }] }] }
${receivers}  - name: dead
    webhook_configs: [{ url: 'http://127.0.0.1:1/' }]
  - name: chat
    slack_configs: [{ api_url: 'https://hooks.slack.example/', channel: '#shop' }]
  - name: on duty
    pagerduty_configs: [{ routing_key: 0123456789abcdef0123456789abcdef }]
`,
  );
  const { causes } = await explained(folder, async (run, runId) => {
    world.broken = false;
    await run.shows('environment up');
    const silence = {
      matchers: [{ name: 'alertname', value: 'Silenced', isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      ...{ createdBy: 'alice', comment: 'moving the mail queue' },
    };
    const answer = await fetch(`${await alertmanagerOf(runId())}/api/v2/silences`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(silence),
    });
    expect(answer.status).toBe(200);
    await run.shows('fault injected: 1-hold-connections');
    Object.assign(world, { broken: true, brokenAt: Date.now() });
  });
  expect(causes).toMatchInlineSnapshot(`
    {
      "Chat": "not-taken: chat would have been told by slack, which a replica does not do; expect a webhook or PagerDuty",
      "Elsewhere": "routed-elsewhere: routed to tickets instead of pager, with labels instance=127.0.0.1:PORT, job=billing, severity=ticket",
      "GroupSecond": "grouped-late: its group {}/{route="grouped"}:{route="grouped"} had been told # s, at 30x # before it came, and is told again every 10 min (group_interval): still not told # s, at 30x # after it was sent",
      "Inhibited": "inhibited: firing, but inhibited by WholeBillingDown (instance=127.0.0.1:PORT, job=billing, part=all, severity=ticket), for # s, at 30x #, to the end",
      "Muted": "muted: firing, but muted by the time interval always, for # s, at 30x #, to the end",
      "NotTaken": "not-taken: sent # s, at 30x # before the end and routed to dead (webhook to 127.0.0.1:1), which never got it: delivery failed",
      "Paged": "pass",
      "Silenced": "silenced: firing, but silenced by alice (UUID): moving the mail queue, for # s, at 30x #, to the end",
    }
  `);
});
