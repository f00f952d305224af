/**
 * A real Alertmanager beside the stand-in: the same configuration, the same alerts and silences at the same moments. They
 * have to tell the same receivers the same, in the same order, within 150 ms of each other; and `amtool` has to get on with
 * the stand-in as with the original.
 *
 *     node test/peers/alertmanager.ts FOLDER     with prometheus-alertmanager and, for the second half, amtool in it
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAlertmanager, type AlertmanagerOptions } from '../../src/embedded/alertmanager/alertmanager.ts';
import { startOriginalAlertmanager } from '../../src/embedded/alertmanager/original.ts';
import type { WouldSend } from '../../src/embedded/alertmanager/would-send.ts';
import { seconds } from '../../src/units.ts';
import { pairsOf, type Pair } from '../notifications.fixture.ts';
import { startReceivers, type Receivers } from '../receivers.fixture.ts';
import { alertStream, stepMs, type Step } from './alert-stream.ts';
import { alertmanagerIn } from './alertmanager-program.ts';
import { amtoolDisagreements } from './amtool.ts';

const [, , given, seed = '7'] = process.argv;
if (given === undefined || !existsSync(given)) {
  process.stderr.write('usage: node test/peers/alertmanager.ts FOLDER [SEED] (with prometheus-alertmanager)\n');
  process.exit(2);
}

const toleranceMs = 150;
/** On a machine that was busy times say nothing: they are taken again, with other alerts. */
const rounds = 3;
const steps = 28;
const configFile = resolve(import.meta.dirname, 'alertmanager.yml');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await using scope = new AsyncDisposableStack();
const folder = mkdtempSync(join(tmpdir(), 'gd-'));
scope.defer(() => rmSync(folder, { recursive: true, force: true }));
const binary = alertmanagerIn(resolve(given), folder);

type Peer = {
  readonly name: string;
  readonly url: string;
  readonly receivers: Receivers;
  readonly reported: { readonly atMs: number; readonly wouldSend: WouldSend }[];
  readonly close: () => Promise<void>;
};

const startPeer = async (kind: 'original' | 'stand-in', home: string): Promise<Peer> => {
  const receivers = await startReceivers();
  const reported: Peer['reported'] = [];
  const options: AlertmanagerOptions = {
    ...{ configFile, listen: { host: '127.0.0.1', port: 0 }, hosts: { 'pager:9095': receivers.address } },
    externalUrl: 'http://alertmanager.example',
    onWouldSend: (wouldSend) => void reported.push({ atMs: receivers.sinceMs(), wouldSend }),
  };
  const files = { binary, folder: home, logFile: `${home}.log`, readyWithinMs: seconds(20) };
  const server =
    kind === 'original' ? await startOriginalAlertmanager({ ...options, ...files }) : await startAlertmanager(options);
  const close = async (): Promise<void> => {
    await server.close();
    await receivers[Symbol.asyncDispose]();
  };
  return { name: kind, url: server.url, receivers, reported, close };
};

const post = async (url: string, body: unknown): Promise<void> => {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
};

const silence = (nowMs: number): object => ({
  matchers: [{ name: 'alertname', value: 'Silenced.*', isRegex: true, isEqual: true }],
  startsAt: new Date(nowMs).toISOString(),
  endsAt: new Date(nowMs + 6_000).toISOString(),
  createdBy: 'peers',
  comment: 'for a while',
});

const play = async (peers: readonly Peer[], stream: readonly Step[]): Promise<void> => {
  const startMs = performance.now();
  for (const { receivers } of peers) receivers.restart();
  for (const { atMs, alerts } of stream) {
    await sleep(Math.max(0, startMs + atMs - performance.now()));
    const nowMs = Date.now();
    if (atMs === stepMs) await Promise.all(peers.map(({ url }) => post(`${url}/api/v2/silences`, silence(nowMs))));
    const body = alerts.map(({ resolved, ...alert }) =>
      resolved ? { ...alert, endsAt: new Date(nowMs).toISOString() } : alert,
    );
    await Promise.all(peers.map(({ url }) => post(`${url}/api/v2/alerts`, body)));
  }
  // The last repeats, and whatever must not come.
  await sleep(4_000);
};

/** Moments of the round, and how the two disagree on them. */
const round = async (number: number): Promise<{ readonly pairs: readonly Pair[]; readonly apart: number }> => {
  const peers = await Promise.all(
    (['original', 'stand-in'] as const).map((kind) => startPeer(kind, join(folder, `${kind}-${number}`))),
  );
  try {
    await play(peers, alertStream(Number(seed) + number, steps));
  } finally {
    await Promise.all(peers.map(({ close }) => close()));
  }
  const told = peers.map(({ receivers, reported }) => [
    ...receivers.received,
    ...reported.map(({ atMs, wouldSend }) => ({
      ...{ atMs, path: `${wouldSend.receiver} by ${wouldSend.integration}`, body: wouldSend },
      ...{ userAgent: '', contentType: '', bytes: 0 },
    })),
  ]);
  const pairs = pairsOf(told[0]!, told[1]!, ({ contentType, body }) => ({ contentType, body }));
  const wrong = pairs.filter(({ expected, got, apartMs }) => expected !== got || apartMs > toleranceMs);
  for (const { name, expected, got, apartMs } of wrong) {
    const [left, right] = [expected, got].map(brief);
    if (expected === got) say(`✖ ${name}: ${Math.round(apartMs)} ms apart`);
    else if (left !== right) say(`✖ ${name}\n  original  ${left}\n  stand-in  ${right}`);
    else say(`✖ ${name}\n  original  ${expected}\n  stand-in  ${got}`);
  }
  const most = Math.max(0, ...pairs.map(({ apartMs }) => apartMs).filter(Number.isFinite));
  say(
    `round ${number}: ${pairs.length} notifications compared, ${wrong.length} disagree; at most ${Math.round(most)} ms apart of ${toleranceMs} allowed`,
  );
  return { pairs, apart: wrong.length };
};

const brief = (told: string | undefined): string => {
  if (told === undefined) return 'nothing';
  const { body } = JSON.parse(told) as { body: Record<string, unknown> };
  const { status, event_action: action, groupKey, notification_reason: reason, alerts } = body;
  return JSON.stringify([status ?? action, groupKey, reason, JSON.stringify(alerts)?.length]);
};

let agreed = false;
for (let number = 1; number <= rounds && !agreed; number++) {
  const { pairs, apart } = await round(number);
  agreed = apart === 0 && pairs.length > 20;
}

const amtool = join(given, 'amtool');
const objections = existsSync(amtool) ? await amtoolDisagreements(amtool, configFile) : undefined;
for (const objection of objections ?? []) say(`✖ amtool: ${objection}`);
say(objections === undefined ? 'amtool: skipped, it is not there' : `amtool: ${objections.length} objections`);
process.exitCode = agreed && (objections ?? []).length === 0 ? 0 : 1;
