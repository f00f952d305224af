/**
 * Transcripts of a real Alertmanager: what it was posted and what its receivers then got, replayed in real time against a
 * freshly started stand-in each. They wait most of the time, so all of them run at once.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAlertmanager } from '../../src/embedded/alertmanager/alertmanager.ts';
import { pairsOf } from '../notifications.fixture.ts';
import { startReceivers, type Received } from '../receivers.fixture.ts';
import type { Case, Suite } from './suite.ts';

type Input = {
  readonly atMs: number;
  readonly note: string;
  readonly alerts?: readonly { readonly endsAt?: string }[];
};
type Transcript = { readonly inputs: readonly Input[]; readonly notifications: readonly Received[] };

/** Between the times of the two. */
const toleranceMs = 150;
/** On a machine that was busy the times say nothing: they are taken again. */
const attempts = 3;

export const alertmanager: Suite = {
  name: 'alertmanager',
  folder: 'rules/alertmanager-goldens',
  run: async (folder, report) => {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
    if (names.length === 0) throw new Error(`there is no *.json in ${folder}`);
    const results = await Promise.all(names.map((name) => resultOf(folder, name)));
    for (const result of results.flat()) report(result);
  },
};

const resultOf = async (folder: string, name: string): Promise<readonly Case[]> => {
  const transcript = JSON.parse(await readFile(join(folder, name), 'utf8')) as Transcript;
  let cases: readonly Case[] = [];
  for (let attempt = 1; attempt <= attempts; attempt++) {
    cases = compared(name, transcript.notifications, await replay(join(folder, 'alertmanager.yml'), transcript));
    if (cases.every(({ difference }) => difference === undefined)) break;
  }
  return cases;
};

const replay = async (configFile: string, { inputs, notifications }: Transcript): Promise<readonly Received[]> => {
  await using receivers = await startReceivers();
  const server = await startAlertmanager({
    configFile,
    listen: { host: '127.0.0.1', port: 0 },
    hosts: { '127.0.0.1:19301': receivers.address },
    version: '0.25',
    externalUrl: 'http://alertmanager.example',
  });
  const until = (atMs: number): Promise<void> => sleep(Math.max(0, atMs - receivers.sinceMs()));
  receivers.restart();
  for (const { atMs, note, alerts } of inputs) {
    await until(atMs);
    const now = Date.now();
    if (alerts === undefined) await postJson(`${server.url}/api/v2/silences`, silenceIn(note, now));
    else {
      const current = alerts.map((alert) =>
        alert.endsAt === undefined ? alert : { ...alert, endsAt: new Date(now).toISOString() },
      );
      await postJson(`${server.url}/api/v2/alerts`, current);
    }
  }
  // What must not come is waited for as well.
  await until(Math.max(...inputs.map(({ atMs }) => atMs), ...notifications.map(({ atMs }) => atMs)) + 1_200);
  await server.close();
  return [...receivers.received];
};

/** Transcripts hold alerts as they were posted, and silences in words: `silence for 2.5 s: alertname=~Silenced.*`. */
const silenceIn = (note: string, nowMs: number): object => {
  const [, seconds, name, operator, value] = /^silence for ([\d.]+) s: (\w+)(=~|=)(.*)$/.exec(note) ?? [];
  if (seconds === undefined) throw new Error(`an input that is no alert and no silence: ${note}`);
  return {
    matchers: [{ name, value, isRegex: operator === '=~', isEqual: true }],
    startsAt: new Date(nowMs).toISOString(),
    endsAt: new Date(nowMs + Number(seconds) * 1_000).toISOString(),
    createdBy: 'transcript',
    comment: note,
  };
};

const postJson = async (url: string, body: unknown): Promise<void> => {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
};

/** One case for every notification of the transcript, and one for each that should not have come. */
const compared = (name: string, expected: readonly Received[], got: readonly Received[]): readonly Case[] => {
  const pairs = pairsOf(expected, got, ({ userAgent, contentType, body }) => ({ userAgent, contentType, body }));
  if (pairs.length === 0) return [{ name: `${name}: nothing is told` }];
  return pairs.map((pair): Case => {
    const title = `${name}: ${pair.name}`;
    if (pair.expected !== pair.got)
      return { name: title, difference: { expected: pair.expected ?? 'nothing', got: pair.got ?? 'nothing' } };
    if (pair.apartMs <= toleranceMs) return { name: title };
    const difference = { expected: 'at its time', got: `${Math.round(pair.apartMs)} ms from its time` };
    return { name: title, difference };
  });
};
