/**
 * What keeps the containers from coming up: said with the next step, exit 3, and nothing is left. For images of its own a copy
 * of the built program is run, beside a `docker-compose.yml` that names them.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { intendRemoval } from '../../src/environments/containers/start.ts';
import { gameday, gamedayOf, runsOf, scratchProject, untilNothing, type Gameday } from '../gameday.fixture.ts';
import { ask, containerOf, everything, skipped, withoutDocker } from './docker.fixture.ts';

const root = resolve(import.meta.dirname, '../..');

/** A run with `prometheus` of another image. */
const runWith = async (image: string): Promise<{ verify: Gameday; runId: string }> => {
  const home = mkdtempSync(join(tmpdir(), 'gd-home-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  for (const part of ['dist', 'package.json', 'Dockerfile'])
    cpSync(join(root, part), join(home, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(home, 'node_modules'));
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  const edited = compose.replace('build: .', `build: ${root}`).replace(/image: prom\/prometheus:.*/, `image: ${image}`);
  writeFileSync(join(home, 'docker-compose.yml'), edited);
  const folder = scratchProject();
  const verify = gamedayOf(join(home, 'dist/cli/main.js'), folder, 'verify', 'web-stack-outage', '--env', 'containers');
  await verify.exited;
  return { verify, runId: runsOf(folder)[0] ?? '' };
};

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

test.skipIf(withoutDocker)(`an image that is missing and cannot be fetched is named${skipped}`, async () => {
  const image = 'localhost:1/gameday-test/prometheus:v0';
  const { verify, runId } = await runWith(image);
  expect(await verify.exited).toBe(3);
  expect(verify.stderr()).toContain(`an image is missing and cannot be fetched: ${image}`);
  expect(oneLine(verify.stdout())).toContain(`docker pull ${image}, where this machine reaches the registry`);
  expect(await untilNothing(everything(runId))).toEqual([]);
});

/** The head of a program for 64-bit ARM, and of one for 64-bit RISC-V: nobody's machine is both. */
const programFor = (machine: 'arm64' | 'riscv64'): Buffer => {
  const head = Buffer.alloc(64);
  head.write('\u007fELF\u0002\u0001\u0001', 'latin1');
  head.writeUInt16LE(2, 16);
  head.writeUInt16LE({ arm64: 183, riscv64: 243 }[machine], 18);
  head.writeUInt32LE(1, 20);
  return head;
};

/** As `tar` writes them. */
const archived = (files: Readonly<Record<string, Buffer>>): Buffer => {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const header = Buffer.alloc(512);
    const octal = (value: number, at: number, length: number): void =>
      void header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
    header.write(name);
    octal(0o755, 100, 8);
    octal(content.length, 124, 12);
    header.write(' '.repeat(8), 148);
    header.write('0', 156);
    const sum = header.reduce((before, byte) => before + byte);
    octal(sum, 148, 7);
    return [header, content, Buffer.alloc(-content.length & 511)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
};

/** An image of one program, as `docker save` writes it. */
const savedImage = (image: string, machine: 'arm64' | 'riscv64'): Buffer => {
  const layer = archived({ prometheus: programFor(machine) });
  const config = {
    ...{ architecture: machine, os: 'linux', config: { Entrypoint: ['/prometheus'] } },
    rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
  };
  const manifest = [{ Config: 'config.json', RepoTags: [image], Layers: ['layer.tar'] }];
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  return archived({ 'manifest.json': json(manifest), 'config.json': json(config), 'layer.tar': layer });
};

test.skipIf(withoutDocker)(`an image for another architecture is named${skipped}`, async () => {
  const image = `gameday-test-foreign:${process.pid}`;
  expect(ask(['load'], savedImage(image, process.arch === 'arm64' ? 'riscv64' : 'arm64'))).toMatchObject({ status: 0 });
  onTestFinished(() => void ask(['image', 'rm', '--force', image]));
  const { verify, runId } = await runWith(image);
  expect(await verify.exited).toBe(3);
  const said = oneLine(verify.stdout());
  expect(said).toContain(
    `an image is not made for the architecture of this Docker: ${image}; docker image rm ${image}`,
  );
  expect(await untilNothing(everything(runId))).toEqual([]);
});

/** As Compose is given it, as soon as it is started for a run. */
const portOf = async (runId: string, variable: string): Promise<number> => {
  for (;;) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        if (!command.includes('up') || !command.some((word) => word.includes(`gameday-${runId}-f`))) continue;
        const given = new RegExp(`(?:^|\0)${variable}=(\\d+)`).exec(readFileSync(`/proc/${pid}/environ`, 'utf8'));
        if (given !== null) return Number(given[1]);
      } catch {} // it has ended
    }
    await sleepFor(2);
  }
};

const linuxOnly = process.platform === 'linux' ? skipped : ' (skipped: only Linux shows what a process was given)';
test.skipIf(withoutDocker !== undefined || process.platform !== 'linux')(
  `a port that somebody takes before Docker has it is let go, and another one is taken${linuxOnly}`,
  async () => {
    const folder = scratchProject();
    const verify = gameday(folder, 'verify', 'web-stack-outage', '--env', 'containers');
    await verify.shows('phase up');
    const [runId = ''] = runsOf(folder);
    const port = await portOf(runId, 'PROMETHEUS_PORT');
    const taken = createServer();
    onTestFinished(() => void taken.close());
    await once(taken.listen(port, '0.0.0.0'), 'listening');
    await verify.shows('phase warm-up');
    const published = ask(['port', containerOf(runId, 'prometheus'), '9090']).lines;
    expect(published).not.toEqual([]);
    expect(published.filter((address) => address.endsWith(`:${port}`))).toEqual([]);
    verify.child.kill('SIGINT');
    expect(await verify.exited).toBe(130);
    expect(await untilNothing(everything(runId))).toEqual([]);
  },
);

test.skipIf(withoutDocker)(
  `what has the name of a run already is not taken over, and not written down to be removed${skipped}`,
  async () => {
    const project = `gameday-20260101-000000-${process.pid.toString(16)}-f`;
    const network = `${project}_default`;
    const made = ['network', 'create', '--label', `com.docker.compose.project=${project}`, network];
    expect(ask(made).status).toBe(0);
    onTestFinished(() => void ask(['network', 'rm', network]));
    const intended: unknown[] = [];
    const opening = intendRemoval(join('/tmp', project), (entry) => String(intended.push(entry)));
    await expect(opening).rejects.toMatchObject({
      code: 'ENVIRONMENT_FAILED',
      problems: [
        {
          message: `Docker has a project ${project} already`,
          hint: `remove it if it is yours: docker compose --project-name ${project} down --volumes`,
        },
      ],
    });
    expect(intended).toEqual([]);
    expect(ask(['network', 'inspect', network]).status).toBe(0);
  },
);
